import type { IDataObject, INode } from 'n8n-workflow';
import type { N8nApi, NodeRun, SavedCredential, WorkflowJson } from '../../demo/n8nApi';
import { generatorStep, inARow, step } from '../steps';

/** The name of the step in these workflows. */
export const STEP = 'LLM Generator';

/** A workflow with a trigger that outputs these items, and one LLM Generator step. */
export function oneStepWorkflow(
	parameters: INode['parameters'],
	credential: SavedCredential,
	items: IDataObject[] = [{}],
	settings: Partial<INode> = {},
): WorkflowJson {
	const start = step('Start', 'n8n-nodes-base.manualTrigger', 1);
	const generator = { ...generatorStep(STEP, parameters, credential), ...settings };
	return {
		...inARow(`One step: ${JSON.stringify(parameters).slice(0, 80)}`, [start, generator]),
		pinData: { [start.name]: items.map((json) => ({ json })) },
	};
}

/** Runs one LLM Generator step for these items, and returns its output and the status of the execution. */
export async function runStep(
	api: N8nApi,
	parameters: INode['parameters'],
	credential: SavedCredential,
	{ items, settings }: { items?: IDataObject[]; settings?: Partial<INode> } = {},
): Promise<NodeRun & { status: string }> {
	const id = await api.importWorkflow(oneStepWorkflow(parameters, credential, items, settings));
	const { status, nodes } = await api.runWorkflow(id);
	return { status, ...nodes[STEP] };
}
