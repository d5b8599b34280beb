import type { SavedCredential, WorkflowJson } from '../../demo/n8nApi';
import { generatorStep, inARow, step, triggerStep, type POLL_TIMES } from '../steps';

/** Responds to each call of a production webhook with all rows of the history. */
export function historyOnCall(
	path: string,
	credential: SavedCredential,
	errorWorkflow?: string,
): WorkflowJson {
	const webhookParameters = { path, responseMode: 'lastNode', responseData: 'allEntries' };
	const webhook = { ...step('Webhook', 'n8n-nodes-base.webhook', 2.1, webhookParameters), webhookId: path };
	const reading = { operation: 'getHistory', returnAll: true };
	const history = generatorStep('Get Credit History', reading, credential);
	return inARow(`History on call: ${path}`, [webhook, history], { errorWorkflow });
}

/** New transactions start it; then it reads the balance once. */
export function newTransactions(
	label: string,
	credential: SavedCredential,
	pollTimes: (typeof POLL_TIMES)[keyof typeof POLL_TIMES],
): WorkflowJson {
	const trigger = triggerStep({ event: 'newTransaction' }, credential, pollTimes);
	const balance = generatorStep('Get Balance', { operation: 'getBalance' }, credential);
	return inARow(`New transactions: ${label}`, [trigger, { ...balance, executeOnce: true }]);
}

/** Runs when an execution fails in a workflow that has it as its error workflow. */
export function errorWorkflow(): WorkflowJson {
	return inARow('Error workflow', [step('Error Trigger', 'n8n-nodes-base.errorTrigger', 1)]);
}
