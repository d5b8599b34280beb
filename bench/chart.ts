import type { Figures } from './measurements.mts';
import { count, inSeconds } from './tables.ts';

const WIDTH = 760;
const LABELS = 190;
const LONGEST_BAR = 460;
const BAR = 18;
const PAIR = 58;
const TOP = 84;

interface Pair {
	label: string;
	detail: string;
	httpRequestMs: number;
	nodeMs: number;
}

/**
 * A bar chart of the times. Each pair has its own scale: the slower of the two fills the width. The chart has its own
 * background, so that it is readable on light and on dark pages.
 */
export function chart({ speed, checkouts }: Figures): string {
	const pairs: Pair[] = speed.map(({ rows, delayMs, httpRequest, node }) => ({
		label: `${count(rows)} rows`,
		detail: `${delayMs} ms per request`,
		httpRequestMs: httpRequest.node.median,
		nodeMs: node.node.median,
	}));
	pairs.push({
		label: `${checkouts.count} checkouts`,
		detail: `${checkouts.delayMs} ms per request`,
		httpRequestMs: checkouts.httpRequest.node.median,
		nodeMs: checkouts.node.node.median,
	});
	const height = TOP + pairs.length * PAIR + 36;
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title">
	<title id="title">${pairs.map(inWords).join('; ')}</title>
	<style>
		text { font: 14px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
		.heading { font-size: 17px; font-weight: 600; }
		.small { font-size: 12px; fill: #59636e; }
		.page { fill: #ffffff; stroke: #d1d9e0; }
		.theirs { fill: #9198a1; }
		.ours { fill: #0b7a75; }
		@media (prefers-color-scheme: dark) {
			text { fill: #f0f6fc; }
			.small { fill: #9198a1; }
			.page { fill: #0d1117; stroke: #3d444d; }
			.theirs { fill: #656c76; }
			.ours { fill: #2bb3a8; }
		}
	</style>
	<rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
	<text class="heading" x="24" y="34">How long the node takes (shorter is better)</text>
	<rect class="theirs" x="24" y="50" width="12" height="12" rx="2"/>
	<text class="small" x="42" y="60">HTTP Request node</text>
	<rect class="ours" x="170" y="50" width="12" height="12" rx="2"/>
	<text class="small" x="188" y="60">LLM Generator node</text>
${pairs.map((pair, index) => bars(pair, TOP + index * PAIR)).join('\n')}
	<text class="small" x="24" y="${height - 16}">Medians, measured in n8n. Each pair has its own scale: the slower of the two fills the width.</text>
</svg>
`;
}

function bars({ label, detail, httpRequestMs, nodeMs }: Pair, y: number): string {
	const longest = Math.max(httpRequestMs, nodeMs);
	const bar = (ms: number, of: string, top: number) => {
		const width = Math.max(2, Math.round((ms / longest) * LONGEST_BAR));
		return `	<rect class="${of}" x="${LABELS}" y="${top}" width="${width}" height="${BAR}" rx="3"/>
	<text x="${LABELS + width + 8}" y="${top + 14}">${inSeconds(ms)}</text>`;
	};
	return `	<text x="24" y="${y + 17}">${label}</text>
	<text class="small" x="24" y="${y + 34}">${detail}</text>
${bar(httpRequestMs, 'theirs', y)}
${bar(nodeMs, 'ours', y + BAR + 3)}`;
}

function inWords({ label, detail, httpRequestMs, nodeMs }: Pair): string {
	return `${label} at ${detail}: HTTP Request node ${inSeconds(httpRequestMs)}, LLM Generator node ${inSeconds(nodeMs)}`;
}
