import type { INodePropertyOptions } from 'n8n-workflow';
import { isStripePage } from '../../shapes';
import type { Parameters } from '../../parameters';
import { CHECKOUT_IN_DOUBT, readReturnAddresses, returnAddressFields } from '../checkout';
import { makeOnce } from '../makeOnce';
import type { Operation } from '../operation';
import { additionalFields } from '../requestOptions';

/** Those that the API reference names for a checkout; elsewhere it names others, so any ID is accepted. */
const plans = [
	{ name: 'Starter', value: 'starter' },
	{ name: 'Professional', value: 'professional' },
	{ name: 'Business', value: 'business' },
	{ name: 'Agency', value: 'agency' },
];

type BillingCycle = 'monthly' | 'yearly';

const billingCycles: Array<INodePropertyOptions & { value: BillingCycle }> = [
	{ name: 'Monthly', value: 'monthly' },
	{ name: 'Yearly', value: 'yearly' },
];

/** A plan that does not exist and a second subscription are refused with the same status. */
const REFUSED =
	'Check the plan in this node. If this account already has a subscription, change it with Create Billing Portal Link instead';

/** For the messages of the request. */
const HINTS = {
	inDoubt: CHECKOUT_IN_DOUBT,
	advice: {
		400: REFUSED,
		402: 'Pay what is open, or change the payment method, with Create Billing Portal Link or in the LLM Generator dashboard, then run this again',
		404: 'Check the plan in this node and the Base URL in the LLM Generator API credential',
		409: REFUSED,
		422: REFUSED,
	},
};

export const createCheckout: Operation = {
	option: {
		name: 'Create Checkout',
		value: 'createCheckout',
		action: 'Create a checkout link for a subscription',
		description: 'Create a link to a Stripe page where someone can subscribe to a plan for this account',
	},
	subtitle: 'Create Subscription Checkout',
	fields: [
		{
			displayName: 'Plan',
			name: 'planId',
			type: 'options',
			required: true,
			options: plans,
			default: 'professional',
			description: 'The plan to subscribe to. For another plan, use an expression with its ID.',
			hint: 'No money moves until someone pays on the page behind the link',
		},
		{
			displayName: 'Billing Cycle',
			name: 'billingCycle',
			type: 'options',
			options: billingCycles,
			default: 'monthly',
			description: 'How often the plan is paid',
		},
		additionalFields(returnAddressFields),
	],

	async execute(run) {
		const { parameters, client } = run;
		const planId = readPlan(parameters);
		const cycle = { of: billingCycles, noun: 'billing cycle' };
		const billingCycle = parameters.choice('billingCycle', 'Billing Cycle', cycle) ?? 'monthly';
		const body = { planId, billingCycle, ...readReturnAddresses(run) };
		const post = async () => ({
			...(await client.post('/subscriptions/checkout/api', body, isStripePage, HINTS)),
		});
		return [await makeOnce(run, post)];
	},
};

/** The ID of a plan; one of the options also by its name. */
function readPlan(parameters: Parameters): string {
	const given = parameters.id('planId', 'plan', 'Choose one in the field "Plan", or use an expression.');
	const isGiven = ({ name }: { name: string }) => name.toLowerCase() === given.toLowerCase();
	return plans.find(isGiven)?.value ?? given;
}
