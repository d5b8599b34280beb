import { Ledger } from '../../sandbox/ledger';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { ActiveTrigger } from './trigger';

let sandbox: Sandbox;

beforeAll(async () => {
	sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

const ids = (items: Array<{ id?: unknown }>) => items.map(({ id }) => id);
const addRows = (count: number, more: object = {}) =>
	Array.from({ length: count }, () => sandbox.ledger.book(more).id);

describe.each(['newestFirst', 'oldestFirst'] as const)('a ledger served %s', (order) => {
	let trigger: ActiveTrigger;

	async function activate(rows = 300, parameters = {}): Promise<void> {
		sandbox.reset({ rows, order });
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction', ...parameters });
		expect(await trigger.activate()).toEqual([]);
		sandbox.requests.clear();
	}

	test('existing rows are not new; added rows are emitted once, oldest first, as the API sends them', async () => {
		await activate();
		expect(await trigger.poll()).toEqual([]);
		const added = addRows(3);
		const items = await trigger.poll();
		expect(ids(items)).toEqual(added);
		expect(items[2]).toEqual(sandbox.ledger.recent(1)[0]);
		expect(await trigger.poll()).toEqual([]);
	});

	test.each([1, 99, 100, 101, 350, 1234])('%i rows since the last poll', async (count) => {
		await activate();
		const added = addRows(count);
		expect(ids(await trigger.poll())).toEqual(added);
		expect(await trigger.poll()).toEqual([]);
	});

	test.each([1, 2, 150])('the first row of an empty account, and %i more', async (count) => {
		await activate(0);
		expect(await trigger.poll()).toEqual([]);
		trigger.restart();
		// With rows of the same millisecond only, nothing shows in which direction the list of a new account runs.
		const added = Array.from(
			{ length: count },
			(_, i) => addRows(1, { createdAt: new Date(i).toISOString() })[0],
		);
		expect(ids(await trigger.poll())).toEqual(added);
		const more = addRows(2);
		expect(ids(await trigger.poll())).toEqual(more);
	});

	test('rows with the same time, also with that of the last known row', async () => {
		await activate(3);
		const { createdAt } = sandbox.ledger.recent(1)[0];
		for (const count of [2, 1, 130, 5]) {
			const added = addRows(count, { createdAt });
			expect(ids(await trigger.poll())).toEqual(added);
		}
	});

	test('rows that are added while a poll reads are emitted by this poll or the next, not by both', async () => {
		await activate();
		const before = addRows(250);
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
	])('a row added late, %i rows back, if the API orders by date', async (back, addedBefore) => {
		await activate();
		const at = (i: number, seconds = 0) => new Date(Date.UTC(2026, 0, 1, 0, i, seconds)).toISOString();
		const [example] = sandbox.ledger.all('oldestFirst');
		sandbox.ledger = new Ledger(
			Array.from({ length: 900 }, (_, i) => ({ ...example, id: `row${i}`, createdAt: at(i) })),
			{ orderBy: 'createdAt' },
		);
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction' });
		await trigger.activate();
		for (let i = 0; i < addedBefore; i++) sandbox.ledger.book({ createdAt: at(900 + i) });
		expect(await trigger.poll()).toHaveLength(addedBefore);
		const late = sandbox.ledger.book({ createdAt: at(899 + addedBefore - back, 30) });
		expect(ids(await trigger.poll())).toEqual([late.id]);
		expect(await trigger.poll()).toEqual([]);
		const next = sandbox.ledger.book();
		expect(ids(await trigger.poll())).toEqual([next.id]);
	});

	test('a row added late with an older date, if the API orders by time of adding', async () => {
		await activate();
		const late = sandbox.ledger.book({ createdAt: sandbox.ledger.all('oldestFirst')[5].createdAt });
		expect(ids(await trigger.poll())).toEqual([late.id]);
		expect(await trigger.poll()).toEqual([]);
	});

	test.each([1, 3, 60, 299])('the last %i known rows were removed', async (count) => {
		await activate();
		for (const { id } of sandbox.ledger.recent(count)) sandbox.ledger.remove(id);
		const added = addRows(2);
		expect(ids(await trigger.poll())).toEqual(added);
		sandbox.requests.clear();
		expect(await trigger.poll()).toEqual([]);
		expect(sandbox.requests.entries).toHaveLength(1);
	});

	test('every known row was removed: rows with a later date are new', async () => {
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

	test('only some types: the others are read and not emitted', async () => {
		await activate(300, { filters: { types: ['purchase', 'refund'] } });
		addRows(120);
		const [purchase] = addRows(1, { type: 'purchase', amount: 100 });
		addRows(120);
		expect(ids(await trigger.poll())).toEqual([purchase]);
		addRows(5);
		expect(await trigger.poll()).toEqual([]);
		trigger.restart();
		const [refund] = addRows(1, { type: 'refund', amount: 10 });
		expect(ids(await trigger.poll())).toEqual([refund]);
	});

	test('a type that does not exist is reported, and no row is skipped meanwhile', async () => {
		await activate(300);
		const added = addRows(3);
		trigger.parameters = { ...trigger.parameters, filters: { types: ['usages'] } };
		await expect(trigger.poll()).rejects.toThrow(/"usages" is not a valid type/);
		expect(sandbox.requests.entries).toEqual([]);
		trigger.parameters = { ...trigger.parameters, filters: { types: ['usage'] } };
		expect(ids(await trigger.poll())).toEqual(added);
	});

	test('after a restart of n8n, no row is skipped and no row is emitted twice', async () => {
		await activate();
		addRows(10);
		await trigger.poll();
		trigger.restart();
		expect(await trigger.poll()).toEqual([]);
		const offline = addRows(333);
		trigger.restart();
		expect(ids(await trigger.poll())).toEqual(offline);
	});

	test('a poll needs requests only for new rows: 20 of 20,000', async () => {
		await activate(20_000);
		const added = addRows(20);
		expect(ids(await trigger.poll())).toEqual(added);
		expect(sandbox.requests.entries.length).toBeLessThanOrEqual(3);
		sandbox.requests.clear();
		await trigger.poll();
		expect(sandbox.requests.entries).toHaveLength(1);
	});

	test('also if the API does not send a total', async () => {
		await activate(3000);
		sandbox.faults.add({ path: '/credits/history', total: 'omit' });
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction' });
		await trigger.activate();
		sandbox.requests.clear();
		const added = addRows(20);
		expect(ids(await trigger.poll())).toEqual(added);
		expect(sandbox.requests.entries.length).toBeLessThanOrEqual(8);
		const many = addRows(700);
		expect(ids(await trigger.poll())).toEqual(many);
		sandbox.faults.clear();
	});

	test('the state stays small', async () => {
		await activate(20_000);
		for (let i = 0; i < 5; i++) {
			addRows(400);
			await trigger.poll();
		}
		expect(trigger.savedState.length).toBeLessThan(5000);
	});

	test('rows for which a poll has no time are left for the next poll, oldest first', async () => {
		await activate();
		const added = addRows(1500);
		trigger = Object.assign(trigger, { budgetMs: 15_001 });
		sandbox.faults.add({ delayMs: 1 });
		const emitted: unknown[] = [];
		let polls = 0;
		for (; emitted.length < added.length && polls < 50; polls++) emitted.push(...ids(await trigger.poll()));
		expect(emitted).toEqual(added);
		expect(polls).toBeGreaterThan(2);
		sandbox.faults.clear();
	});

	test('a poll that fails does not change the position, and says why', async () => {
		await activate();
		const added = addRows(5);
		sandbox.faults.add({ status: 429, headers: { 'Retry-After': '900' } });
		await expect(trigger.poll()).rejects.toMatchObject({
			message: expect.stringMatching(/rate limit .* works again at/) as string,
			failure: { cause: 'rate-limited', retryAfterMs: expect.any(Number) as number },
		});
		sandbox.faults.clear();
		sandbox.faults.add({ status: 401 });
		await expect(trigger.poll()).rejects.toMatchObject({ failure: { cause: 'credential-invalid' } });
		sandbox.faults.clear();
		expect(ids(await trigger.poll())).toEqual(added);
	});

	test('two polls at the same time emit every row once', async () => {
		await activate();
		const added = addRows(140);
		const both = await Promise.all([trigger.poll(), trigger.poll()]);
		expect(ids(both.flat())).toEqual(added);
	});

	test('a manual test shows the newest row and does not change the state', async () => {
		await activate();
		const before = trigger.savedState;
		const [newest] = sandbox.ledger.recent(1);
		expect(await trigger.poll('manual')).toEqual([newest]);
		expect(trigger.savedState).toBe(before);
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction', filters: { types: ['purchase'] } });
		const purchase = sandbox.ledger.all('newestFirst').find(({ type }) => type === 'purchase');
		expect(await trigger.poll('manual')).toEqual([purchase]);
		await activate();
		const added = addRows(1);
		expect(await trigger.poll('manual')).toEqual(sandbox.ledger.recent(1));
		expect(ids(await trigger.poll())).toEqual(added);
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
			const added = addRows(count);
			expect(ids(await trigger.poll())).toEqual(added);
		}
		sandbox.rateLimit = undefined;
	});

	test.each([2, 3])('also without a total: %i requests a minute', async (limit) => {
		sandbox.reset({ rows: 1000, order });
		sandbox.faults.add({ total: 'omit' });
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction' });
		sandbox.rateLimit = { limit, windowMs: 60_000 };
		expect(await trigger.activate()).toEqual([]);
		// If new rows are at the end of the list, the polls reach it page by page.
		for (let minute = 0; minute < 15; minute++) {
			sandbox.rateLimit = { limit, windowMs: 60_000 };
			expect(await trigger.poll()).toEqual([]);
		}
		const added = addRows(2);
		sandbox.rateLimit = { limit, windowMs: 60_000 };
		expect(ids(await trigger.poll())).toEqual(added);
		sandbox.rateLimit = undefined;
	});

	test('if the first page does not show the direction of the list, a used-up limit is reported', async () => {
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
	])('a manual test with %i rows needs two requests: types %j', async (rows, types) => {
		sandbox.reset({ rows, order });
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction', filters: { types } });
		const isWanted = ({ type }: { type: string }) => types.length === 0 || types.includes(type);
		const newest = sandbox.ledger.all('newestFirst').find(isWanted);
		expect(await trigger.poll('manual')).toEqual([newest]);
		expect(sandbox.requests.entries.length).toBeLessThanOrEqual(2);
	});

	test('a manual test finds the only row of its type, even far back', async () => {
		sandbox.reset({ rows: 0, order });
		const [refund] = addRows(1, { type: 'refund' });
		addRows(400);
		trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction', filters: { types: ['refund'] } });
		expect(ids(await trigger.poll('manual'))).toEqual([refund]);
	});

	test('IDs that are numbers, and a total that is text', async () => {
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
		// A row is the same if its ID is sent as text instead of a number.
		sandbox.ledger = new Ledger(
			sandbox.ledger.all('oldestFirst').map((same) => ({ ...same, id: String(same.id) })),
		);
		expect(await trigger.poll()).toEqual([]);
	});

	test('150,000 rows in one response', async () => {
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

test.each(['fileGenerated', 'newTransaction', 'lowBalance'])(
	'if the API never responds, a poll does not take longer than n8n allows: %s',
	async (event) => {
		sandbox.reset();
		const trigger = ActiveTrigger.of(sandbox, { event }, 3000);
		sandbox.faults.add({ stall: 'headers' });
		const startedAt = Date.now();
		await expect(trigger.poll()).rejects.toThrow();
		// Without a common deadline, four tries would take 62 s.
		expect(Date.now() - startedAt).toBeLessThan(20_000);
		sandbox.faults.clear();
	},
	90_000,
);
