import { startSandbox, type Sandbox } from '../../sandbox/server';
import { Ledger, type Transaction } from '../../sandbox/ledger';
import { runNode, type NodeResult, type NodeRun } from './n8n';

let sandbox: Sandbox;

async function read(parameters: object, more: Partial<NodeRun> = {}): Promise<NodeResult> {
	const credential = { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl };
	return await runNode({ parameters: { operation: 'getHistory', ...parameters }, credential, ...more });
}

const rows = ({ items, error }: NodeResult) => {
	expect(error).toBeUndefined();
	return items.map(({ json }) => json as unknown as Transaction);
};
const ids = (result: NodeResult) => rows(result).map(({ id }) => id);
const time = ({ createdAt }: Transaction) => Date.parse(createdAt);

beforeAll(async () => {
	sandbox = await startSandbox({ ledger: { rows: 1234, seed: 7 } });
});
beforeEach(() => {
	sandbox.reset({ rows: 1234, seed: 7, order: 'newestFirst' });
});
afterAll(() => sandbox.close());

describe.each(['newestFirst', 'oldestFirst'] as const)('a ledger of 1,234 rows, served %s', (order) => {
	beforeEach(() => {
		sandbox.order = order;
	});

	test('Return All returns every row once, unchanged and in the order of the API', async () => {
		expect(rows(await read({ returnAll: true }))).toEqual(sandbox.ledger.all(order));
	});

	test.each([
		[1, 1],
		[50, 1],
		[100, 1],
		[250, 3],
		[2000, 13],
	])('a limit of %i needs %i requests', async (limit, requests) => {
		const expected = sandbox.ledger.all(order).slice(0, limit);
		expect(rows(await read({ limit }))).toEqual(expected);
		expect(sandbox.requests.entries).toHaveLength(requests);
	});

	test.each(['purchase', 'usage', 'refund'])('the API filters by type %s', async (type) => {
		const expected = sandbox.ledger.all(order).filter((row) => row.type === type);
		expect(rows(await read({ returnAll: true, filters: { type } }))).toEqual(expected);
		expect(sandbox.requests.entries.every(({ query }) => query.type === type)).toBe(true);
	});

	test('dates: at or after the first, before the second', async () => {
		const all = sandbox.ledger.all('oldestFirst');
		const [from, to] = [all[400].createdAt, all[700].createdAt];
		const filters = { createdAfter: from, createdBefore: to };
		const expected = sandbox.ledger.all(order).filter(({ createdAt }) => createdAt >= from && createdAt < to);
		expect(expected.length).toBeGreaterThan(200);
		expect(rows(await read({ returnAll: true, filters }))).toEqual(expected);
		expect(rows(await read({ limit: 10, filters }))).toEqual(expected.slice(0, 10));
	});

	test('reading stops when the pages prove that all other rows are outside the dates', async () => {
		const all = sandbox.ledger.all(order);
		const newest = order === 'newestFirst';
		const filters = newest ? { createdAfter: all[150].createdAt } : { createdBefore: all[150].createdAt };
		const expected = all.filter((row) => (newest ? time(row) >= time(all[150]) : time(row) < time(all[150])));
		// A separate sandbox, because late requests of the test before may still reach the other one.
		const separate = await startSandbox({ ledger: sandbox.ledger, order });
		const credential = { apiKey: 'llmgen_sandbox_key', baseUrl: separate.baseUrl };
		const found = rows(await read({ returnAll: true, filters }, { credential }));
		await separate.close();
		expect(found).toEqual(expected);
		expect(separate.requests.entries.length).toBeLessThan(8);
	});

	test('rows are sorted before the limit is applied, and rows of the same time keep their order', async () => {
		const oldest = sandbox.ledger.all('oldestFirst');
		const newest = sandbox.ledger.all('newestFirst');
		expect(oldest.some((row, i) => i > 0 && row.createdAt === oldest[i - 1].createdAt)).toBe(true);
		const sorted = async (sort: string, more: object) => ids(await read({ ...more, options: { sort } }));
		expect(await sorted('oldestFirst', { returnAll: true })).toEqual(oldest.map(({ id }) => id));
		expect(await sorted('newestFirst', { returnAll: true })).toEqual(newest.map(({ id }) => id));
		expect(await sorted('newestFirst', { limit: 7 })).toEqual(newest.slice(0, 7).map(({ id }) => id));
		expect(await sorted('oldestFirst', { limit: 7 })).toEqual(oldest.slice(0, 7).map(({ id }) => id));
	});

	test('one row in a different order is enough to read the whole list', async () => {
		const all = sandbox.ledger.all('oldestFirst');
		const late = sandbox.ledger.book({ createdAt: all[3].createdAt });
		const filters = { createdAfter: all[600].createdAt, createdBefore: all[700].createdAt };
		const found = ids(await read({ returnAll: true, filters }));
		expect(found).toHaveLength(100);
		expect(found).not.toContain(late.id);
	});
});

describe('a list that is not sorted by time is read to its end, even if its first rows look sorted', () => {
	const day = (place: number, year: number): Partial<Transaction> => ({
		id: `${year}-${place}`,
		createdAt: new Date(Date.UTC(year, 0, 1 + place)).toISOString(),
	});
	const block = (count: number, year: number, newestFirst: boolean) => {
		const rows = Array.from({ length: count }, (_, place) => day(place, year));
		return newestFirst ? rows.reverse() : rows;
	};
	/** Makes the sandbox serve these rows in this order. */
	const serve = (list: Array<Partial<Transaction>>) => {
		const [example] = sandbox.ledger.recent(1);
		sandbox.order = 'oldestFirst';
		sandbox.ledger = new Ledger(list.map((row) => ({ ...example, ...row })));
	};
	const grouped = () => serve([...block(150, 2025, true), ...block(150, 2026, true)]);

	test('grouped by type: the rows since 2026', async () => {
		grouped();
		const filters = { createdAfter: '2026-01-01' };
		expect(ids(await read({ returnAll: true, filters }))).toEqual(block(150, 2026, true).map(({ id }) => id));
	});

	test('grouped by type: the three newest', async () => {
		grouped();
		expect(ids(await read({ limit: 3, options: { sort: 'newestFirst' } }))).toEqual([
			'2026-149',
			'2026-148',
			'2026-147',
		]);
	});

	test.each([true, false])('rotated: a period in its middle (newest first: %s)', async (newestFirst) => {
		const years = newestFirst ? [2025, 2024, 2027, 2026] : [2026, 2027, 2024, 2025];
		serve(years.flatMap((year) => block(300, year, newestFirst)));
		for (const year of [2024, 2025, 2026, 2027]) {
			const filters = { createdAfter: `${year}-03-01`, createdBefore: `${year}-04-01` };
			const found = ids(await read({ returnAll: true, filters }));
			expect(found).toHaveLength(31);
			expect(found.every((id) => id.startsWith(String(year)))).toBe(true);
		}
	});

	test.each([
		['sends no total', { total: 'omit' as const }],
		['sends a total that is too small', { total: 400 }],
		['sends a total that is too large', { total: 9999 }],
		['always says that there are more rows', { hasMore: true }],
	])('a server that %s proves nothing: the list is read to the end', async (_what, fault) => {
		serve(block(1000, 2026, true));
		sandbox.faults.add(fault);
		const { length } = ids(await read({ limit: 3, options: { sort: 'newestFirst' } }));
		expect(length).toBe(3);
		expect(sandbox.requests.entries.length).toBeGreaterThan(9);
	});
});

test('a date without an offset is in the time zone of the workflow', async () => {
	const at = (createdAt: string, id: string) => ({ ...sandbox.ledger.all('oldestFirst')[0], id, createdAt });
	sandbox.ledger = new Ledger([
		at('2026-01-15T04:59:59.999Z', 'before'),
		at('2026-01-15T05:00:00.000Z', 'midnight in New York'),
	]);
	const createdAfter = '2026-01-15T00:00:00';
	expect(ids(await read({ filters: { createdAfter } }, { timezone: 'America/New_York' }))).toEqual([
		'midnight in New York',
	]);
	expect(ids(await read({ filters: { createdAfter } }, { timezone: 'UTC' }))).toHaveLength(2);
	expect(ids(await read({ filters: { createdAfter: `${createdAfter}-05:00` } }))).toHaveLength(1);
	expect(
		ids(await read({ filters: { createdAfter: '={{ DateTime.fromISO("2026-01-15T05:00Z") }}' } })),
	).toHaveLength(1);
});

test('each input item returns its own history, paired with it', async () => {
	const { items } = await read(
		{ limit: '={{ $json.rows }}', filters: { type: '={{ $json.type }}' } },
		{
			items: [
				{ rows: 3, type: 'usage' },
				{ rows: 101, type: 'usage' },
				{ rows: 2, type: 'purchase' },
			],
		},
	);
	expect(items.map(({ pairedItem }) => (pairedItem as { item: number }).item)).toEqual([
		...Array<number>(3).fill(0),
		...Array<number>(101).fill(1),
		...Array<number>(2).fill(2),
	]);
	expect(items.slice(-2).map(({ json }) => json.type)).toEqual(['purchase', 'purchase']);
});

test('150,000 rows in one response, with numbers as IDs', async () => {
	const [example] = sandbox.ledger.recent(1);
	const transactions = Array.from({ length: 150_000 }, (_, id) => ({ ...example, id }));
	sandbox.faults.add({ rawBody: JSON.stringify({ transactions, total: '150000', hasMore: false }) });
	const found = ids(await read({ returnAll: true }));
	expect(found).toHaveLength(150_000);
	expect(found.slice(0, 2)).toEqual([0, 1]);
}, 60_000);

test('an empty account returns no item', async () => {
	sandbox.ledger = new Ledger();
	expect(rows(await read({ returnAll: true }))).toEqual([]);
	expect(sandbox.requests.entries).toHaveLength(1);
});

describe('values that cannot be used are refused before a request is sent', () => {
	test.each([
		[{ limit: 0 }, /limit is 0.*whole number from 1/],
		[{ limit: -5 }, /limit is -5/],
		[{ limit: 2.5 }, /limit is 2.5/],
		[{ limit: '={{ "many" }}' }, /limit is "many"/],
		[{ limit: '={{ NaN }}' }, /limit is not a number/],
		[{ filters: { type: 'usages' } }, /"usages" is not a valid type\. The types are purchase, refund, usage/],
		[{ filters: { createdAfter: 'yesterday' } }, /"Created After" is "yesterday", which is not a valid date/],
		[{ filters: { createdBefore: '2026-02-30' } }, /"Created Before" is "2026-02-30"/],
		[{ filters: { createdBefore: '5' } }, /"Created Before" is "5"/],
		[{ filters: { createdAfter: '2026-02-02', createdBefore: '2026-02-01' } }, /Swap the two/],
		[
			{ filters: { createdAfter: '2026-02-01', createdBefore: '2026-02-01T00:00:00' } },
			/^"Created After" and "Created Before" are the same time, so no transaction can match\. Set "Created Before" to a later time\.$/,
		],
		[{ options: { maxRequestsAtOnce: 0 } }, /"Max Requests at Once" is 0. Set it to 1 or more/],
		[{ options: { timeoutSeconds: '={{ "soon" }}' } }, /"Timeout \(Seconds\)" is "soon"/],
	])('%j', async (parameters, message) => {
		const { error, items } = await read(parameters);
		expect(error?.message).toMatch(message);
		expect(items).toEqual([]);
		expect(sandbox.requests.entries).toEqual([]);
	});
});

test('with Continue on error, a bad item has an error message and the others are not affected', async () => {
	const { items } = await read(
		{ limit: '={{ $json.rows }}' },
		{ items: [{ rows: 2 }, { rows: 0 }, { rows: 1 }], onError: 'continueRegularOutput' },
	);
	expect(items.map(({ json, pairedItem }) => [json.error ?? 'row', pairedItem])).toEqual([
		['row', { item: 0 }],
		['row', { item: 0 }],
		[expect.stringContaining('The limit is 0'), { item: 1 }],
		['row', { item: 2 }],
	]);
});
