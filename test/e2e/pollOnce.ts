import type { Execution, N8nApi } from '../../demo/n8nApi';
import type { Sandbox } from '../../sandbox/server';
import { until } from '../until';

interface Setting {
	api: N8nApi;
	sandbox: Sandbox;
	workflowId: string;
	/** The path that the trigger requests, e.g. /credits/balance/api */
	path: string;
}

/** Makes the trigger of a workflow poll once, as n8n does at each activation, and waits until it has sent its request. */
export async function pollOnce({ api, sandbox, workflowId, path }: Setting): Promise<void> {
	sandbox.requests.clear();
	await api.activate(workflowId);
	await api.deactivate(workflowId);
	await until(() => sandbox.requests.entries.some((request) => request.path === path), 'n8n did not poll');
}

/**
 * Makes the trigger poll once, and returns all executions that it has started so far: exactly as many as expected.
 *
 * @param trigger the name of the trigger: executions that another trigger started do not count
 */
export async function executionsAfterPoll(
	setting: Setting & { trigger: string },
	expected: number,
): Promise<Execution[]> {
	const { api, workflowId, trigger } = setting;
	await pollOnce(setting);
	const started = async () => (await api.executionsOf(workflowId)).filter(({ nodes }) => trigger in nodes);
	let found: Execution[] = [];
	await until(
		async () => (found = await started()).length >= expected,
		() => `The trigger started ${found.length} executions instead of ${expected}`,
	);
	expect(found).toHaveLength(expected);
	return found;
}
