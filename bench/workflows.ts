import type { INode, INodeParameters } from 'n8n-workflow';
import { credentialOf, type SavedCredential, type WorkflowJson } from '../demo/n8nApi.ts';

/** In every workflow, this is the name of the node whose time is measured. */
export const MEASURED = 'Measured';

/** A workflow of the benchmark; `name` is also the path of its webhook. */
export interface BenchWorkflow extends WorkflowJson {
	name: string;
}

/** Get Credit History with Return All. Without `atOnce`, it has the default settings. */
export function readWithNode(credential: SavedCredential, atOnce?: number): BenchWorkflow {
	const options = atOnce ? { maxRequestsAtOnce: atOnce } : {};
	const parameters = { resource: 'credit', operation: 'getHistory', returnAll: true, options };
	return chain(atOnce ? `node-${atOnce}` : 'node', [llmGenerator(parameters, credential)]);
}

/** The HTTP Request node with its own pagination, then Split Out: one item per row, like the LLM Generator node. */
export function readWithHttpRequest(credential: SavedCredential): BenchWorkflow {
	return chain('http-request', [paginating(credential), splitOut('Rows', 'transactions')]);
}

/** Without Split Out: it outputs fewer items than the LLM Generator node, so it is a strict comparison of memory. */
export function readWithHttpRequestAlone(credential: SavedCredential): BenchWorkflow {
	return chain('http-request-alone', [paginating(credential)]);
}

/** Create Checkout for each entry of `packages` in the request. */
export function checkoutWithNode(credential: SavedCredential): BenchWorkflow {
	const packageId = { __rl: true, mode: 'id', value: '={{ $json.packageId }}' };
	const parameters = { resource: 'credit', operation: 'createCheckout', packageId };
	return chain('checkout-node', [
		splitOut('Items', 'body.packages', 'packageId'),
		llmGenerator(parameters, credential),
	]);
}

export function checkoutWithHttpRequest(credential: SavedCredential): BenchWorkflow {
	const sender = httpRequest(credential, {
		method: 'POST',
		url: `${String(credential.data.baseUrl)}/credits/checkout/api`,
		sendBody: true,
		bodyParameters: { parameters: [{ name: 'packageId', value: '={{ $json.packageId }}' }] },
		options: AS_JSON,
	});
	return chain('checkout-http-request', [splitOut('Items', 'body.packages', 'packageId'), sender]);
}

/** The largest pages, no pause between them, and no more requests than there are pages. */
function paginating(credential: SavedCredential): Step {
	const pagination = {
		paginationMode: 'updateAParameterInEachRequest',
		parameters: { parameters: [{ type: 'qs', name: 'offset', value: '={{ $pageCount * 100 }}' }] },
		paginationCompleteWhen: 'other',
		completeExpression: '={{ !$response.body.hasMore }}',
		requestInterval: 0,
	};
	return httpRequest(credential, {
		url: `${String(credential.data.baseUrl)}/credits/history/api`,
		sendQuery: true,
		queryParameters: { parameters: [{ name: 'limit', value: '100' }] },
		options: { ...AS_JSON, pagination: { pagination } },
	});
}

/** So the HTTP Request node does not need to detect the format of the response. */
export const AS_JSON = { response: { response: { responseFormat: 'json' } } };

export type Step = Pick<INode, 'name' | 'type' | 'typeVersion' | 'parameters' | 'credentials'>;

export function llmGenerator(parameters: INodeParameters, credential: SavedCredential): Step {
	return {
		name: MEASURED,
		type: 'n8n-nodes-llmgenerator.llmGenerator',
		typeVersion: 1,
		parameters,
		credentials: credentialOf(credential),
	};
}

export function httpRequest(credential: SavedCredential, parameters: INodeParameters): Step {
	return {
		name: MEASURED,
		type: 'n8n-nodes-base.httpRequest',
		typeVersion: 4.5,
		parameters: {
			authentication: 'predefinedCredentialType',
			nodeCredentialType: credential.type,
			...parameters,
		},
		credentials: credentialOf(credential),
	};
}

export function splitOut(name: string, fieldToSplitOut: string, destinationFieldName = ''): Step {
	const parameters = { fieldToSplitOut, options: { destinationFieldName } };
	return { name, type: 'n8n-nodes-base.splitOut', typeVersion: 1, parameters };
}

/** A webhook that responds, without a body, when the last step is done; then the steps, one after the other. */
export function chain(name: string, steps: Step[]): BenchWorkflow {
	const webhook: Step & Partial<INode> = {
		name: 'Webhook',
		type: 'n8n-nodes-base.webhook',
		typeVersion: 2.1,
		parameters: {
			httpMethod: 'POST',
			path: name,
			responseMode: 'lastNode',
			responseData: 'noData',
			options: {},
		},
		webhookId: name,
	};
	const nodes = [webhook, ...steps].map((step, index) => ({
		id: `step-${index}`,
		position: [240 * index, 0] as [number, number],
		...step,
	}));
	const connections = Object.fromEntries(
		steps.map((step, index) => [
			nodes[index].name,
			{ main: [[{ node: step.name, type: 'main' as const, index: 0 }]] },
		]),
	);
	return {
		name,
		nodes,
		connections,
		settings: { executionOrder: 'v1', saveDataSuccessExecution: 'none', saveDataErrorExecution: 'none' },
	};
}
