import { Ledger } from '../../sandbox/ledger';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { ActiveTrigger } from './trigger';

let sandbox: Sandbox;

beforeAll(async () => {
	sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

const ids = (items: Array<{ id?: unknown }>) => items.map(({ id }) => id);
const book = (count: number, more: object = {}) =>
	Array.from({ length: count }, () => sandbox.ledger.book(more).id);

describe.each(['newestFirst', 'oldestFirst'] as const)('a ledger served %s', (order) => {
	let trigger: ActiveTrigger;

	async function activate(rows = 300, parameters = {}): Promise<void> {
		sandbox.reset({ rows, order });
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction', ...parameters });
		expect(await trigger.activate()).toEqual([]);
		sandbox.requests.clear();
	}

	test('rows that were there are not new; rows that come are, once, oldest first, as the API sends them', async () => {
		await activate();
		expect(await trigger.poll()).toEqual([]);
		const booked = book(3);
		const items = await trigger.poll();
		expect(ids(items)).toEqual(booked);
		expect(items[2]).toEqual(sandbox.ledger.recent(1)[0]);
		expect(await trigger.poll()).toEqual([]);
	});

	test.each([1, 99, 100, 101, 350, 1234])('%i rows since the last poll', async (count) => {
		await activate();
		const booked = book(count);
		expect(ids(await trigger.poll())).toEqual(booked);
		expect(await trigger.poll()).toEqual([]);
	});

	test.each([1, 2, 150])('the first row of an account without any, and %i more', async (count) => {
		await activate(0);
		expect(await trigger.poll()).toEqual([]);
		trigger.restart();
		// In the same millisecond, nothing would tell which way the list of so young an account runs.
		const booked = Array.from(
			{ length: count },
			(_, i) => book(1, { createdAt: new Date(i).toISOString() })[0],
		);
		expect(ids(await trigger.poll())).toEqual(booked);
		const more = book(2);
		expect(ids(await trigger.poll())).toEqual(more);
	});

	test('rows of one instant, also that of the last one seen', async () => {
		await activate(3);
		const { createdAt } = sandbox.ledger.recent(1)[0];
		for (const count of [2, 1, 130, 5]) {
			const booked = book(count, { createdAt });
			expect(ids(await trigger.poll())).toEqual(booked);
		}
	});

	test('rows that arrive while the poll reads are emitted by this poll or the next, not by both', async () => {
		await activate();
		const before = book(250);
		sandbox.faults.add({ path: '/credits/history', times: 2, arrivals: { count: 40, when: 'after' } });
		const first = ids(await trigger.poll());
		const second = ids(await trigger.poll());
		const all = sandbox.ledger.all('oldestFirst').slice(300);
		expect([...first, ...second]).toEqual(ids(all));
		expect(first).toEqual(expect.arrayContaining(before));
	});

	test.each([1, 30, 450])('a row booked late, %i rows back, where the API orders by date', async (back) => {
		await activate();
		sandbox.ledger = new Ledger(
			Array.from({ length: 900 }, (_, i) => ({
				...sandbox.ledger.all('oldestFirst')[0],
				id: `row${i}`,
				createdAt: new Date(Date.UTC(2026, 0, 1, 0, i)).toISOString(),
			})),
			{ orderBy: 'createdAt' },
		);
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction' });
		await trigger.activate();
		const late = sandbox.ledger.book({
			createdAt: new Date(Date.UTC(2026, 0, 1, 0, 899 - back, 30)).toISOString(),
		});
		expect(ids(await trigger.poll())).toEqual([late.id]);
		expect(await trigger.poll()).toEqual([]);
		const next = sandbox.ledger.book();
		expect(ids(await trigger.poll())).toEqual([next.id]);
	});

	test('a row booked late with an older date, where the API orders by booking', async () => {
		await activate();
		const late = sandbox.ledger.book({ createdAt: sandbox.ledger.all('oldestFirst')[5].createdAt });
		expect(ids(await trigger.poll())).toEqual([late.id]);
		expect(await trigger.poll()).toEqual([]);
	});

	test.each([1, 3, 60, 299])('the last %i rows seen were removed', async (count) => {
		await activate();
		for (const { id } of sandbox.ledger.recent(count)) sandbox.ledger.remove(id);
		const booked = book(2);
		expect(ids(await trigger.poll())).toEqual(booked);
		sandbox.requests.clear();
		expect(await trigger.poll()).toEqual([]);
		expect(sandbox.requests.entries).toHaveLength(1);
	});

	test('every row that is remembered was removed: what is newer is new', async () => {
		await activate(900);
		const last = Date.parse(sandbox.ledger.recent(1)[0].createdAt);
		const row = (id: string, createdAt: number) => ({
			...sandbox.ledger.recent(1)[0],
			id,
			createdAt: new Date(createdAt).toISOString(),
		});
		sandbox.ledger = new Ledger([
			row('older', last - 1000),
			row('newer', last + 1000),
			row('newest', last + 2000),
		]);
		expect(ids(await trigger.poll())).toEqual(['newer', 'newest']);
		expect(await trigger.poll()).toEqual([]);
	});

	test('only some types: the others are read and passed by', async () => {
		await activate(300, { filters: { types: ['purchase', 'refund'] } });
		book(120);
		const [purchase] = book(1, { type: 'purchase', amount: 100 });
		book(120);
		expect(ids(await trigger.poll())).toEqual([purchase]);
		book(5);
		expect(await trigger.poll()).toEqual([]);
		trigger.restart();
		const [refund] = book(1, { type: 'refund', amount: 10 });
		expect(ids(await trigger.poll())).toEqual([refund]);
	});

	test('a type that is none is told, and nothing is passed by meanwhile', async () => {
		await activate(300);
		const booked = book(3);
		trigger.parameters = { ...trigger.parameters, filters: { types: ['usages'] } };
		await expect(trigger.poll()).rejects.toThrow(/no type "usages"/);
		expect(sandbox.requests.entries).toEqual([]);
		trigger.parameters = { ...trigger.parameters, filters: { types: ['usage'] } };
		expect(ids(await trigger.poll())).toEqual(booked);
	});

	test('n8n was restarted: nothing is skipped and nothing comes twice', async () => {
		await activate();
		book(10);
		await trigger.poll();
		trigger.restart();
		expect(await trigger.poll()).toEqual([]);
		const offline = book(333);
		trigger.restart();
		expect(ids(await trigger.poll())).toEqual(offline);
	});

	test('a poll costs requests by what is new: 20 of 20,000', async () => {
		await activate(20_000);
		const booked = book(20);
		expect(ids(await trigger.poll())).toEqual(booked);
		expect(sandbox.requests.entries.length).toBeLessThanOrEqual(3);
		sandbox.requests.clear();
		await trigger.poll();
		expect(sandbox.requests.entries).toHaveLength(1);
	});

	test('also where the API does not say how many rows there are', async () => {
		await activate(3000);
		sandbox.faults.add({ path: '/credits/history', total: 'omit' });
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction' });
		await trigger.activate();
		sandbox.requests.clear();
		const booked = book(20);
		expect(ids(await trigger.poll())).toEqual(booked);
		expect(sandbox.requests.entries.length).toBeLessThanOrEqual(8);
		const many = book(700);
		expect(ids(await trigger.poll())).toEqual(many);
		sandbox.faults.clear();
	});

	test('the state stays small', async () => {
		await activate(20_000);
		for (let i = 0; i < 5; i++) {
			book(400);
			await trigger.poll();
		}
		expect(trigger.savedState.length).toBeLessThan(5000);
	});

	test('what does not fit into the time for a poll is left for the next, oldest first', async () => {
		await activate();
		const booked = book(1500);
		trigger = Object.assign(trigger, { budgetMs: 15_001 });
		sandbox.faults.add({ delayMs: 1 });
		const emitted: unknown[] = [];
		let polls = 0;
		for (; emitted.length < booked.length && polls < 50; polls++) emitted.push(...ids(await trigger.poll()));
		expect(emitted).toEqual(booked);
		expect(polls).toBeGreaterThan(2);
		sandbox.faults.clear();
	});

	test('a poll that fails moves nothing, and says why', async () => {
		await activate();
		const booked = book(5);
		sandbox.faults.add({ status: 429, headers: { 'Retry-After': '900' } });
		await expect(trigger.poll()).rejects.toMatchObject({
			message: expect.stringMatching(/rate limit .* works again at/) as string,
			failure: { cause: 'rate-limited', retryAfterMs: expect.any(Number) as number },
		});
		sandbox.faults.clear();
		sandbox.faults.add({ status: 401 });
		await expect(trigger.poll()).rejects.toMatchObject({ failure: { cause: 'credential-invalid' } });
		sandbox.faults.clear();
		expect(ids(await trigger.poll())).toEqual(booked);
	});

	test('two polls at once emit every row once', async () => {
		await activate();
		const booked = book(140);
		const both = await Promise.all([trigger.poll(), trigger.poll()]);
		expect(ids(both.flat())).toEqual(booked);
	});

	test('a manual test shows the newest row and leaves the state alone', async () => {
		await activate();
		const before = trigger.savedState;
		const [newest] = sandbox.ledger.recent(1);
		expect(await trigger.poll('manual')).toEqual([newest]);
		expect(trigger.savedState).toBe(before);
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction', filters: { types: ['purchase'] } });
		const purchase = sandbox.ledger.all('newestFirst').find(({ type }) => type === 'purchase');
		expect(await trigger.poll('manual')).toEqual([purchase]);
		await activate();
		const booked = book(1);
		expect(await trigger.poll('manual')).toEqual(sandbox.ledger.recent(1));
		expect(ids(await trigger.poll())).toEqual(booked);
	});
});
