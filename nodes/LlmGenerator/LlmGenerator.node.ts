import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodePropertyOptions,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { ApiClient } from './transport/client';
import { MAX_IN_FLIGHT, openSession } from './transport/session';
import { forEachItem } from './inputItems';
import { getPackages } from './listSearch/getPackages';
import { getSites } from './listSearch/getSites';
import { JobRun } from './jobs/run';
import { errorOutput, nodeError } from './nodeError';
import { notInThisVersion, Parameters } from './parameters';
import { resources } from './resources';
import { OutputItem, type Operation } from './resources/operation';
import { readRequestOptions } from './resources/requestOptions';
import { fieldsOf } from './resources/resource';

export class LlmGenerator implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'LLM Generator',
		name: 'llmGenerator',
		icon: { light: 'file:../../icons/llmGenerator.svg', dark: 'file:../../icons/llmGenerator.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ ({ "credit createCheckout": "Create Checkout", "credit getBalance": "Get Balance", "credit getHistory": "Get Credit History", "credit getPackages": "Get Packages", "file download": "Download", "file generate": "Generate", "file getStatus": "Get Generation Status", "site discover": "Discover URLs", "site get": "Get Site", "site getAll": "Get Many Sites", "site getUrls": "Get URLs of Site", "subscription createPortalLink": "Create Billing Portal Link", "subscription createCheckout": "Create Subscription Checkout", "subscription get": "Get Subscription" })[($parameter["resource"] || "credit") + " " + $parameter["operation"]] }}',
		description:
			'Generate and download llms.txt files of websites, and manage your credits and your subscription',
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
				options: resources.map(({ option }) => option),
				default: 'credit',
			},
			...resources.flatMap(fieldsOf),
		],
	};

	methods = { listSearch: { getPackages, getSites } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const session = openSession(this);
		const jobs = new JobRun();
		// Everything that an item needs is read inside: what throws for one item must not affect the others.
		const runItem = async (itemIndex: number): Promise<INodeExecutionData[]> => {
			const pairedItem = { item: itemIndex };
			try {
				const parameters = Parameters.ofItem(this, itemIndex);
				const operation = chosenOperation(parameters);
				const client = await ApiClient.open(this, session, itemIndex, readRequestOptions(parameters));
				const results = await operation.execute({ parameters, client, context: this, itemIndex, jobs });
				return results.map((result) =>
					result instanceof OutputItem ? { ...result, pairedItem } : { json: result, pairedItem },
				);
			} catch (failure) {
				const error = nodeError(this.getNode(), failure as Error, itemIndex);
				if (!this.continueOnFail() || session.signal.aborted) throw error;
				return [{ json: errorOutput(this.getNode(), error), pairedItem }];
			}
		};
		const items = this.getInputData();
		const results = await forEachItem(items.length, itemsAtOnce(this), runItem, () => session.end());

		const waitedMinutes = Math.round(jobs.longestWaitMs / 60_000);
		if (waitedMinutes > 0) {
			const message = `Waited ${waitedMinutes} min for LLM Generator to finish`;
			this.addExecutionHints({ message, type: 'info', location: 'outputPane' });
		}
		const waitedSeconds = Math.round(session.limiter.waitedMs / 1000);
		if (waitedSeconds > 0) {
			const message = `Waited ${waitedSeconds} s for the rate limit of LLM Generator`;
			this.addExecutionHints({ message, type: 'info', location: 'outputPane' });
		}
		return [results.flat()];
	}
}

/** As many items as requests at the same time, so that both can be limited to one after the other. The first item decides. */
function itemsAtOnce(context: IExecuteFunctions): number {
	try {
		const parameters = Parameters.ofItem(context, 0);
		const { maxInFlight = MAX_IN_FLIGHT } = readRequestOptions(parameters);
		return chosenOperation(parameters).itemsAtOnce ?? maxInFlight;
	} catch {
		// The error is reported when this item runs.
		return MAX_IN_FLIGHT;
	}
}

/** @throws NodeOperationError if this version of the node has no such resource or operation */
function chosenOperation(parameters: Parameters): Operation {
	const choose = <T extends { option: INodePropertyOptions & { value: string } }>(
		name: string,
		among: T[],
	) => {
		const of = among.map(({ option }) => option);
		const value = parameters.choice(name, name, { of, noun: name, message: notInThisVersion });
		return among.find(({ option }) => option.value === value);
	};
	const { operations, defaultOperation } = choose('resource', resources) ?? resources[0];
	return choose('operation', operations) ?? defaultOperation;
}
