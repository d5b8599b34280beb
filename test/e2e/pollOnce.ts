import type { Execution, N8nApi } from '../../demo/n8nApi';
import type { Sandbox } from '../../sandbox/server';
import { until } from '../until';

/**
 * Lets a workflow's trigger look once, as n8n does at each activation, and waits for all executions that it should
 * have started by then. Returns those that there are.
 *
 * @param path what the trigger asks for, e.g. /credits/balance/api
 * @param trigger the trigger's name: executions that began elsewhere do not count
 */
export async function pollOnce(
	{ api, sandbox }: { api: N8nApi; sandbox: Sandbox },
	{ workflowId, trigger, path }: { workflowId: string; trigger: string; path: string },
	executions: number,
): Promise<Execution[]> {
	sandbox.requests.clear();
	await api.activate(workflowId);
	await api.deactivate(workflowId);
	await until(() => sandbox.requests.entries.some((request) => request.path === path), 'n8n did not poll');
	const started = async () => (await api.executionsOf(workflowId)).filter(({ nodes }) => trigger in nodes);
	let found: Execution[] = [];
	await until(
		async () => (found = await started()).length >= executions,
		() => `The trigger started ${found.length} executions instead of ${executions}`,
	);
	return found;
}
