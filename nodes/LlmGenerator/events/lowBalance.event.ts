import type { IDataObject, IPollFunctions } from 'n8n-workflow';
import type { ApiClient } from '../transport/client';
import { isBalance, type Balance } from '../api/types';
import { Parameters } from '../parameters';
import { shownForEvent, type TriggerEvent } from './event';

const HOUR_MS = 3_600_000;
const DEFAULT_THRESHOLD = 100;

/** What was said last, and how the account stood then. */
interface Alert {
	/** Unix epoch, milliseconds. */
	at: number;
	totalPurchased?: number;
	totalUsed?: number;
	balance: number;
}

export const lowBalance: TriggerEvent = {
	option: {
		name: 'Low Balance',
		value: 'lowBalance',
		description: 'When fewer credits are left than you want: once, until they were topped up',
	},
	fields: shownForEvent('lowBalance', [
		{
			displayName: 'Threshold',
			name: 'threshold',
			type: 'number',
			default: DEFAULT_THRESHOLD,
			placeholder: 'e.g. 100',
			description: 'The workflow starts when the balance is below this; exactly this is not below',
			hint: 'In credits',
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add Option',
			default: {},
			options: [
				{
					displayName: 'Remind Every (Hours)',
					name: 'remindEveryHours',
					type: 'number',
					typeOptions: { minValue: 0 },
					default: 24,
					description:
						'Starts the workflow again after so many hours, as long as the balance stays below. 0: never.',
				},
			],
		},
	]),

	async poll(context, client, state) {
		const { threshold, remindEveryMs } = readWish(context);
		const now = await readBalance(client);
		// Read only now: a poll that overlaps this one may have alerted meanwhile.
		const last = state.alert as unknown as Alert | undefined;
		const checkedAt = Date.now();
		if (now.balance >= threshold) {
			delete state.alert;
			return [];
		}
		const reminderDue = remindEveryMs > 0 && last !== undefined && checkedAt - last.at >= remindEveryMs;
		const due = !last || reminderDue || roseAbove(threshold, last, now);
		const { balance, totalPurchased, totalUsed } = now;
		const at = due ? checkedAt : last.at;
		state.alert = { at, balance, totalPurchased, totalUsed };
		return due ? [item(threshold, now, checkedAt)] : [];
	},

	async sample(context, client) {
		return [item(readWish(context).threshold, await readBalance(client), Date.now())];
	},
};

/**
 * Whether the balance may have been at or above the threshold since the account was seen last. Polls see that
 * themselves, but n8n forgets it when it restarts before the next alert; the lifetime totals do not: credits came in,
 * and what is left now and what was used since reach the threshold together.
 */
function roseAbove(threshold: number, last: Alert, now: Balance): boolean {
	const used = now.totalUsed - (last.totalUsed ?? NaN);
	const cameIn = now.balance - last.balance + used;
	return cameIn > 0 && now.balance + used >= threshold;
}

function item(threshold: number, now: Balance, checkedAt: number): IDataObject {
	const { balance, totalPurchased, totalUsed } = now;
	return { balance, threshold, totalPurchased, totalUsed, checkedAt: new Date(checkedAt).toISOString() };
}

async function readBalance(client: ApiClient): Promise<Balance> {
	return await client.get('/credits/balance/api', {}, isBalance);
}

/** @throws NodeOperationError for a threshold or a reminder that is no number */
function readWish(context: IPollFunctions) {
	const parameters = Parameters.ofTrigger(context);
	const options = parameters.collection('options');
	const remindEveryHours = options.number('remindEveryHours', 'Remind Every (Hours)', { least: 0 }) ?? 0;
	return {
		threshold: parameters.number('threshold', 'Threshold') ?? DEFAULT_THRESHOLD,
		remindEveryMs: remindEveryHours * HOUR_MS,
	};
}
