import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../test/until.ts';
import type { MemorySample } from './flatness.ts';
import type { TestEnvironment } from './testEnvironment.mts';
import { checkRows } from './runs.mts';
import {
	CONTROL,
	controlWorkflow,
	FAULTS,
	KINDS,
	ROWS,
	soakWorkflow,
	triggerWorkflow,
	type Account,
} from './soakMix.ts';
import { count } from './tables.ts';

const AT_ONCE = 8;
/** Number of memory measurements, in addition to the one before the first execution. */
const SAMPLES = 20;
/** Pause between the last execution and a measurement: n8n cleans up after it has responded. */
const PAUSE_MS = 1_000;
const ADD_ROW_EVERY_MS = 5_000;
/** How long the trigger may take to emit the last new row: it polls every ten seconds. */
const TRIGGER_LIMIT_MS = 60_000;

export interface Soak {
	minutes: number;
	atOnce: number;
	samples: MemorySample[];
	/** How many executions of each kind succeeded, and how many ended with the expected message. */
	outcomes: Record<string, { succeeded: number; withMessage: number }>;
	/** Rows that the trigger emitted, each once. */
	triggered: number;
	requests: number;
	/** How many of them were rejected, or did not get a complete response. */
	faulty: number;
}

/**
 * Runs executions without a pause for this many minutes, checks each of them, and measures n8n's memory in between. For
 * each execution, `control` runs one without this package, which shows how the memory of n8n changes without it.
 */
export async function soak(
	environment: TestEnvironment,
	control: TestEnvironment,
	minutes: number,
	log: (text: string) => void,
): Promise<Soak> {
	const { sandbox } = environment;
	const account: Account = { rows: await sandbox.prepare(ROWS, 0), balance: await sandbox.balance() };
	const addedRows: string[] = [];
	const outcomes: Soak['outcomes'] = {};
	for (const { name } of KINDS) outcomes[name] = { succeeded: 0, withMessage: 0 };
	await environment.addWorkflows((credential) => [
		triggerWorkflow(credential),
		...KINDS.map((kind) => soakWorkflow(kind, credential)),
	]);
	await control.addWorkflows(() => [controlWorkflow()]);
	await sandbox.addFaults(FAULTS);
	await sandbox.clearRequests();

	let [executions, requests, faulty] = [0, 0, 0];
	const samples = [await measureMemory()];
	while (samples.length <= SAMPLES) {
		// The time of the measurements does not count.
		const end = Date.now() + (minutes * 60_000) / SAMPLES;
		await Promise.all([addRowsUntil(end), ...Array.from({ length: AT_ONCE }, () => runUntil(end))]);
		samples.push(await measureMemory());
		const counted = await sandbox.requests();
		await sandbox.clearRequests();
		requests += counted.requests;
		faulty += counted.faulty;
	}
	await waitForTrigger();
	return { minutes, atOnce: AT_ONCE, samples, outcomes, triggered: addedRows.length, requests, faulty };

	async function runUntil(end: number): Promise<void> {
		while (Date.now() < end) {
			const { name, check } = KINDS[executions++ % KINDS.length];
			const rowsBefore = account.rows.length;
			const [report] = await Promise.all([environment.run(name), control.run(CONTROL)]);
			check(report, account, rowsBefore);
			outcomes[name][report.status === 'success' ? 'succeeded' : 'withMessage']++;
		}
	}

	/** Adds rows, so that the history changes while it is read and the trigger has something to emit. */
	async function addRowsUntil(end: number): Promise<void> {
		while (Date.now() < end) {
			const id = await sandbox.addRow();
			account.rows.unshift(id);
			addedRows.push(id);
			await sleep(Math.min(ADD_ROW_EVERY_MS, Math.max(0, end - Date.now())));
		}
	}

	async function measureMemory(): Promise<MemorySample> {
		await sleep(PAUSE_MS);
		const [held, heldByControl] = [await environment.heldBytes(), await control.heldBytes()];
		log(
			`${count(executions)} executions; n8n holds ${megabytes(held)}, the control ${megabytes(heldByControl)}`,
		);
		return { executions, held, heldByControl };
	}

	async function waitForTrigger(): Promise<void> {
		const emitted = () => environment.triggerReports.flatMap(({ rows }) => rows);
		await until(
			() => emitted().length >= addedRows.length,
			() => `The trigger emitted ${emitted().length} of ${addedRows.length} rows`,
			TRIGGER_LIMIT_MS,
		);
		checkRows('The trigger', emitted(), addedRows);
	}
}

export const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(2)} MB`;
