import type { IDataObject } from 'n8n-workflow';
import type { Sandbox } from '../../sandbox/server';
import { TRIGGER } from '../steps';
import { until } from '../until';
import { POLL_LIMIT_MS, type RunningVersion } from './runningVersion';

/** For a test that kills n8n several times. */
export const RESTARTS_LIMIT_MS = 900_000;

/** A real n8n with an active trigger, and the sandbox that it polls. */
interface Polling {
	n8n: RunningVersion;
	/** It keeps running when n8n is killed. */
	sandbox: Sandbox;
}

/** Kills n8n, calls `meanwhile` while it is off, starts it again, and waits until it has polled. */
export async function killed<T>(polling: Polling, workflowId: string, meanwhile: () => T): Promise<T> {
	const { n8n, sandbox } = polling;
	const result = await n8n.killed(() => {
		sandbox.requests.clear();
		return meanwhile();
	});
	await untilPolled(polling);
	// If n8n is killed while it activates a workflow, it does not activate it for two minutes after the next start.
	await n8n.api.untilActive(workflowId);
	return result;
}

/** Waits until n8n has sent a request since the log was cleared. */
export async function untilPolled({ n8n, sandbox }: Polling): Promise<void> {
	await until(
		() => sandbox.requests.entries.length > 0,
		() => n8n.withEndOfLog('n8n did not poll again'),
		POLL_LIMIT_MS,
	);
}

/** The items that the trigger emitted in each execution, when there are at least this many executions. */
export async function emitted(
	{ n8n }: Pick<Polling, 'n8n'>,
	workflowId: string,
	executions: number,
): Promise<IDataObject[][]> {
	const found = await n8n.executionsOf(workflowId, executions);
	return found.map(({ nodes }) => nodes[TRIGGER].items.map(({ json }) => json));
}
