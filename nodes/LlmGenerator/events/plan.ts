import type { IDataObject } from 'n8n-workflow';
import { instantOf } from '../instant';
import { numberIn } from '../shapes';
import type { ApiClient } from '../transport/client';
import { isRecord } from '../transport/words';

/** An alert does not wait longer for the plan. In milliseconds. */
const MAX_WAIT_MS = 5_000;
/** The states of a subscription that is renewed; with any other one, e.g. `past_due`, nobody knows whether it will be. */
const RENEWED_STATES = ['active', 'trialing'];

/**
 * The plan of the account, for an alert: `plan` (its name), `monthlyCredits`, and `nextCreditsAt`, when credits come again.
 * What the API does not say is null, also everything if it does not answer in time: an alert never fails because of this.
 * Source: API reference, subscriptions/current.
 */
export async function readPlan(client: ApiClient): Promise<IDataObject> {
	const inTime = AbortSignal.timeout(MAX_WAIT_MS);
	const asked = client.get('/subscriptions/current/api', {}, isRecord, inTime);
	const answer: Record<string, unknown> = await asked.catch(() => ({}));
	const subscription = isRecord(answer.subscription) ? answer.subscription : {};
	const details = isRecord(answer.planDetails) ? answer.planDetails : {};
	return {
		plan: textIn(details.name) ?? textIn(subscription.plan) ?? null,
		monthlyCredits: numberIn(details.monthlyCredits) ?? null,
		nextCreditsAt: answer.hasSubscription === false ? null : nextCreditsAt(subscription),
	};
}

/**
 * When the next period begins. With yearly billing, that is not when credits come: the API does not say on which day of a
 * month they do.
 */
function nextCreditsAt(subscription: Record<string, unknown>): string | null {
	const { status, billingCycle, cancelAtPeriodEnd, currentPeriodEnd } = subscription;
	const isRenewed = RENEWED_STATES.includes(word(status)) && word(cancelAtPeriodEnd ?? false) === 'false';
	const end = instantOf(currentPeriodEnd, 'UTC');
	if (!isRenewed || word(billingCycle) !== 'monthly' || end === undefined || end <= Date.now()) return null;
	return new Date(end).toISOString();
}

function textIn(value: unknown): string | undefined {
	return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function word(value: unknown): string {
	// An object from JSON may have a field `toString` of its own.
	return ['string', 'boolean'].includes(typeof value) ? String(value).trim().toLowerCase() : '';
}
