import type { Figures } from './measurements.mts';
import { count, inSeconds, megabytes, times } from './tables.ts';

/** Up to this factor between the shortest and the longest ledger, the time per row counts as linear. */
const LINEAR_WITHIN = 1.25;

interface Target {
	promise: string;
	measured: string;
	met: boolean;
}

/** The promises of the package and the measured values, as a table. */
export function targets(figures: Figures): string {
	const lines = list(figures).map(
		({ promise, measured, met }) => `| ${promise} | ${measured} | ${met ? 'yes' : '**no**'} |`,
	);
	return ['| Promise | Measured | Met |', '| --- | --- | --- |', ...lines].join('\n');
}

/** The promises that were not met, as sentences. */
export function missed(figures: Figures): string[] {
	return list(figures)
		.filter(({ met }) => !met)
		.map(({ promise, measured }) => `${promise}: ${measured}`);
}

function list(figures: Figures): Target[] {
	const { limit, checkouts, memory, lengths } = figures;
	const toLimit = limit.node.node.median / limit.script.median;
	const perRow = lengths.map(({ rows, node }) => node.node.median / rows);
	const growth = perRow[perRow.length - 1] / perRow[0];
	return [
		faster(figures, 10_000, 50, 8),
		faster(figures, 1_000, 100, 4),
		faster(figures, 10_000, 0, 1),
		faster(figures, 1_000, 0, 1),
		{
			promise: '10,000 rows at 50 ms per request: within 1.5 × of a plain script',
			measured: times(toLimit),
			met: toLimit <= 1.5,
		},
		{
			promise: '200 checkouts at 50 ms each: under 2 s',
			measured: inSeconds(checkouts.node.node.median),
			met: checkouts.node.node.median < 2_000,
		},
		{
			promise: '100,000 rows: no more memory than the HTTP Request node',
			measured: `${megabytes(memory.node.peak.median)} against ${megabytes(memory.httpRequest.peak.median)}`,
			met: memory.node.peak.median <= memory.httpRequest.peak.median,
		},
		{
			promise: `Time grows linearly: time per row at 100,000 rows at most ${LINEAR_WITHIN} × that at 10,000 rows`,
			measured: times(growth),
			met: growth <= LINEAR_WITHIN,
		},
	];
}

function faster({ speed }: Figures, rows: number, delayMs: number, minimum: number): Target {
	const measured = speed.find((one) => one.rows === rows && one.delayMs === delayMs);
	const ratio = measured ? measured.httpRequest.node.median / measured.node.node.median : NaN;
	const wanted = minimum > 1 ? `at least ${minimum} × as fast as` : 'never slower than';
	return {
		promise: `${count(rows)} rows at ${delayMs} ms per request: ${wanted} the HTTP Request node`,
		measured: `${times(ratio)} as fast`,
		met: ratio >= minimum,
	};
}
