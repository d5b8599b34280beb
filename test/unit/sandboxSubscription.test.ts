import axios from 'axios';
import type { ManualClock } from '../../sandbox/clock';
import type { Sandbox } from '../../sandbox/server';
import { apiClient, type Fields, startAccount } from './sandboxAccount';

let clock: ManualClock;
let sandbox: Sandbox;
const http = apiClient();
/** A browser. */
const browser = axios.create({ validateStatus: () => true, maxRedirects: 0 });

beforeEach(async () => {
	({ clock, sandbox } = await startAccount(http, 0));
	browser.defaults.baseURL = sandbox.origin;
});
afterEach(() => sandbox.close());

async function current(): Promise<Fields> {
	return (await http.get<Fields>('/subscriptions/current/api')).data;
}

function checkout(body: Fields = {}) {
	return http.post<{ sessionId: string; url: string } & Fields>('/subscriptions/checkout/api', {
		planId: 'starter',
		...body,
	});
}

/** Sends an empty form. */
function submit(path: string) {
	return browser.post<string>(path, '', {
		headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
	});
}

describe('the current subscription', () => {
	test('is the professional plan, by the month', async () => {
		expect(await current()).toEqual({
			hasSubscription: true,
			subscription: {
				plan: 'professional',
				status: 'active',
				billingCycle: 'monthly',
				currentPeriodStart: '2026-03-01T12:00:00.000Z',
				currentPeriodEnd: '2026-04-01T12:00:00.000Z',
				cancelAtPeriodEnd: false,
			},
			planDetails: {
				id: 'professional',
				name: 'Professional',
				monthlyCredits: 3000,
				price: 12.99,
				features: ['3,000 credits/month', 'Priority support', 'Advanced analytics'],
			},
		});
	});

	test('can be another one, also of a plan that nobody knows, or none', async () => {
		Object.assign(sandbox.subscription!, { plan: 'enterprise', status: 'past_due', cancelAtPeriodEnd: true });
		expect(await current()).toMatchObject({
			hasSubscription: true,
			subscription: { plan: 'enterprise', status: 'past_due', cancelAtPeriodEnd: true },
			planDetails: null,
		});
		sandbox.subscription = null;
		expect(await current()).toEqual({ hasSubscription: false, subscription: null, planDetails: null });
		sandbox.reset({ rows: 0 });
		expect(await current()).toMatchObject({ subscription: { plan: 'professional' } });
	});

	test('decides whether there is enhanced generation', async () => {
		sandbox.ledger.adjust(1000);
		const generate = async () => {
			const options = { generationMethod: 'enhanced', maxUrls: 5 };
			return (await http.post('/generate', { url: 'https://example.com', options })).status;
		};
		expect(await generate()).toBe(201);
		sandbox.subscription = null;
		expect(await generate()).toBe(403);
	});
});

describe('checkout', () => {
	beforeEach(() => {
		sandbox.subscription = null;
	});

	test('responds with a link and changes nothing', async () => {
		const { status, data } = await checkout();
		expect(status).toBe(201);
		expect(data).toEqual({
			sessionId: expect.stringMatching(/^cs_test_/) as unknown,
			url: `${sandbox.origin}/pay/${data.sessionId}`,
			plan: { id: 'starter', name: 'Starter', monthlyCredits: 1000, priceCents: 499 },
		});
		expect((await checkout({ billingCycle: 'yearly' })).data.plan).toMatchObject({ priceCents: 4990 });
		expect([sandbox.subscription, sandbox.ledger.balance]).toEqual([null, 0]);
	});

	test.each([
		[400, 'plan', { planId: 'gold' }],
		[400, 'plan', { planId: undefined }],
		[400, 'billingCycle', { billingCycle: 'weekly' }],
		[422, 'successUrl', { successUrl: '/thanks' }],
		[422, 'cancelUrl', { cancelUrl: 'javascript:alert(1)' }],
	])('is refused with %i, and the message names %s', async (expected, named, body) => {
		const { status, data } = await checkout(body);
		expect(status).toBe(expected);
		expect(String(data.message)).toContain(named);
		expect(sandbox.sessions.size).toBe(0);
	});

	test('is refused if there is a subscription', async () => {
		sandbox.reset({ rows: 0 });
		const { status, data } = await checkout();
		expect(status).toBe(400);
		expect(data).toEqual({
			message: expect.stringContaining('already have an active subscription') as unknown,
			error: 'Bad Request',
			statusCode: 400,
		});
	});

	test('its page shows the plan, and paying subscribes once', async () => {
		const { data } = await checkout({
			billingCycle: 'yearly',
			successUrl: 'https://shop.example/ok?id={CHECKOUT_SESSION_ID}',
		});
		const { data: page } = await browser.get<string>(data.url);
		for (const part of ['Starter plan', '1,000 credits a month', '$49.90', 'a year', '>Pay<']) {
			expect(page).toContain(part);
		}
		clock.advance(1000);
		const paid = await submit(`/pay/${data.sessionId}`);
		expect([paid.status, paid.headers.location]).toEqual([
			303,
			`https://shop.example/ok?id=${data.sessionId}`,
		]);
		expect(await current()).toMatchObject({
			subscription: {
				plan: 'starter',
				billingCycle: 'yearly',
				currentPeriodStart: '2026-03-01T12:00:01.000Z',
				currentPeriodEnd: '2027-03-01T12:00:01.000Z',
			},
		});
		const again = await submit(`/pay/${data.sessionId}`);
		expect(again.status).toBe(409);
		expect(again.data).toContain('the subscription has started');
		expect(sandbox.ledger.all('oldestFirst')).toMatchObject([
			{ type: 'purchase', amount: 1000, description: 'Subscription: Starter plan (1000 credits a month)' },
		]);
		expect((await browser.get<string>(`/paid?session_id=${data.sessionId}`)).data).toContain(
			'The Starter plan has started. 1,000 credits were added. The balance is now 1,000 credits.',
		);
	});
});

describe('the billing portal', () => {
	const portal = (body?: object) => http.post<{ url: string } & Fields>('/subscriptions/portal/api', body);

	test('has a link, which keeps the address to return to', async () => {
		const { status, data } = await portal();
		expect([status, data]).toEqual([201, { url: `${sandbox.origin}/billing` }]);
		const returnUrl = 'https://shop.example/b?x=1&y=ü';
		const { data: page } = await browser.get<string>((await portal({ returnUrl })).data.url);
		expect(page).toContain('href="https://shop.example/b?x=1&amp;y=%C3%BC"');
	});

	test('is refused without a billing account, and for an address that is none', async () => {
		sandbox.hasBillingAccount = false;
		const { status, data } = await portal();
		expect([status, data.message]).toEqual([400, 'No billing account found. Please make a purchase first.']);
		expect((await portal({ returnUrl: 'shop' })).data.message).toContain('returnUrl');
		sandbox.subscription = null;
		await submit(`/pay/${(await checkout()).data.sessionId}`);
		expect((await portal()).status).toBe(201);
	});

	test('shows the plan, cancels it at the end of the period, keeps it, and ends it', async () => {
		const read = async () => (await browser.get<string>('/billing')).data;
		for (const part of ['No money moves here', 'Professional', 'renews on 1 Apr 2026', '$12.99', '3,000']) {
			expect(await read()).toContain(part);
		}
		const cancelled = await submit('/billing/cancel?return_url=https%3A%2F%2Fshop.example%2F');
		expect([cancelled.status, cancelled.headers.location]).toEqual([
			303,
			'/billing?return_url=https%3A%2F%2Fshop.example%2F',
		]);
		expect(await current()).toMatchObject({ subscription: { status: 'active', cancelAtPeriodEnd: true } });
		expect(await read()).toContain('ends on 1 Apr 2026');
		await submit('/billing/keep');
		expect(await current()).toMatchObject({ subscription: { cancelAtPeriodEnd: false } });
		await submit('/billing/end');
		expect(await current()).toMatchObject({ hasSubscription: false });
		expect(await read()).toContain('There is no subscription.');
		expect((await submit('/billing/cancel')).status).toBe(303);
	});

	test('links only to web addresses, and escapes the name of a plan', async () => {
		sandbox.subscription!.plan = '<b>';
		const { data } = await browser.get<string>('/billing?return_url=javascript%3Aalert(1)');
		expect(data).not.toContain('javascript:');
		expect(data).toContain('&lt;b&gt;');
	});

	test('is linked from the account page, which names the plan', async () => {
		expect((await browser.get<string>('/')).data).toContain(
			'Professional plan, renews on 1 Apr 2026 · <a href="/billing">',
		);
		sandbox.subscription = null;
		expect((await browser.get<string>('/')).data).toContain('No subscription');
	});
});

describe('the control API', () => {
	test('shows, changes and removes the subscription', async () => {
		const control = `${sandbox.origin}/sandbox/subscription`;
		expect((await axios.get<Fields>(control)).data).toEqual(await current());
		const { data } = await axios.put<Fields>(control, { plan: 'agency' });
		expect(data).toMatchObject({ subscription: { plan: 'agency', billingCycle: 'monthly' } });
		expect((await axios.delete<Fields>(control)).data).toMatchObject({ hasSubscription: false });
		await axios.put(control, { billingCycle: 'yearly' });
		expect(await current()).toMatchObject({
			subscription: { plan: 'professional', billingCycle: 'yearly', status: 'active' },
		});
	});
});

test('the clock of the server is wrong here, too', async () => {
	sandbox.faults.add({ clockSkewMs: 1000 });
	expect(await current()).toMatchObject({ subscription: { currentPeriodEnd: '2026-04-01T12:00:01.000Z' } });
});
