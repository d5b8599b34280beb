import type { INodeParameters } from 'n8n-workflow';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { subscriptionTo } from '../../sandbox/subscription/subscription';
import { runNode, type NodeRun } from './n8n';

const PATH = '/subscriptions/checkout/api';
const SESSION = { sessionId: 'cs_test_1', url: 'https://checkout.stripe.com/c/pay/cs_test_1' };

let sandbox: Sandbox;
beforeAll(async () => {
	sandbox = await startSandbox();
});
beforeEach(() => sandbox.reset());
afterAll(() => sandbox.close());

const checkOut = async (parameters: INodeParameters = {}, more: Partial<NodeRun> = {}) =>
	await runNode({
		parameters: { resource: 'subscription', operation: 'createCheckout', ...parameters },
		credential: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
		...more,
	});
/** What the API answers to the next checkouts. */
const answers = (status: number, body: unknown, times?: number) =>
	sandbox.faults.add({ method: 'POST', path: PATH, status, body, times });
const sent = () => sandbox.requests.entries.map(({ path, body }) => [path, body]);

test.each([
	['a session', SESSION],
	['a link only', { url: SESSION.url }],
	['more than is documented', { ...SESSION, plan: { id: 'professional' }, expiresAt: null }],
])('the output is the response of the API: %s', async (_what, body) => {
	answers(201, body);
	const { items, error } = await checkOut();
	expect(error).toBeUndefined();
	expect(items).toEqual([{ json: body, pairedItem: { item: 0 } }]);
	expect(sent()).toEqual([[PATH, { planId: 'professional', billingCycle: 'monthly' }]]);
});

test('the link opens the payment page; a second subscription is refused, with what to do', async () => {
	sandbox.subscription = null;
	const { items } = await checkOut({ planId: 'business', billingCycle: 'yearly' });
	expect(await (await fetch(items[0].json.url as string)).text()).toContain('Business');

	sandbox.subscription = subscriptionTo('business', 'yearly', Date.now());
	const { error } = await checkOut({ planId: 'business' });
	expect(error?.message).toMatch(
		/“You already have an active subscription.*”\. .*change it with Create Billing Portal Link instead\.$/,
	);
});

test('plan, billing cycle and both URLs are sent', async () => {
	answers(201, SESSION);
	const urls = {
		successUrl: 'https://example.com/thanks?session_id={CHECKOUT_SESSION_ID}',
		cancelUrl: 'https://example.com/plans',
	};
	await checkOut({ planId: 'agency', billingCycle: 'yearly', additionalFields: urls });
	expect(sent()).toEqual([[PATH, { planId: 'agency', billingCycle: 'yearly', ...urls }]]);
});

test.each([
	['the ID of a plan that is not in the list', '={{ "enterprise" }}', 'enterprise'],
	['the name of a plan', '={{ "Business" }}', 'business'],
	['a number', '={{ 7 }}', '7'],
	['a plan of Get', '={{ ({ id: "starter", name: "Starter", price: 9 }) }}', 'starter'],
])('%s by expression is a plan', async (_what, given, planId) => {
	answers(201, SESSION);
	expect((await checkOut({ planId: given })).error).toBeUndefined();
	expect(sandbox.requests.entries[0].body).toMatchObject({ planId });
});

describe('values that cannot be used are refused before a request is sent', () => {
	test.each<[string, INodeParameters, RegExp]>([
		['no plan', { planId: '={{ "" }}' }, /^No plan is given\. Choose one in the field "Plan"/],
		['a list of plans', { planId: '={{ ["starter"] }}' }, /^The plan is a list\./],
		[
			'another billing cycle',
			{ billingCycle: '={{ "weekly" }}' },
			/^"weekly" is not a valid billing cycle\. The billing cycles are monthly, yearly\.$/,
		],
		[
			'a relative URL',
			{ additionalFields: { successUrl: '/thanks' } },
			/Success URL "\/thanks" is not a web/,
		],
		[
			'a placeholder that Stripe does not know',
			{ additionalFields: { successUrl: 'https://example.com/?id={checkout_session_id}' } },
			/Success URL .* has no place for the ID of the Stripe session\. Write \{CHECKOUT_SESSION_ID\}/,
		],
		[
			'a placeholder that n8n takes for an expression',
			{ additionalFields: { cancelUrl: '=https://example.com/?id={{CHECKOUT_SESSION_ID}}' } },
			/Cancel URL .* has no place for the ID/,
		],
	])('%s', async (_what, parameters, message) => {
		const { error } = await checkOut(parameters);
		expect(error?.message).toMatch(message);
		expect(sandbox.requests.entries).toEqual([]);
	});
});

test.each([
	[
		400,
		'User already has an active subscription',
		/“User already .*”\. .*change it with Create Billing Portal Link/,
	],
	[400, 'Invalid plan', /“Invalid plan”\. Check the plan in this node\./],
	[409, 'Already subscribed', /“Already subscribed”\. .*Create Billing Portal Link/],
	[402, 'Past due', /“Past due”\. Pay what is open/],
	[
		403,
		'Missing required permission: subscriptions:write',
		/subscriptions:write”\. Check the permissions of the key/,
	],
	[404, 'Plan not found', /“Plan not found”\. Check the plan in this node and the Base URL/],
])('a refusal with status %i “%s” is quoted, with what to do', async (status, message, sentences) => {
	answers(status, { message, statusCode: status });
	expect((await checkOut()).error?.message).toMatch(sentences);
	expect(sandbox.requests.entries).toHaveLength(1);
});

test.each([
	['status 500', { status: 500 }],
	['a connection cut before the answer', { reset: 'after' as const }],
	['no response in time', { stall: 'headers' as const }],
	['a response without a link', { status: 200, body: { sessionId: 'cs_test_1', url: '' } }],
])('a checkout that may have been created is not sent twice: %s', async (_what, fault) => {
	sandbox.faults.add(fault);
	const { error } = await checkOut({ additionalFields: { timeoutSeconds: 1 } });
	expect(error?.message).toMatch(/It is not known whether the checkout was made, so it was not sent twice/);
	expect(sandbox.requests.entries).toHaveLength(1);
});

test('a retry creates only what was not created, and Continue harms no other item', async () => {
	answers(201, SESSION);
	const { items, error } = await checkOut(
		{ planId: '={{ $json.plan }}' },
		{
			items: [{ plan: '' }, { plan: 'starter' }, { plan: 'agency' }],
			onError: 'continueRegularOutput',
			maxTries: 3,
		},
	);
	expect(error).toBeUndefined();
	expect(items.map(({ json }) => Object.keys(json)[0])).toEqual(['error', 'sessionId', 'sessionId']);
	expect(sandbox.requests.entries).toHaveLength(2);
});
