import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../demo/stopping.mjs';
import type { TestEnvironment } from './testEnvironment.mts';
import type { Report } from './n8nHooks.mts';
import type { Requests } from './sandboxProcess.mts';
import { spread, type Spread } from './spread.ts';
import { MEASURED } from './workflows.ts';

/** Pause between two runs, so that the clean-up after one run does not slow down the next. */
const PAUSE_MS = 300;

/** What n8n did, and the requests as the sandbox counted them. */
export interface Run extends Report, Requests {}

/** Runs of one workflow under the same conditions. Times in milliseconds. */
export interface Timing {
	node: Spread;
	whole: Spread;
	/** In the last run. */
	requests: number;
	maxInFlight: number;
}

export interface Memory extends Timing {
	/** Maximum resident memory of the n8n process, in bytes: until the end, and before the execution started. */
	peak: Spread;
	peakBefore: Spread;
}

/** Runs a workflow once and checks that it returned every row exactly once, in the server's order. */
export async function read(environment: TestEnvironment, workflow: string, expected: string[]): Promise<Run> {
	const run = await runOnce(environment, workflow);
	checkRows(workflow, run.rows, expected);
	return run;
}

export async function runOnce(environment: TestEnvironment, workflow: string, body?: object): Promise<Run> {
	await environment.sandbox.clearRequests();
	const report = succeeded(await environment.run(workflow, body));
	return { ...report, ...(await environment.sandbox.requests()) };
}

/** @throws UserError unless the workflow ran to its end */
export function succeeded(report: Report): Report {
	if (report.status === 'success') return report;
	throw new UserError(`Workflow ${report.workflow} ended as ${report.status}: ${report.errorMessage ?? ''}`);
}

/** @throws UserError unless these are the expected rows, in the expected order */
export function checkRows(who: string, returned: string[], expected: string[]): void {
	const differs = expected.findIndex((row, index) => returned[index] !== row);
	if (differs < 0 && returned.length === expected.length) return;
	const where = differs < 0 ? '' : `; the first difference is in row ${differs + 1}`;
	throw new UserError(`${who} returned ${returned.length} rows, ${expected.length} were expected${where}`);
}

export interface Rounds {
	repetitions: number;
	/** Rounds at the start that are not counted; default 1. */
	warmUps?: number;
}

/** Round by round, runs each of them once. The order is reversed after every round. */
export async function runInTurns<Results extends Record<string, unknown>>(
	{ repetitions, warmUps = 1 }: Rounds,
	runs: { [Name in keyof Results]: () => Promise<Results[Name]> },
): Promise<{ [Name in keyof Results]: Array<Results[Name]> }> {
	const names = Object.keys(runs) as Array<keyof Results>;
	const results = {} as { [Name in keyof Results]: Array<Results[Name]> };
	for (const name of names) results[name] = [];
	for (let round = -warmUps; round < repetitions; round++) {
		for (const name of round % 2 ? names.toReversed() : names) {
			await sleep(PAUSE_MS);
			const result = await runs[name]();
			if (round >= 0) results[name].push(result);
		}
	}
	return results;
}

export function timing(runs: Run[]): Timing {
	const { requests, maxInFlight } = runs[runs.length - 1];
	return {
		node: spread(runs.map(({ nodeMs }) => nodeMs[MEASURED])),
		whole: spread(runs.map(({ wholeMs }) => wholeMs)),
		requests,
		maxInFlight,
	};
}

export function withMemory(runs: Run[]): Memory {
	return {
		...timing(runs),
		peak: spread(runs.map(({ peakBytes }) => peakBytes)),
		peakBefore: spread(runs.map(({ peakBytesBefore }) => peakBytesBefore)),
	};
}
