import * as fc from 'fast-check';
import { readLedger } from '../../nodes/LlmGenerator/ledger/reader';
import type { LedgerSource } from '../../nodes/LlmGenerator/ledger/source';
import { readHistory, type HistoryQuery } from '../../nodes/LlmGenerator/ledger/query';
import { bookedAt, OrderProof, sorted } from '../../nodes/LlmGenerator/ledger/order';
import type { Transaction } from '../../nodes/LlmGenerator/shapes';
import { seed } from './chance';
import { expectEveryRowOnce, ledgerOf, play, world, type World } from './ledgerWorld';

const WORLDS = Number(process.env.WORLDS ?? 1500);
type Read = (source: LedgerSource, query: HistoryQuery) => Promise<Transaction[]>;

/** A query whose dates are shares of the period of the ledger. */
interface RelativeQuery {
	from?: number;
	to?: number;
	sort?: 'newestFirst' | 'oldestFirst';
	limit?: number;
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const relativeQuery: fc.Arbitrary<RelativeQuery> = fc.record(
	{
		from: share,
		to: share,
		sort: fc.constantFrom('newestFirst' as const, 'oldestFirst' as const),
		limit: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 400 })),
	},
	{ requiredKeys: [] },
);

/** Throws unless the reader returns exactly the rows of the query, each once. */
async function expectRightRows(played: World, relative: RelativeQuery, read: Read): Promise<number> {
	const ledger = ledgerOf(played).all(played.order);
	const times = ledger.map(bookedAt);
	const [first, last] = [Math.min(...times), Math.max(...times)];
	const timeAt = (of?: number) => (of === undefined ? undefined : Math.round(first + of * (last - first)));
	const query = { ...relative, from: timeAt(relative.from), to: timeAt(relative.to) };
	const answer: Transaction[] = [];
	const outcome = await play(played, async function* (source) {
		answer.push(...(await read(source, query)));
		yield answer;
	});
	const { from = -Infinity, to = Infinity, sort, limit = Infinity } = query;
	const isWanted = (row: Transaction) => bookedAt(row) >= from && bookedAt(row) < to;
	if (!answer.every(isWanted)) throw new Error('a row was returned that is not wanted');
	const wanted = new Set(ledger.filter(isWanted).map(({ id }) => String(id)));
	const before = outcome.before.filter((id) => wanted.has(id));
	if (!sort) {
		expectEveryRowOnce({ ...outcome, before }, limit);
		return outcome.requests;
	}
	const returned = new Set(outcome.returned);
	if (returned.size < answer.length || answer.length > limit)
		throw new Error('a row was returned twice, or too many rows');
	const way = sort === 'newestFirst' ? -1 : 1;
	const order = answer.map((row) => way * bookedAt(row));
	if (order.some((at, i) => i > 0 && at < order[i - 1])) throw new Error('rows are in the wrong order');
	const end = answer.length < limit ? Infinity : order[order.length - 1];
	const missing = ledger.filter(
		(row) =>
			isWanted(row) && way * bookedAt(row) < end && !returned.has(row.id) && !outcome.removed.has(row.id),
	);
	if (missing.length > 0)
		throw new Error(`${missing.length} rows are missing, the first is ${missing[0].id}`);
	return outcome.requests;
}

test(`dates, order and limit select the right rows, in ${WORLDS} worlds that change and whose lists have any order`, async () => {
	await fc.assert(
		fc.asyncProperty(world, relativeQuery, async (played, relative) => {
			await expectRightRows(played, relative, async (source, query) => await readHistory(source, query, 32));
		}),
		{ numRuns: WORLDS, seed },
	);
}, 400_000);

/** A server without faults, and a list that does not change. */
const HONEST: Omit<World, 'rows' | 'order'> = {
	orderBy: 'booking',
	pageCaps: [100],
	total: 'right',
	hasMore: 'right',
	emptyAnswers: [],
	events: [],
	delays: [[0, 0]],
};

test('the same worlds find the mistake of a reader that trusts the front of the list', async () => {
	const details = await fc.check(
		fc.asyncProperty(world, relativeQuery, async (played, relative) => {
			await expectRightRows({ ...played, ...HONEST }, relative, trustTheFront);
		}),
		// It ends with the first world that catches it, of which a short run may have none.
		{ numRuns: Math.max(WORLDS, 1000), seed },
	);
	expect(details.failed).toBe(true);
});

/** The usual early end: the rows read so far are in one order, and the last page has no wanted rows. */
async function trustTheFront(source: LedgerSource, query: HistoryQuery): Promise<Transaction[]> {
	const { from = -Infinity, to = Infinity, sort, limit = Infinity } = query;
	const order = new OrderProof();
	const rows: Transaction[] = [];
	for await (const page of readLedger(source, { ahead: 8 })) {
		order.add(page);
		rows.push(...page.filter((row) => bookedAt(row) >= from && bookedAt(row) < to));
		if (rows.length >= limit && (!sort || sort === order.direction)) break;
		if (order.direction === 'newestFirst' && page.every((row) => bookedAt(row) < from)) break;
		if (order.direction === 'oldestFirst' && page.every((row) => bookedAt(row) >= to)) break;
	}
	return (sort ? sorted(rows, sort) : rows).slice(0, query.limit);
}

describe.each(['newestFirst', 'oldestFirst'] as const)('a list of 10,000 rows, %s', (order) => {
	const rows = 10_000;
	const isNewest = order === 'newestFirst';
	const ask = async (relative: RelativeQuery) =>
		await expectRightRows({ ...HONEST, rows, order }, relative, async (source, query) =>
			readHistory(source, query, 32),
		);

	test.each<[string, RelativeQuery]>([
		['the first hundredth of its period', isNewest ? { from: 0.99 } : { to: 0.01 }],
		['its first rows, in its order', { sort: order, limit: 10 }],
	])('%s needs few requests', async (_what, relative) => {
		expect(await ask(relative)).toBeLessThanOrEqual(12);
	});
});
