import type { SavedCredential } from '../demo/n8nApi.ts';
import {
	AS_JSON,
	chain,
	httpRequest,
	llmGenerator,
	splitOut,
	type BenchWorkflow,
	type Step,
} from './workflows.ts';

const EACH_SITE = splitOut('Items', 'body.urls', 'url');

/** Generate for each entry of `urls` in the request. */
export function generateWithNode(credential: SavedCredential): BenchWorkflow {
	const parameters = { resource: 'file', operation: 'generate', url: '={{ $json.url }}' };
	return chain('generate-node', [EACH_SITE, llmGenerator(parameters, credential)]);
}

/**
 * The loop of n8n's own nodes: POST, Wait, GET, If. An item whose job is not completed goes back to Wait.
 *
 * @param intervalMs the pause between two requests (Options → Batching); without it, all are sent at once
 */
export function generateWithHttpRequest(
	credential: SavedCredential,
	name: string,
	intervalMs?: number,
): BenchWorkflow {
	const generate = `${String(credential.data.baseUrl)}/generate`;
	const batching = intervalMs && { batching: { batch: { batchSize: 1, batchInterval: intervalMs } } };
	const options = { ...AS_JSON, ...batching };
	const start = httpRequest(credential, {
		method: 'POST',
		url: generate,
		sendBody: true,
		bodyParameters: { parameters: [{ name: 'url', value: '={{ $json.url }}' }] },
		options,
	});
	const url = `=${generate}/{{ $json.jobId || $json.id }}`;
	const ask = { ...httpRequest(credential, { url, options }), name: 'Status' };
	const workflow = chain(name, [EACH_SITE, start, WAIT, ask, IF_COMPLETED, READY]);
	workflow.connections[IF_COMPLETED.name].main.push([{ node: WAIT.name, type: 'main', index: 0 }]);
	return workflow;
}

/** Download as a file, of the website whose address is `url` in the request. */
export function downloadWithNode(credential: SavedCredential): BenchWorkflow {
	const siteId = { __rl: true, mode: 'url', value: '={{ $json.body.url }}' };
	const parameters = { resource: 'file', operation: 'download', siteId };
	return chain('download-node', [llmGenerator(parameters, credential)]);
}

export const WAIT_SECONDS = 5;

const WAIT: Step & { webhookId: string } = {
	name: 'Wait',
	type: 'n8n-nodes-base.wait',
	typeVersion: 1.1,
	parameters: { amount: WAIT_SECONDS, unit: 'seconds' },
	webhookId: 'wait',
};

const IF_COMPLETED: Step = {
	name: 'Completed?',
	type: 'n8n-nodes-base.if',
	typeVersion: 2.2,
	parameters: {
		conditions: {
			options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
			combinator: 'and',
			conditions: [
				{
					id: 'completed',
					leftValue: '={{ $json.status }}',
					rightValue: 'completed',
					operator: { type: 'string', operation: 'equals' },
				},
			],
		},
		options: {},
	},
};

const READY: Step = { name: 'Ready', type: 'n8n-nodes-base.noOp', typeVersion: 1, parameters: {} };
