import {
	NodeConnectionTypes,
	NodeOperationError,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { ApiClient } from './api/client';
import { openSession } from './api/session';
import { forEachItem } from './inputItems';
import { getPackages } from './listSearch/getPackages';
import { nodeError } from './nodeError';
import { creditDescription, creditOperations } from './resources/credit';
import { limitsFrom } from './resources/requestOptions';

export class LlmGenerator implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'LLM Generator',
		name: 'llmGenerator',
		icon: { light: 'file:../../icons/llmGenerator.svg', dark: 'file:../../icons/llmGenerator.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ ({ createCheckout: "Create Checkout", getBalance: "Get Balance", getHistory: "Get Credit History" })[$parameter["operation"]] }}',
		description: 'Read the credits of your LLM Generator account and sell credit packages',
		defaults: { name: 'LLM Generator' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'llmGeneratorApi', required: true }],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: [{ name: 'Credit', value: 'credit' }],
				default: 'credit',
			},
			...creditDescription,
		],
	};

	methods = { listSearch: { getPackages } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const operationName = this.getNodeParameter('operation', 0);
		const operation = creditOperations.find(({ option }) => option.value === operationName);
		if (!operation) {
			const message = `This version of the node has no operation "${String(operationName)}". Choose one in the field "Operation".`;
			throw new NodeOperationError(this.getNode(), message);
		}
		const session = openSession(this, limitsFrom(this, operation.requestOptionsIn));

		const runItem = async (itemIndex: number): Promise<INodeExecutionData[]> => {
			const pairedItem = { item: itemIndex };
			try {
				const client = await ApiClient.open(this, session, itemIndex);
				const results = await operation.execute(this, client, itemIndex);
				return results.map((json) => ({ json, pairedItem }));
			} catch (failure) {
				const error = nodeError(this.getNode(), failure as Error, itemIndex);
				if (!this.continueOnFail() || session.signal.aborted) throw error;
				return [{ json: { error: error.message }, pairedItem }];
			}
		};
		const items = this.getInputData();
		const results = await forEachItem(items.length, session.maxInFlight, runItem, () => session.end());

		const waitedSeconds = Math.round(session.limiter.waitedMs / 1000);
		if (waitedSeconds > 0) {
			const message = `Waited ${waitedSeconds} s for the rate limit of LLM Generator`;
			this.addExecutionHints({ message, type: 'info', location: 'outputPane' });
		}
		return [results.flat()];
	}
}
