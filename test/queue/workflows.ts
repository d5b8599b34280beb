import type { SavedCredential, WorkflowJson } from '../../demo/n8nApi';
import { generatorStep, inARow, step, triggerStep, type POLL_TIMES } from '../steps';

/** Answers each call of a production webhook with all rows of the history. */
export function historyOnCall(
	path: string,
	credential: SavedCredential,
	errorWorkflow?: string,
): WorkflowJson {
	const answers = { path, responseMode: 'lastNode', responseData: 'allEntries' };
	const webhook = { ...step('Webhook', 'n8n-nodes-base.webhook', 2.1, answers), webhookId: path };
	const reading = { operation: 'getHistory', returnAll: true };
	const history = generatorStep('Get Credit History', reading, credential);
	return inARow(`History on call: ${path}`, [webhook, history], { errorWorkflow });
}

/** Starts with new transactions, and then reads the balance once. */
export function newTransactions(
	label: string,
	credential: SavedCredential,
	pollTimes: (typeof POLL_TIMES)[keyof typeof POLL_TIMES],
): WorkflowJson {
	const trigger = triggerStep({ event: 'newTransaction' }, credential, pollTimes);
	const balance = generatorStep('Get Balance', { operation: 'getBalance' }, credential);
	return inARow(`New transactions: ${label}`, [trigger, { ...balance, executeOnce: true }]);
}

/** Runs whenever an execution of a workflow that names it as its error workflow failed. */
export function errorWorkflow(): WorkflowJson {
	return inARow('Error workflow', [step('Error Trigger', 'n8n-nodes-base.errorTrigger', 1)]);
}
