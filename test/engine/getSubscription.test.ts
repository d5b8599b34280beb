import { startSandbox, type Sandbox } from '../../sandbox/server';
import { subscriptionTo } from '../../sandbox/subscription/subscription';
import { runNode } from './n8n';

const PATH = '/subscriptions/current/api';
const SUBSCRIPTION = {
	plan: 'professional',
	status: 'active',
	billingCycle: 'monthly',
	currentPeriodStart: '2026-11-01T00:00:00.000Z',
	currentPeriodEnd: '2026-12-01T00:00:00.000Z',
	cancelAtPeriodEnd: false,
};
const PLAN = { id: 'professional', name: 'Professional', monthlyCredits: 500, price: 29, features: ['API'] };

let sandbox: Sandbox;
beforeAll(async () => {
	sandbox = await startSandbox();
});
beforeEach(() => sandbox.reset());
afterAll(() => sandbox.close());

const get = async () =>
	await runNode({
		parameters: { resource: 'subscription', operation: 'get' },
		credential: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
	});

test.each([
	['as documented', { hasSubscription: true, subscription: SUBSCRIPTION, planDetails: PLAN }],
	['without a subscription', { hasSubscription: false, subscription: null, planDetails: { id: 'free' } }],
	['without anything else', { hasSubscription: false }],
	['without what else is documented', { subscription: { plan: 'enterprise', seats: 5 } }],
])('the output is the response of the API: %s', async (_what, body) => {
	sandbox.faults.add({ method: 'GET', path: PATH, status: 200, body });
	const { items, error } = await get();
	expect(error).toBeUndefined();
	expect(items).toEqual([{ json: body, pairedItem: { item: 0 } }]);
});

test('an account gets its subscription, and one without gets an item that says so', async () => {
	sandbox.subscription = null;
	expect((await get()).items[0].json).toMatchObject({ hasSubscription: false, subscription: null });
	sandbox.subscription = subscriptionTo('agency', 'yearly', Date.now());
	expect((await get()).items[0].json).toMatchObject({
		hasSubscription: true,
		subscription: { plan: 'agency', billingCycle: 'yearly' },
		planDetails: { id: 'agency' },
	});
});

test.each([
	[
		403,
		'Missing required permission: subscriptions:read',
		/subscriptions:read”\. Check the permissions of the key/,
	],
	[404, 'No subscription', /“No subscription”\. This account may never have had a subscription/],
	[402, 'Payment required', /“Payment required”\. .*check the plan of this account/],
])('a refusal with status %i is quoted, with what to do', async (status, message, sentences) => {
	sandbox.faults.add({ path: PATH, status, body: { message } });
	expect((await get()).error?.message).toMatch(sentences);
});

test.each(['null', '[]', '{}', '{"message":"Hello"}'])('%s is not a subscription', async (rawBody) => {
	sandbox.faults.add({ path: PATH, rawBody });
	expect((await get()).error?.message).toMatch(/in place of its documented answer to GET .*\/current\/api/);
});

test('it is read again after a status that passes', async () => {
	sandbox.faults.add({ path: PATH, status: 503, times: 1 });
	sandbox.faults.add({ path: PATH, status: 200, body: { hasSubscription: false } });
	expect((await get()).items[0].json).toEqual({ hasSubscription: false });
});
