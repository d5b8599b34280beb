import type { Figures } from './measurements.mts';
import type { Timing } from './runs.mts';
import type { Spread } from './spread.ts';

/** The tables of docs/benchmarks.md, by their names in the template. */
export function tables({
	speed,
	limit,
	checkouts,
	atOnce,
	lengths,
	load,
	memory,
}: Figures): Record<string, string> {
	const compared = speed.flatMap(({ rows, delayMs, httpRequest, node }) => [
		[count(rows), `${delayMs} ms`, 'HTTP Request', ...timed(httpRequest), ''],
		[count(rows), `${delayMs} ms`, '**LLM Generator**', ...timed(node), ratio(httpRequest, node)],
	]);
	const { httpRequest, node } = checkouts;
	return {
		speed: table(['Rows', 'Response after', 'Node', ...TIMED, 'Faster'], compared),
		checkouts: table(
			['Items', 'Response after', 'Node', ...TIMED, 'Faster'],
			[
				[count(checkouts.count), `${checkouts.delayMs} ms`, 'HTTP Request', ...timed(httpRequest), ''],
				[
					count(checkouts.count),
					`${checkouts.delayMs} ms`,
					'**LLM Generator**',
					...timed(node),
					ratio(httpRequest, node),
				],
			],
		),
		limit: table(
			['Rows', 'Response after', 'At once', 'Plain script', 'LLM Generator', 'Node / script'],
			[
				[
					count(limit.rows),
					`${limit.delayMs} ms`,
					String(limit.atOnce),
					seconds(limit.script),
					seconds(limit.node.node),
					times(limit.node.node.median / limit.script.median),
				],
			],
		),
		atOnce: table(
			['At once', 'Rows', ...delays(atOnce).map((delayMs) => `Response after ${delayMs} ms`)],
			[...new Set(atOnce.map((one) => one.atOnce))].map((many) => {
				const same = atOnce.filter((one) => one.atOnce === many);
				return [String(many), count(same[0].rows), ...same.map((one) => seconds(one.node.node))];
			}),
		),
		lengths: table(
			['Rows', 'Response after', ...TIMED, 'Time per 1,000 rows'],
			lengths.map((one) => [
				count(one.rows),
				`${one.delayMs} ms`,
				...timed(one.node),
				`${((one.node.node.median / one.rows) * 1000).toFixed(1)} ms`,
			]),
		),
		load: table(
			['Node', 'All finished after', 'Executions per second', 'Requests', 'At once', ...MEMORY],
			[
				{ name: 'HTTP Request', of: load.httpRequest },
				{ name: '**LLM Generator**', of: load.node },
			].map(({ name, of }) => [
				name,
				seconds(of.all),
				((load.executions / of.all.median) * 1000).toFixed(1),
				count(of.requests),
				String(of.maxInFlight),
				ranged(of.peak, megabytes),
				ranged(of.peakBefore, megabytes),
			]),
		),
		memory: table(
			['Node', 'Rows', 'Response after', ...MEMORY, 'Time of the node'],
			[
				{ name: 'HTTP Request', of: memory.httpRequest },
				{ name: '**LLM Generator**', of: memory.node },
			].map(({ name, of }) => [
				name,
				count(memory.rows),
				`${memory.delayMs} ms`,
				ranged(of.peak, megabytes),
				ranged(of.peakBefore, megabytes),
				seconds(of.node),
			]),
		),
	};
}

/** With as many decimals as `like` needs for three significant digits. */
export const inSeconds = (ms: number, like = ms) =>
	`${(ms / 1000).toFixed(like < 100 ? 3 : like < 10_000 ? 2 : 1)} s`;
export const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;
export const times = (factor: number) => `${factor.toFixed(factor < 10 ? 2 : 1)} ×`;
export const count = (many: number) => many.toLocaleString('en');

export const MEMORY = ['Maximum memory of n8n', 'Before the run'];
const TIMED = ['Time of the node', 'Whole execution', 'Requests', 'At once'];

function timed({ node, whole, requests, maxInFlight }: Timing): string[] {
	return [seconds(node), seconds(whole), count(requests), String(maxInFlight)];
}

function ratio(httpRequest: Timing, node: Timing): string {
	return `**${times(httpRequest.node.median / node.node.median)}**`;
}

export const seconds = (ms: Spread) => ranged(ms, (value) => inSeconds(value, ms.median));

/** The median; also the minimum and the maximum if they differ from it. */
export function ranged({ median, minimum, maximum }: Spread, format: (value: number) => string): string {
	const ends = [format(minimum), format(maximum)];
	if (ends.every((end) => end === format(median))) return format(median);
	return `${format(median)} (${ends.map((end) => end.replace(/ \w+$/, '')).join('–')})`;
}

function delays(atOnce: Figures['atOnce']): number[] {
	return [...new Set(atOnce.map(({ delayMs }) => delayMs))];
}

/** A Markdown table: text columns are left-aligned, number columns right-aligned. */
export function table(head: string[], rows: string[][]): string {
	const align = head.map((title) => (/^(Node|Workflow)$/.test(title) ? ':--' : '--:'));
	return [head, align, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
