import type { N8nProgram } from '../demo/installN8n.mjs';
import type { Generated, Generation } from './generation.mts';
import { WAIT_SECONDS } from './generationWorkflows.ts';
import { machine } from './machine.mts';
import { fillTemplate, publishedPage, withSection, writePage } from './page.mts';
import { count, inSeconds, MEMORY, megabytes, ranged, seconds, table, times } from './tables.ts';

const TEMPLATE = new URL('./generation.template.md', import.meta.url);

/** Writes only the section about generations, and returns the path of the page. A quick run does not change docs. */
export async function writeGenerationReport(
	figures: Generation,
	program: N8nProgram,
	isFull: boolean,
): Promise<string> {
	const section = await generationSection(figures, program);
	return writePage(withSection(await publishedPage(), 'generation', section), isFull);
}

/** The section about generations. */
export async function generationSection(figures: Generation, program: N8nProgram): Promise<string> {
	const { short, limited, downloads } = figures;
	const section = await fillTemplate(TEMPLATE, {
		waitSeconds: String(WAIT_SECONDS),
		sites: String(short.sites),
		seconds: String(short.durationMs / 1000),
		short: comparison(short),
		repetitions: String(short.repetitions),
		limitedSites: String(limited.sites),
		limitedSeconds: String(limited.durationMs / 1000),
		perMinute: String(limited.perMinute),
		limited: comparison(limited),
		limitedRepetitions: String(limited.repetitions),
		idealRequests: count(2 * limited.sites),
		idealSeconds: String(limited.idealMs / 1000),
		intervalMs: String(limited.intervalMs),
		unpacedMessage: limited.unpaced.message,
		unpacedJobs: String(limited.unpaced.jobs),
		unpacedOutput: limited.unpaced.output === 0 ? 'none' : String(limited.unpaced.output),
		downloads: table(
			['Size of the file', ...MEMORY, 'Time of the node'],
			downloads.sizes.map(({ bytes, node }) => [
				megabytes(bytes),
				ranged(node.peak, megabytes),
				ranged(node.peakBefore, megabytes),
				seconds(node.node),
			]),
		),
		downloadRepetitions: String(downloads.repetitions),
		machine: await machine(program),
	});
	return section.trim();
}

function comparison({
	sites,
	idealMs,
	httpRequest,
	node,
}: Generation['short'] | Generation['limited']): string {
	const row = (name: string, { whole, requests, statusRequests, rejected, charged }: Generated) => [
		name,
		seconds(whole),
		times(whole.median / idealMs),
		rounded(requests),
		rounded(statusRequests / sites),
		rounded(rejected),
		rounded(charged),
	];
	return table(
		['Workflow', 'Time', 'Time / ideal', 'Requests', 'Status requests per job', 'Rejected (429)', 'Credits'],
		[
			['Ideal', inSeconds(idealMs), times(1), count(2 * sites), '1', '0', rounded(node.charged)],
			row('HTTP Request, Wait, If', httpRequest),
			row('**LLM Generator**', node),
		],
	);
}

/** With at most two decimals. */
const rounded = (many: number) => count(Math.round(many * 100) / 100);
