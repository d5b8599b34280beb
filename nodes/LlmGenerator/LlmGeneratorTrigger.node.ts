import {
	NodeConnectionTypes,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IPollFunctions,
} from 'n8n-workflow';
import { ApiClient } from './transport/client';
import { openSession } from './transport/session';
import { fileGenerated } from './events/fileGenerated.event';
import { lowBalance } from './events/lowBalance.event';
import { newTransaction } from './events/newTransaction.event';
import { nodeError } from './nodeError';
import { notInThisVersion, Parameters } from './parameters';

/** A new event is one new file and one line here. */
const events = [fileGenerated, lowBalance, newTransaction];

/** The longest time for a poll: n8n polls at most once a minute, and its durable engine allows a poll 45 s. In milliseconds. */
const POLL_BUDGET_MS = 40_000;
/** Reserved for the request that is in progress when the time is over. In milliseconds. */
const LAST_REQUEST_MS = 15_000;

export class LlmGeneratorTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'LLM Generator Trigger',
		name: 'llmGeneratorTrigger',
		icon: { light: 'file:../../icons/llmGenerator.svg', dark: 'file:../../icons/llmGenerator.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle:
			'={{ ({ fileGenerated: "File Generated", lowBalance: "Low Balance", newTransaction: "New Credit Transaction" })[$parameter["event"]] }}',
		description:
			'Starts the workflow when a file was generated, when credits run low, or when there is a new credit transaction',
		defaults: { name: 'LLM Generator Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'llmGeneratorApi', required: true }],
		properties: [
			{
				displayName: 'Event',
				name: 'event',
				type: 'options',
				noDataExpression: true,
				options: events.map(({ option }) => option),
				default: 'newTransaction',
			},
			...events.flatMap(({ fields }) => fields),
		],
	};

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		const of = events.map(({ option }) => option);
		const rule = { of, noun: 'event', message: notInThisVersion };
		const name = Parameters.ofTrigger(this).choice('event', 'Event', rule);
		const event = events.find(({ option }) => option.value === name) ?? newTransaction;
		// Older versions of n8n do not say how long a poll may take.
		const budgetMs = Math.min(
			POLL_BUDGET_MS,
			(this.getPollBudgetMs?.() as number | undefined) ?? POLL_BUDGET_MS,
		);
		const workUntil = Date.now() + budgetMs - LAST_REQUEST_MS;
		const limits = {
			maxWaitMs: budgetMs / 4,
			maxRejectedMs: budgetMs / 4,
			deadlineMs: LAST_REQUEST_MS,
			totalMs: budgetMs,
		};
		try {
			const client = await ApiClient.open(this, openSession(this, limits));
			const json =
				this.getMode() === 'manual'
					? await event.sample(this, client)
					: await event.poll(this, client, this.getWorkflowStaticData('node'), () => Date.now() < workUntil);
			return json.length > 0 ? [json.map((fields) => ({ json: fields }))] : null;
		} catch (failure) {
			throw nodeError(this.getNode(), failure as Error);
		}
	}
}
