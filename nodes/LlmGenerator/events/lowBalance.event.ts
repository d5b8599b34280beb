import type { IDataObject, IPollFunctions } from 'n8n-workflow';
import { hasId, idOf, isBalance, numberIn } from '../shapes';
import { Parameters } from '../parameters';
import type { ApiClient } from '../transport/client';
import { shownForEvent, type TriggerEvent } from './event';
import { readPlan } from './plan';

const HOUR_MS = 3_600_000;
const DEFAULT_THRESHOLD = 100;

/** Sums of decimal numbers are not exact. */
const TOLERANCE_CREDITS = 1e-6;
/** How many recent transactions are used. The API documents no maximum, and n8n's database stores their IDs. */
const MAX_RECENT = 50;

/** The state of the account: credits, and totals over its lifetime. */
interface Account {
	balance: number;
	totalPurchased?: number;
	totalUsed?: number;
	recent: Array<{ id: string; amount?: number; isPurchase: boolean }>;
}

/** The last alert, and the state of the account at the last poll. */
type Alert = {
	/** Unix epoch, milliseconds. */
	at: number;
	balance: number;
	totalPurchased?: number;
	totalUsed?: number;
	/** The IDs of the recent transactions; version 1.0.0 did not keep them. */
	recentIds?: string[];
};

export const lowBalance: TriggerEvent = {
	option: {
		name: 'Low Balance',
		value: 'lowBalance',
		description:
			'When the balance drops below a threshold. Triggers again only after the balance was topped up.',
	},
	fields: shownForEvent('lowBalance', [
		{
			displayName: 'Threshold',
			name: 'threshold',
			type: 'number',
			default: DEFAULT_THRESHOLD,
			placeholder: 'e.g. 100',
			description: 'Triggers when the balance drops below this number',
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
					displayName: 'Include Plan',
					name: 'includePlan',
					type: 'boolean',
					default: true,
					description:
						'Whether to also return the name of the plan, its monthly credits, and when credits come again. This needs one more request for each alert.',
				},
				{
					displayName: 'Remind Every (Hours)',
					name: 'remindEveryHours',
					type: 'number',
					typeOptions: { minValue: 0 },
					default: 24,
					description:
						'Triggers again after this many hours while the balance stays below the threshold. Set to 0 to turn reminders off.',
				},
			],
		},
	]),

	async poll(context, client, state) {
		const { threshold, remindEveryMs, includesPlan } = readSettings(context);
		const now = await readAccount(client);
		// Read after the request: a poll that overlaps this one may have alerted in the meantime.
		const last = state.alert as Alert | undefined;
		const checkedAt = Date.now();
		if (now.balance >= threshold) {
			delete state.alert;
			return [];
		}
		const reminderDue = remindEveryMs > 0 && last !== undefined && checkedAt - last.at >= remindEveryMs;
		const due = !last || reminderDue || mayHaveReached(threshold, last, now);
		const { balance, totalPurchased, totalUsed } = now;
		const recentIds = now.recent.map(({ id }) => id);
		state.alert = { at: due ? checkedAt : last.at, balance, totalPurchased, totalUsed, recentIds };
		if (!due) return [];
		const alert = item(threshold, now, checkedAt);
		return [includesPlan ? { ...alert, ...(await readPlan(client)) } : alert];
	},

	async sample(context, client) {
		const { threshold, includesPlan } = readSettings(context);
		const sample = item(threshold, await readAccount(client), Date.now());
		return [includesPlan ? { ...sample, ...(await readPlan(client)) } : sample];
	},
};

/**
 * Whether the balance may have reached the threshold since the last poll. A poll sees that itself, but n8n forgets it if
 * it restarts before the next alert; the lifetime totals remain. The balance was never higher than at the last poll plus
 * everything that was added since. If totals and balance do not add up, credits expired or were corrected, and nobody
 * knows how many: one alert too many is better than a missing one.
 */
function mayHaveReached(threshold: number, last: Alert, now: Account): boolean {
	const bought = (now.totalPurchased ?? NaN) - (last.totalPurchased ?? NaN);
	const used = (now.totalUsed ?? NaN) - (last.totalUsed ?? NaN);
	// Without totals, only the polls themselves can see it.
	if (Number.isNaN(bought + used)) return false;
	const refunded = refundedSince(last, now);
	const unexplained = now.balance - last.balance - bought + used;
	// It is not documented whether the totals include refunds.
	const addsUp = isNothing(unexplained) || isNothing(unexplained - refunded);
	const goesBack = bought < -TOLERANCE_CREDITS || used + refunded < -TOLERANCE_CREDITS;
	return !addsUp || goesBack || last.balance + bought + refunded >= threshold;
}

/** Credits that were added without a purchase, as far as the recent transactions show them. */
function refundedSince({ recentIds }: Alert, { recent }: Account): number {
	if (!recentIds) return 0;
	const known = new Set(recentIds);
	return recent
		.filter(({ id, amount = 0, isPurchase }) => !known.has(id) && amount > 0 && !isPurchase)
		.reduce((sum, { amount = 0 }) => sum + amount, 0);
}

function isNothing(credits: number): boolean {
	return Math.abs(credits) < TOLERANCE_CREDITS;
}

function item(threshold: number, now: Account, checkedAt: number): IDataObject {
	const { balance, totalPurchased, totalUsed } = now;
	return { balance, threshold, totalPurchased, totalUsed, checkedAt: new Date(checkedAt).toISOString() };
}

async function readAccount(client: ApiClient): Promise<Account> {
	const answer = await client.get('/credits/balance/api', {}, isBalance);
	const rows: unknown[] = Array.isArray(answer.recentTransactions) ? answer.recentTransactions : [];
	return {
		balance: Number(answer.balance),
		totalPurchased: numberIn(answer.totalPurchased),
		totalUsed: numberIn(answer.totalUsed),
		recent: rows.slice(0, MAX_RECENT).flatMap((row) => {
			if (!hasId(row)) return [];
			return [{ id: idOf(row), amount: numberIn(row.amount), isPurchase: row.type === 'purchase' }];
		}),
	};
}

/** @throws NodeOperationError for a value that cannot be used */
function readSettings(context: IPollFunctions) {
	const parameters = Parameters.ofTrigger(context);
	const options = parameters.collection('options');
	const remindEveryHours = options.number('remindEveryHours', 'Remind Every (Hours)', { least: 0 }) ?? 0;
	return {
		threshold: parameters.number('threshold', 'Threshold') ?? DEFAULT_THRESHOLD,
		remindEveryMs: remindEveryHours * HOUR_MS,
		includesPlan: options.flag('includePlan', 'Include Plan') ?? false,
	};
}
