import type { TestEnvironment } from './testEnvironment.mts';
import { checkRows, runInTurns, succeeded } from './runs.mts';
import { spread, type Spread } from './spread.ts';
import { count } from './tables.ts';

const LOAD = { executions: 50, rows: 1_000, delayMs: 50 };

/** Many executions on one n8n at the same time. */
export type Load = typeof LOAD & { httpRequest: LoadFigures; node: LoadFigures };

export interface LoadFigures {
	/** From the first call of the webhook to the last response, in milliseconds. */
	all: Spread;
	/** Maximum resident memory of the n8n process, in bytes: until the end, and before the calls. */
	peak: Spread;
	peakBefore: Spread;
	/** In the last run. */
	requests: number;
	maxInFlight: number;
}

/** Every run has a new n8n process that has finished one execution, because the maximum resident memory never decreases. */
export async function measureLoad(
	environment: TestEnvironment,
	repetitions: number,
	log: (text: string) => void,
): Promise<Load> {
	const { sandbox } = environment;
	const { executions, rows, delayMs } = LOAD;
	log(`${executions} executions at once, ${count(rows)} rows each, each run in a new n8n process`);
	const expected = await sandbox.prepare(rows, delayMs);
	const { httpRequest, node } = await runInTurns(
		{ repetitions, warmUps: 0 },
		{ httpRequest: () => runInNewN8n('http-request-alone'), node: () => runInNewN8n('node') },
	);
	return { ...LOAD, httpRequest: figures(httpRequest), node: figures(node) };

	async function runInNewN8n(workflow: string): Promise<LoadRun> {
		await environment.restartN8n();
		const peakBefore = await atOnce(workflow, 1);
		await sandbox.clearRequests();
		const start = performance.now();
		const peak = await atOnce(workflow, executions);
		return { all: performance.now() - start, peak, peakBefore, ...(await sandbox.requests()) };
	}

	/** Calls the webhook this many times at once, checks all rows of each execution, and returns the peak memory. */
	async function atOnce(workflow: string, times: number): Promise<number> {
		const reports = await Promise.all(Array.from({ length: times }, () => environment.run(workflow)));
		for (const report of reports) checkRows(workflow, succeeded(report).rows, expected);
		return Math.max(...reports.map(({ peakBytes }) => peakBytes));
	}
}

type LoadRun = Record<keyof LoadFigures, number>;

function figures(runs: LoadRun[]): LoadFigures {
	const { requests, maxInFlight } = runs[runs.length - 1];
	return {
		all: spread(runs.map(({ all }) => all)),
		peak: spread(runs.map(({ peak }) => peak)),
		peakBefore: spread(runs.map(({ peakBefore }) => peakBefore)),
		requests,
		maxInFlight,
	};
}
