import type { N8nApi } from '../../demo/n8nApi';
import { until } from '../until';

const IN_MS = 5_000;

/**
 * Lets the schedule of a workflow start it, and returns the ID of the execution. The workflow stays active. The schedule
 * says: once an hour, and that is in a few seconds. A busy machine may miss it: then once more.
 *
 * @param trigger the name of the Schedule Trigger
 */
export async function startBySchedule(api: N8nApi, workflowId: string, trigger: string): Promise<string> {
	const earlier = (await api.executionIdsOf(workflowId)).length;
	const at = new Date(Date.now() + IN_MS);
	const expression = `${at.getSeconds()} ${at.getMinutes()} * * * *`;
	const rule = { interval: [{ field: 'cronExpression', expression }] };
	await api.editWorkflow(workflowId, ({ nodes }) => ({
		nodes: nodes.map((node) => (node.name === trigger ? { ...node, parameters: { rule } } : node)),
	}));
	await api.activate(workflowId);
	const started = async () => (await api.executionIdsOf(workflowId)).at(earlier);
	const isLate = () => Date.now() > at.getTime() + 2 * IN_MS;
	await until(async () => isLate() || (await started()), 'The schedule did not start the workflow');
	const id = await started();
	if (id) return id;
	await api.deactivate(workflowId);
	return startBySchedule(api, workflowId, trigger);
}
