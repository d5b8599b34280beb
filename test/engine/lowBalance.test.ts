import type { FaultRule } from '../../sandbox/faults';
import { Ledger } from '../../sandbox/ledger';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { ActiveTrigger } from './trigger';

let sandbox: Sandbox;
let trigger: ActiveTrigger;

beforeAll(async () => {
	sandbox = await startSandbox();
});
afterAll(() => sandbox.close());
beforeEach(() => {
	sandbox.reset();
	sandbox.ledger = new Ledger();
	buy(150);
	trigger = ActiveTrigger.of(sandbox, { event: 'lowBalance' });
});
afterEach(() => jest.restoreAllMocks());

const buy = (amount: number) => sandbox.ledger.book({ type: 'purchase', amount });
const use = (credits: number) => sandbox.ledger.book({ type: 'usage', amount: -credits });
const uses = (count: number) => Array.from({ length: count }, () => use(1));
const refund = (amount: number) => sandbox.ledger.book({ type: 'refund', amount });
const adjust = (credits: number) => sandbox.ledger.adjust(credits);
const alerts = async () => (await trigger.poll()).length;

test('an event that this version does not have is reported', async () => {
	trigger.parameters = { event: 'highBalance' };
	await expect(trigger.poll()).rejects.toThrow(/has no event "highBalance". Choose one in the field "Event"/);
});

test('below the threshold it alerts once, with everything that a message needs', async () => {
	expect(await trigger.activate()).toEqual([]);
	use(60);
	expect(await trigger.poll()).toEqual([
		{
			balance: 90,
			threshold: 100,
			totalPurchased: 150,
			totalUsed: 60,
			checkedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
		},
	]);
	expect(sandbox.requests.entries).toHaveLength(2);
	use(10);
	expect(await alerts()).toBe(0);
});

test('exactly the threshold is not below', async () => {
	use(50);
	expect(await trigger.activate()).toEqual([]);
	use(1);
	expect(await alerts()).toBe(1);
});

test('already low at activation: it alerts', async () => {
	use(140);
	expect(await trigger.activate()).toHaveLength(1);
});

test('it alerts again after the balance was at the threshold in between', async () => {
	use(60);
	await trigger.activate();
	buy(10);
	expect(await alerts()).toBe(0);
	use(5);
	expect(await alerts()).toBe(1);
	expect(await alerts()).toBe(0);
});

test('a top-up that stays below the threshold is not a reason to alert again', async () => {
	use(130);
	await trigger.activate();
	buy(30);
	expect(await alerts()).toBe(0);
	use(20);
	expect(await alerts()).toBe(0);
});

test('a restart does not alert twice', async () => {
	use(60);
	await trigger.activate();
	trigger.restart();
	expect(await alerts()).toBe(0);
});

test('a restart between top-up and drop does not lose the alert', async () => {
	use(60);
	await trigger.activate();
	buy(100);
	expect(await alerts()).toBe(0);
	trigger.restart();
	use(95);
	expect(await alerts()).toBe(1);
});

test('topped up and dropped again between two polls: it alerts', async () => {
	use(60);
	await trigger.activate();
	buy(500);
	use(520);
	expect(await alerts()).toBe(1);
	expect(await alerts()).toBe(0);
});

describe('if credits expire, are refunded or are corrected', () => {
	beforeEach(async () => {
		use(60);
		expect(await trigger.activate()).toHaveLength(1);
	});

	test.each([
		['topped up, dropped again and expired', () => [buy(100), use(10), adjust(-130)]],
		['topped up, expired and dropped again', () => [buy(30), adjust(-25), use(40)]],
		['corrected upwards and dropped again', () => [adjust(50), use(100)]],
		['corrected upwards and back', () => [adjust(50), adjust(-51)]],
		['refunded and dropped again', () => [refund(15), use(30)]],
		['topped up, refunded and dropped again', () => [buy(5), refund(6), use(30)]],
		['refunded, and the row is no longer one of the recent ones', () => [refund(15), ...uses(8)]],
	])('%s while n8n was off: it alerts once', async (_what, happens) => {
		happens();
		trigger.restart();
		expect(await alerts()).toBe(1);
		expect(await alerts()).toBe(0);
		trigger.restart();
		expect(await alerts()).toBe(0);
	});

	test.each([
		['a refund that stays below', () => [refund(9)]],
		['a refund and uses', () => [use(20), refund(9), use(5)]],
		['a top-up and a refund that stay below together', () => [buy(4), refund(5)]],
		['parts of credits', () => [use(0.1), use(0.2), refund(0.3), use(0.7)]],
	])('%s: not a reason to alert again', async (_what, happens) => {
		happens();
		expect(await alerts()).toBe(0);
		trigger.restart();
		expect(await alerts()).toBe(0);
	});

	test('the state that version 1.0.0 stored is understood', async () => {
		for (const { alert } of trigger.states) delete (alert as { recentIds?: unknown }).recentIds;
		use(10);
		expect(await alerts()).toBe(0);
		for (const { alert } of trigger.states) delete (alert as { recentIds?: unknown }).recentIds;
		buy(500);
		use(520);
		expect(await alerts()).toBe(1);
	});
});

test('numbers that are sent as text count as numbers', async () => {
	const account = (balance: string, totalPurchased: string, totalUsed: string) => {
		sandbox.faults.clear();
		const rawBody = JSON.stringify({ balance, totalPurchased, totalUsed, recentTransactions: null });
		sandbox.faults.add({ path: '/credits/balance', rawBody });
	};
	account('450', '1000', '550');
	expect(await trigger.activate()).toEqual([]);
	account('90', '1000', '910');
	expect(await trigger.poll()).toEqual([
		expect.objectContaining({ balance: 90, totalPurchased: 1000, totalUsed: 910 }),
	]);
	account('85', '1000', '915');
	expect(await alerts()).toBe(0);
	account('99', '1500', '1401');
	expect(await alerts()).toBe(1);
});

test('without totals, only a poll can notice that the balance was above the threshold', async () => {
	const account = (balance: number) => {
		sandbox.faults.clear();
		sandbox.faults.add({ path: '/credits/balance', rawBody: JSON.stringify({ balance }) });
	};
	const alertCounts: number[] = [];
	for (const balance of [90, 95, 80, 100, 90]) {
		account(balance);
		alertCounts.push(await alerts());
	}
	expect(alertCounts).toEqual([1, 0, 0, 0, 1]);
});

test('a reminder is sent when it is due, counted from the last alert, also after a restart', async () => {
	trigger = ActiveTrigger.of(sandbox, { event: 'lowBalance', options: { remindEveryHours: 2 } });
	use(60);
	const start = Date.now();
	const clock = jest.spyOn(Date, 'now').mockReturnValue(start);
	const at = (hours: number) => clock.mockReturnValue(start + hours * 3_600_000);
	expect(await trigger.activate()).toHaveLength(1);
	at(1.9);
	expect(await alerts()).toBe(0);
	trigger.restart();
	at(2);
	expect(await alerts()).toBe(1);
	at(3.9);
	expect(await alerts()).toBe(0);
	at(4);
	expect(await alerts()).toBe(1);
});

test('another threshold', async () => {
	trigger = ActiveTrigger.of(sandbox, { event: 'lowBalance', threshold: 20 });
	use(60);
	await trigger.activate();
	use(71);
	expect(await trigger.poll()).toEqual([expect.objectContaining({ balance: 19, threshold: 20 })]);
});

test('a poll that fails changes nothing', async () => {
	await trigger.activate();
	use(60);
	sandbox.faults.add({ status: 403 });
	await expect(trigger.poll()).rejects.toThrow('The API key is not allowed to do this');
	sandbox.faults.clear();
	expect(await alerts()).toBe(1);
});

test('two polls at once alert once', async () => {
	await trigger.activate();
	use(60);
	const both = await Promise.all([trigger.poll(), trigger.poll()]);
	expect(both.flat()).toHaveLength(1);
});

test('a manual test shows the current balance, and does not change the state', async () => {
	await trigger.activate();
	expect(await trigger.poll('manual')).toEqual([expect.objectContaining({ balance: 150, threshold: 100 })]);
	use(60);
	await trigger.poll('manual');
	expect(await alerts()).toBe(1);
});

test('a threshold that is not a number is refused before a request is sent', async () => {
	trigger = ActiveTrigger.of(sandbox, { event: 'lowBalance', threshold: '={{ "low" }}' });
	await expect(trigger.poll()).rejects.toThrow('"Threshold" is "low". Set it to a number.');
	expect(sandbox.requests.entries).toEqual([]);
});

describe('Include Plan', () => {
	const DAY_MS = 86_400_000;
	const soon = new Date(Date.now() + 9 * DAY_MS).toISOString();
	const PLAN_PATH = '/subscriptions/current/api';
	const planDetails = { id: 'plan_pro', name: 'Professional', monthlyCredits: 500, price: 49, features: [] };
	const subscription = {
		plan: 'professional',
		status: 'active',
		billingCycle: 'monthly',
		currentPeriodStart: new Date(Date.now() - 21 * DAY_MS).toISOString(),
		currentPeriodEnd: soon,
		cancelAtPeriodEnd: false,
	};
	const answers = (answer: unknown) =>
		sandbox.faults.add({ path: PLAN_PATH, rawBody: JSON.stringify(answer) });
	const asked = () => sandbox.requests.entries.filter(({ path }) => path === PLAN_PATH);
	const NOTHING = { plan: null, monthlyCredits: null, nextCreditsAt: null };

	beforeEach(async () => {
		trigger = ActiveTrigger.of(sandbox, { event: 'lowBalance', options: { includePlan: true } });
		await trigger.activate();
		use(60);
	});

	test('an alert has the plan, its monthly credits, and when credits come again', async () => {
		answers({ hasSubscription: true, subscription, planDetails });
		expect(await trigger.poll()).toEqual([
			{
				balance: 90,
				threshold: 100,
				totalPurchased: 150,
				totalUsed: 60,
				checkedAt: expect.any(String) as string,
				plan: 'Professional',
				monthlyCredits: 500,
				nextCreditsAt: soon,
			},
		]);
	});

	test('of the account’s own subscription, and of none', async () => {
		const { currentPeriodEnd } = sandbox.subscription!;
		const expected = { plan: 'Professional', monthlyCredits: 3000, nextCreditsAt: currentPeriodEnd };
		expect(await trigger.poll()).toEqual([expect.objectContaining(expected)]);
		sandbox.subscription = null;
		expect(await trigger.poll('manual')).toEqual([expect.objectContaining(NOTHING)]);
	});

	test('the plan is asked for only if an alert is due', async () => {
		answers({ hasSubscription: true, subscription, planDetails });
		expect(asked()).toHaveLength(0);
		expect(await alerts()).toBe(1);
		expect(await alerts()).toBe(0);
		expect(asked()).toHaveLength(1);
		buy(100);
		expect(await alerts()).toBe(0);
		expect(asked()).toHaveLength(1);
	});

	test.each([[{}], [{ includePlan: false }]])('with the options %j, it is not asked for', async (options) => {
		trigger.parameters = { event: 'lowBalance', options };
		const [alert] = await trigger.poll();
		expect(Object.keys(alert)).toEqual(['balance', 'threshold', 'totalPurchased', 'totalUsed', 'checkedAt']);
		expect(asked()).toEqual([]);
	});

	test('a manual test has it too', async () => {
		answers({ hasSubscription: true, subscription, planDetails });
		expect(await trigger.poll('manual')).toEqual([
			expect.objectContaining({ balance: 90, plan: 'Professional', nextCreditsAt: soon }),
		]);
	});

	test.each<[string, object, string | null]>([
		['a time without an offset, which is UTC', { currentPeriodEnd: soon.slice(0, -1) }, soon],
		[
			'epoch seconds',
			{ currentPeriodEnd: Math.floor(Date.parse(soon) / 1000) },
			soon.replace(/\.\d+/, '.000'),
		],
		['a status and a cycle in capitals', { status: 'ACTIVE', billingCycle: 'Monthly' }, soon],
		['a trial', { status: 'trialing' }, soon],
		['a field that is missing', { cancelAtPeriodEnd: undefined }, soon],
		['yearly billing: nobody knows on which day of a month credits come', { billingCycle: 'yearly' }, null],
		['a billing cycle that is missing', { billingCycle: undefined }, null],
		['a subscription that ends with the period', { cancelAtPeriodEnd: true }, null],
		['a subscription that ends with the period, as text', { cancelAtPeriodEnd: 'true' }, null],
		['a payment that is due', { status: 'past_due' }, null],
		['a subscription that was cancelled', { status: 'canceled' }, null],
		['a status that is missing', { status: undefined }, null],
		['a period that is over', { currentPeriodEnd: new Date(Date.now() - 1000).toISOString() }, null],
		['a period without an end', { currentPeriodEnd: null }, null],
		['an end that is not a time', { currentPeriodEnd: 'soon' }, null],
	])('when credits come again: %s', async (_what, changed, nextCreditsAt) => {
		answers({ hasSubscription: true, subscription: { ...subscription, ...changed }, planDetails });
		expect(await trigger.poll()).toEqual([
			expect.objectContaining({ plan: 'Professional', monthlyCredits: 500, nextCreditsAt }),
		]);
	});

	test.each<[string, unknown, object]>([
		['no subscription', { hasSubscription: false, subscription: null, planDetails: null }, NOTHING],
		[
			'no subscription, but one is described',
			{ hasSubscription: false, subscription },
			{ ...NOTHING, plan: 'professional' },
		],
		[
			'a free plan',
			{ hasSubscription: false, planDetails: { name: 'Free', monthlyCredits: '10' } },
			{ plan: 'Free', monthlyCredits: 10, nextCreditsAt: null },
		],
		[
			'no details of the plan',
			{ hasSubscription: true, subscription },
			{ plan: 'professional', monthlyCredits: null, nextCreditsAt: soon },
		],
		['an object without any of it', { ok: true }, NOTHING],
		['a list', [], NOTHING],
		['null', null, NOTHING],
		['text', 'Professional', NOTHING],
	])('the API answers with %s', async (_what, answer, expected) => {
		answers(answer);
		expect(await trigger.poll()).toEqual([expect.objectContaining({ balance: 90, ...expected })]);
	});

	test.each<[string, FaultRule]>([
		['refuses', { status: 403 }],
		['does not know the path', { status: 404 }],
		['is down', { status: 503 }],
		['is busy for an hour', { status: 429, headers: { 'retry-after': '3600' } }],
		['is busy for eight seconds', { status: 429, headers: { 'retry-after': '8' } }],
		['never answers', { stall: 'headers' }],
		['stops in the middle of its answer', { stall: 'body' }],
		['cuts the connection', { reset: 'before' }],
		['answers with a web page', { rawBody: '<html>' }],
	])('the alert goes out without the plan if the API %s', async (_what, rule) => {
		sandbox.faults.add({ path: PLAN_PATH, ...rule });
		expect(await trigger.poll()).toEqual([expect.objectContaining({ balance: 90, ...NOTHING })]);
		expect(await alerts()).toBe(0);
	});

	test('two polls at once alert once, also while one of them asks for the plan', async () => {
		sandbox.faults.add({ path: PLAN_PATH, delayMs: 300 });
		const both = await Promise.all([trigger.poll(), trigger.poll()]);
		expect(both.flat()).toHaveLength(1);
	});

	test('a field that cannot even become text costs no alert', async () => {
		answers({ hasSubscription: true, subscription: { status: { toString: null } }, planDetails });
		expect(await trigger.poll()).toEqual([
			expect.objectContaining({ balance: 90, monthlyCredits: 500, nextCreditsAt: null }),
		]);
	});

	test('a value that is not true or false is refused before a request is sent', async () => {
		sandbox.requests.clear();
		trigger.parameters = { event: 'lowBalance', options: { includePlan: '={{ "maybe" }}' } };
		await expect(trigger.poll()).rejects.toThrow('"Include Plan" is "maybe". Set it to true or false.');
		expect(sandbox.requests.entries).toEqual([]);
	});
});
