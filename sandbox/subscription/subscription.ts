import type { CreditPackage } from '../packages';

export const BILLING_CYCLES = ['monthly', 'yearly'] as const;

export type BillingCycle = (typeof BILLING_CYCLES)[number];

/** A plan is a package of credits that comes every month, at a monthly price. */
export interface Plan extends CreditPackage {
	features: string[];
}

/** `professional` is the example in the API reference, subscriptions/current. */
export const PLANS: readonly Plan[] = [
	plan('starter', 'Starter', 1000, 499, ['Enhanced generation']),
	plan('professional', 'Professional', 3000, 1299, ['Priority support', 'Advanced analytics']),
	plan('business', 'Business', 10_000, 3999, ['Priority support', 'Advanced analytics', 'Team access']),
	plan('agency', 'Agency', 30_000, 9999, ['Priority support', 'Advanced analytics', 'White label']),
];

/** The subscription of the account, with the fields of the API reference, subscriptions/current. */
export interface Subscription {
	/** ID of the plan. */
	plan: string;
	status: string;
	billingCycle: BillingCycle;
	/** ISO 8601 in UTC. */
	currentPeriodStart: string;
	currentPeriodEnd: string;
	cancelAtPeriodEnd: boolean;
}

/** An active subscription whose period begins at `now` (milliseconds since 1970). */
export function subscriptionTo(planId: string, billingCycle: BillingCycle, now: number): Subscription {
	const end = new Date(now);
	end.setUTCMonth(end.getUTCMonth() + (billingCycle === 'yearly' ? 12 : 1));
	return {
		plan: planId,
		status: 'active',
		billingCycle,
		currentPeriodStart: new Date(now).toISOString(),
		currentPeriodEnd: end.toISOString(),
		cancelAtPeriodEnd: false,
	};
}

/** The response of GET /subscriptions/current/api. */
export function currentSubscription(subscription: Subscription | null) {
	return {
		hasSubscription: subscription !== null,
		subscription,
		planDetails: subscription && planDetails(subscription.plan),
	};
}

/** How much a plan costs for one period. A year costs as much as ten months. */
export function priceCentsOf({ priceCents }: CreditPackage, billingCycle: BillingCycle): number {
	return billingCycle === 'yearly' ? priceCents * 10 : priceCents;
}

/** The description of the purchase in the ledger that begins a subscription. */
export function subscriptionDescription({ name, credits }: CreditPackage): string {
	return `Subscription: ${name} plan (${credits} credits a month)`;
}

/** Null for a plan that the sandbox does not know. */
function planDetails(planId: string) {
	const subscribed = PLANS.find(({ id }) => id === planId);
	if (!subscribed) return null;
	const { id, name, credits, priceCents, features } = subscribed;
	return { id, name, monthlyCredits: credits, price: priceCents / 100, features };
}

function plan(id: string, name: string, credits: number, priceCents: number, others: string[]): Plan {
	const features = [`${credits.toLocaleString('en-US')} credits/month`, ...others];
	return { id, name, credits, priceCents, features };
}
