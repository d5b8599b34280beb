import type { INode } from 'n8n-workflow';
import type { SavedCredential, WorkflowJson } from '../../demo/n8nApi';

export const TRIGGER = 'LLM Generator Trigger';

/** When the trigger looks. n8n takes no schedule shorter than a minute, but several of them. */
export const POLL_TIMES = {
	fourTimesAMinute: [0, 15, 30, 45].map((second) => eachMinuteAt(second)),
	onceAMinute: [eachMinuteAt(30)],
};

/** Answers each call of a production webhook with all rows of the history. */
export function historyOnCall(
	path: string,
	credential: SavedCredential,
	errorWorkflow?: string,
): WorkflowJson {
	const webhook: INode = {
		id: 'webhook',
		name: 'Webhook',
		type: 'n8n-nodes-base.webhook',
		typeVersion: 2.1,
		position: [0, 0],
		webhookId: path,
		parameters: { path, responseMode: 'lastNode', responseData: 'allEntries' },
	};
	const history = step('Get Credit History', { operation: 'getHistory', returnAll: true }, credential);
	return inARow(`History on call: ${path}`, [webhook, history], errorWorkflow);
}

/** Starts with new transactions, and then reads the balance once. */
export function newTransactions(
	label: string,
	credential: SavedCredential,
	pollTimes: (typeof POLL_TIMES)[keyof typeof POLL_TIMES],
): WorkflowJson {
	const trigger: INode = {
		id: 'trigger',
		name: TRIGGER,
		type: 'n8n-nodes-llmgenerator.llmGeneratorTrigger',
		typeVersion: 1,
		position: [0, 0],
		parameters: { event: 'newTransaction', pollTimes: { item: pollTimes } },
		credentials: asUsed(credential),
	};
	const balance = { ...step('Get Balance', { operation: 'getBalance' }, credential), executeOnce: true };
	return inARow(`New transactions: ${label}`, [trigger, balance]);
}

/** Runs whenever an execution of a workflow that names it as its error workflow failed. */
export function errorWorkflow(): WorkflowJson {
	const trigger: INode = {
		id: 'trigger',
		name: 'Error Trigger',
		type: 'n8n-nodes-base.errorTrigger',
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
	};
	return inARow('Error workflow', [trigger]);
}

function step(name: string, parameters: INode['parameters'], credential: SavedCredential): INode {
	return {
		id: 'step',
		name,
		type: 'n8n-nodes-llmgenerator.llmGenerator',
		typeVersion: 1,
		position: [240, 0],
		parameters: { resource: 'credit', ...parameters },
		credentials: asUsed(credential),
	};
}

function eachMinuteAt(second: number) {
	return { mode: 'custom', cronExpression: `${second} * * * * *` };
}

const asUsed = ({ id, name, type }: SavedCredential) => ({ [type]: { id, name } });

function inARow(name: string, nodes: INode[], errorWorkflow?: string): WorkflowJson {
	const links = nodes
		.slice(1)
		.map((next, place) => [nodes[place].name, { main: [[{ node: next.name, type: 'main', index: 0 }]] }]);
	return {
		name,
		nodes,
		connections: Object.fromEntries(links) as WorkflowJson['connections'],
		settings: { executionOrder: 'v1', saveDataSuccessExecution: 'all', errorWorkflow },
	};
}
