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

	test.each([
		[1, 0],
		[30, 0],
		[180, 0],
		[450, 500],
	])('a row booked late, %i rows back, where the API orders by date', async (back, cameBefore) => {
		await activate();
		const at = (i: number, seconds = 0) => new Date(Date.UTC(2026, 0, 1, 0, i, seconds)).toISOString();
		const [example] = sandbox.ledger.all('oldestFirst');
		sandbox.ledger = new Ledger(
			Array.from({ length: 900 }, (_, i) => ({ ...example, id: `row${i}`, createdAt: at(i) })),
			{ orderBy: 'createdAt' },
		);
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction' });
		await trigger.activate();
		for (let i = 0; i < cameBefore; i++) sandbox.ledger.book({ createdAt: at(900 + i) });
		expect(await trigger.poll()).toHaveLength(cameBefore);
		const late = sandbox.ledger.book({ createdAt: at(899 + cameBefore - back, 30) });
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
		await expect(trigger.poll()).rejects.toThrow(/"usages" is not a valid type/);
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

	test.each([1, 2, 3, 7])('a plan of %i requests a minute is enough for 1,000 rows', async (limit) => {
		sandbox.reset({ rows: 1000, order });
		sandbox.rateLimit = { limit, windowMs: 60_000 };
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction' });
		expect(await trigger.activate()).toEqual([]);
		expect(sandbox.requests.entries.length).toBeLessThanOrEqual(Math.min(3, limit));
		trigger.restart();
		for (const count of [1, 2, 30]) {
			sandbox.rateLimit = { limit, windowMs: 60_000 };
			const booked = book(count);
			expect(ids(await trigger.poll())).toEqual(booked);
		}
		sandbox.rateLimit = undefined;
	});

	test.each([2, 3])('also where it does not say how many there are: %i requests a minute', async (limit) => {
		sandbox.reset({ rows: 1000, order });
		sandbox.faults.add({ total: 'omit' });
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction' });
		sandbox.rateLimit = { limit, windowMs: 60_000 };
		expect(await trigger.activate()).toEqual([]);
		// Where the list grows at its back, that is reached page by page.
		for (let minute = 0; minute < 15; minute++) {
			sandbox.rateLimit = { limit, windowMs: 60_000 };
			expect(await trigger.poll()).toEqual([]);
		}
		const booked = book(2);
		sandbox.rateLimit = { limit, windowMs: 60_000 };
		expect(ids(await trigger.poll())).toEqual(booked);
		sandbox.rateLimit = undefined;
	});

	test('where the front page does not tell which way the list runs, a used-up limit is told', async () => {
		await activate();
		const [row] = sandbox.ledger.recent(1);
		sandbox.ledger = new Ledger(Array.from({ length: 300 }, (_, i) => ({ ...row, id: `row${i}` })));
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction' });
		sandbox.rateLimit = { limit: 1, windowMs: 60_000 };
		await expect(trigger.activate()).rejects.toThrow(/rate limit .* works again at/);
		sandbox.rateLimit = undefined;
		expect(await trigger.activate()).toEqual([]);
	});

	test.each([
		[50, []],
		[1000, []],
		[1000, ['purchase']],
		[1000, ['usage']],
		[1000, ['purchase', 'refund']],
	])('a manual test of %i rows costs two requests: types %j', async (rows, types) => {
		sandbox.reset({ rows, order });
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction', filters: { types } });
		const isWanted = ({ type }: { type: string }) => types.length === 0 || types.includes(type);
		const newest = sandbox.ledger.all('newestFirst').find(isWanted);
		expect(await trigger.poll('manual')).toEqual([newest]);
		expect(sandbox.requests.entries.length).toBeLessThanOrEqual(2);
	});

	test('a manual test of the only row of its type, however far back it is', async () => {
		sandbox.reset({ rows: 0, order });
		const [refund] = book(1, { type: 'refund' });
		book(400);
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction', filters: { types: ['refund'] } });
		expect(ids(await trigger.poll('manual'))).toEqual([refund]);
	});

	test('IDs that are numbers, and a count that is text', async () => {
		sandbox.reset({ rows: 0, order });
		const row = (id: number) => ({ id: id as unknown as string, createdAt: new Date(id).toISOString() });
		for (let id = 0; id < 350; id++) sandbox.ledger.book(row(id));
		sandbox.faults.add({ total: '350' });
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction' });
		expect(await trigger.activate()).toEqual([]);
		expect(sandbox.requests.entries).toHaveLength(3);
		sandbox.faults.clear();
		sandbox.ledger.book(row(350));
		expect(ids(await trigger.poll())).toEqual([350]);
		// The same row, whether its ID comes as number or as text.
		sandbox.ledger = new Ledger(
			sandbox.ledger.all('oldestFirst').map((same) => ({ ...same, id: String(same.id) })),
		);
		expect(await trigger.poll()).toEqual([]);
	});

	test('150,000 rows in one answer', async () => {
		sandbox.reset({ rows: 1, order });
		const [example] = sandbox.ledger.recent(1);
		const answer = (count: number) => {
			const transactions = Array.from({ length: count }, (_, i) => ({
				...example,
				id: `row${i}`,
				createdAt: new Date(i * 1000).toISOString(),
			}));
			if (order === 'newestFirst') transactions.reverse();
			return { rawBody: JSON.stringify({ transactions, total: count, hasMore: false }) };
		};
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction' });
		for (const [count, isNew] of [
			[2, 0],
			[150_000, 149_998],
			[150_001, 1],
		]) {
			sandbox.faults.clear();
			sandbox.faults.add(answer(count));
			expect(await trigger.poll()).toHaveLength(isNew);
		}
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction' });
		expect(await trigger.activate()).toEqual([]);
		expect(ids(await trigger.poll('manual'))).toEqual(['row150000']);
	}, 180_000);
});

test.each(['newTransaction', 'lowBalance'])(
	'an API that never answers holds up a poll no longer than n8n gives it: %s',
	async (event) => {
		sandbox.reset();
		const trigger = ActiveTrigger.of(sandbox, { event }, 3000);
		sandbox.faults.add({ stall: 'headers' });
		const begun = Date.now();
		await expect(trigger.poll()).rejects.toThrow();
		// Without one deadline for all of them, four tries would take 62 s.
		expect(Date.now() - begun).toBeLessThan(20_000);
		sandbox.faults.clear();
	},
	90_000,
);
