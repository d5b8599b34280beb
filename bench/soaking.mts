import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../test/until.ts';
import type { Look } from './flatness.ts';
import type { Laboratory } from './laboratory.mts';
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
/** How often memory is measured, in addition to the measurement before the first execution. */
const LOOKS = 20;
/** Pause between the last execution and a measurement: n8n cleans up after it has responded. */
const REST_MS = 1_000;
const BOOK_EVERY_MS = 5_000;
/** How long the trigger may take to emit the last new row: it polls every ten seconds. */
const TRIGGER_LIMIT_MS = 60_000;

export interface Soak {
	minutes: number;
	atOnce: number;
	looks: Look[];
	/** How many executions of each kind succeeded, and how many ended with the expected message. */
	ended: Record<string, { well: number; withMessage: number }>;
	/** Rows that the trigger emitted, each once. */
	triggered: number;
	requests: number;
	/** How many of them were rejected, or did not get a complete response. */
	faulty: number;
}

/**
 * Runs executions without a pause for this many minutes, checks each of them, and measures n8n's memory in between. For
 * each execution, `control` runs one without this package, which shows how n8n's memory changes by itself.
 */
export async function soak(
	laboratory: Laboratory,
	control: Laboratory,
	minutes: number,
	tell: (text: string) => void,
): Promise<Soak> {
	const { sandbox } = laboratory;
	const account: Account = { rows: await sandbox.prepare(ROWS, 0), balance: await sandbox.balance() };
	const booked: string[] = [];
	const ended: Soak['ended'] = {};
	for (const { name } of KINDS) ended[name] = { well: 0, withMessage: 0 };
	await laboratory.furnish((credential) => [
		triggerWorkflow(credential),
		...KINDS.map((kind) => soakWorkflow(kind, credential)),
	]);
	await control.furnish(() => [controlWorkflow()]);
	await sandbox.misbehave(FAULTS);
	await sandbox.forgetRequests();

	let [executions, requests, faulty] = [0, 0, 0];
	const looks = [await look()];
	while (looks.length <= LOOKS) {
		// The time of the measurements does not count.
		const end = Date.now() + (minutes * 60_000) / LOOKS;
		await Promise.all([bookUntil(end), ...Array.from({ length: AT_ONCE }, () => runUntil(end))]);
		looks.push(await look());
		const came = await sandbox.requests();
		await sandbox.forgetRequests();
		requests += came.requests;
		faulty += came.faulty;
	}
	await untilTriggered();
	return { minutes, atOnce: AT_ONCE, looks, ended, triggered: booked.length, requests, faulty };

	async function runUntil(end: number): Promise<void> {
		while (Date.now() < end) {
			const { name, check } = KINDS[executions++ % KINDS.length];
			const rowsBefore = account.rows.length;
			const [report] = await Promise.all([laboratory.run(name), control.run(CONTROL)]);
			check(report, account, rowsBefore);
			ended[name][report.status === 'success' ? 'well' : 'withMessage']++;
		}
	}

	/** Adds rows, so that the history changes while it is read and the trigger has something to emit. */
	async function bookUntil(end: number): Promise<void> {
		while (Date.now() < end) {
			const id = await sandbox.book();
			account.rows.unshift(id);
			booked.push(id);
			await sleep(Math.min(BOOK_EVERY_MS, Math.max(0, end - Date.now())));
		}
	}

	async function look(): Promise<Look> {
		await sleep(REST_MS);
		const [held, heldByControl] = [await laboratory.heldBytes(), await control.heldBytes()];
		tell(
			`${count(executions)} executions; n8n holds ${megabytes(held)}, the control ${megabytes(heldByControl)}`,
		);
		return { executions, held, heldByControl };
	}

	async function untilTriggered(): Promise<void> {
		const handedOn = () => laboratory.unasked.flatMap(({ rows }) => rows);
		await until(
			() => handedOn().length >= booked.length,
			() => `The trigger handed on ${handedOn().length} rows of ${booked.length}`,
			TRIGGER_LIMIT_MS,
		);
		checkRows('The trigger', handedOn(), booked);
	}
}

export const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(2)} MB`;
