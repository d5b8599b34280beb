import type { IDataObject, INode } from 'n8n-workflow';
import type { SavedCredential, WorkflowJson } from '../../demo/n8nApi';

/** What the step is called in these workflows. */
export const STEP = 'LLM Generator';

/** A workflow of a trigger that hands on the items given, and one LLM Generator step. */
export function oneStepWorkflow(
	parameters: INode['parameters'],
	{ id, name, type }: SavedCredential,
	items: IDataObject[] = [{}],
	settings: Partial<INode> = {},
): WorkflowJson {
	const step: INode = {
		id: 'step',
		name: STEP,
		type: 'n8n-nodes-llmgenerator.llmGenerator',
		typeVersion: 1,
		position: [240, 0],
		parameters: { resource: 'credit', ...parameters },
		credentials: { [type]: { id, name } },
		...settings,
	};
	const trigger: INode = {
		id: 'start',
		name: 'Start',
		type: 'n8n-nodes-base.manualTrigger',
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
	};
	return {
		name: `One step: ${JSON.stringify(parameters).slice(0, 80)}`,
		nodes: [trigger, step],
		connections: { Start: { main: [[{ node: STEP, type: 'main', index: 0 }]] } },
		pinData: { Start: items.map((json) => ({ json })) },
		settings: { executionOrder: 'v1' },
	};
}
