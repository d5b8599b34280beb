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

/** A query whose times are given as shares of the time that the ledger covers. */
interface Question {
	from?: number;
	to?: number;
	sort?: 'newestFirst' | 'oldestFirst';
	limit?: number;
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const question: fc.Arbitrary<Question> = fc.record(
	{
		from: share,
		to: share,
		sort: fc.constantFrom('newestFirst' as const, 'oldestFirst' as const),
		limit: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 400 })),
	},
	{ requiredKeys: [] },
);

/** Throws unless the reader answers the question with the rows that it means, each once. */
async function expectRightAnswer(played: World, asked: Question, read: Read): Promise<number> {
	const ledger = ledgerOf(played).all(played.order);
	const times = ledger.map(bookedAt);
	const [first, last] = [Math.min(...times), Math.max(...times)];
	const timeAt = (of?: number) => (of === undefined ? undefined : Math.round(first + of * (last - first)));
	const query = { ...asked, from: timeAt(asked.from), to: timeAt(asked.to) };
	const answer: Transaction[] = [];
	const outcome = await play(played, async function* (source) {
		answer.push(...(await read(source, query)));
		yield answer;
	});
	const { from = -Infinity, to = Infinity, sort, limit = Infinity } = query;
	const isWanted = (row: Transaction) => bookedAt(row) >= from && bookedAt(row) < to;
	if (!answer.every(isWanted)) throw new Error('a row came that is not wanted');
	const wanted = new Set(ledger.filter(isWanted).map(({ id }) => String(id)));
	const before = outcome.before.filter((id) => wanted.has(id));
	if (!sort) {
		expectEveryRowOnce({ ...outcome, before }, limit);
		return outcome.requests;
	}
	const got = new Set(outcome.got);
	if (got.size < answer.length || answer.length > limit) throw new Error('a row came twice, or too many');
	const way = sort === 'newestFirst' ? -1 : 1;
	const order = answer.map((row) => way * bookedAt(row));
	if (order.some((at, i) => i > 0 && at < order[i - 1])) throw new Error('rows came out of order');
	const end = answer.length < limit ? Infinity : order[order.length - 1];
	const missing = ledger.filter(
		(row) => isWanted(row) && way * bookedAt(row) < end && !got.has(row.id) && !outcome.removed.has(row.id),
	);
	if (missing.length > 0)
		throw new Error(`${missing.length} rows are missing, the first is ${missing[0].id}`);
	return outcome.requests;
}

test(`dates, order and limit give the rows that they mean, in ${WORLDS} worlds that move and whose list has any order`, async () => {
	await fc.assert(
		fc.asyncProperty(world, question, async (played, asked) => {
			await expectRightAnswer(played, asked, async (source, query) => await readHistory(source, query, 32));
		}),
		{ numRuns: WORLDS, seed },
	);
}, 120_000);

/** A server that says all it should, and a list that does not move. */
const HONEST: Omit<World, 'rows' | 'order'> = {
	orderBy: 'booking',
	pageCaps: [100],
	total: 'right',
	hasMore: 'right',
	emptyAnswers: [],
	events: [],
	delays: [[0, 0]],
};

test('the same worlds catch a reader that believes the front of the list', async () => {
	const details = await fc.check(
		fc.asyncProperty(world, question, async (played, asked) => {
			await expectRightAnswer({ ...played, ...HONEST }, asked, believeTheFront);
		}),
		// It ends with the first world that catches it, of which a short run may have none.
		{ numRuns: Math.max(WORLDS, 1000), seed },
	);
	expect(details.failed).toBe(true);
});

/** How an early end is usually written: as soon as the rows read so far run one way, and have left what is wanted. */
async function believeTheFront(source: LedgerSource, query: HistoryQuery): Promise<Transaction[]> {
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
	const ask = async (asked: Question) =>
		await expectRightAnswer({ ...HONEST, rows, order }, asked, async (source, query) =>
			readHistory(source, query, 32),
		);

	test.each<[string, Question]>([
		['the first hundredth of the time it covers', isNewest ? { from: 0.99 } : { to: 0.01 }],
		['its first rows, in its order', { sort: order, limit: 10 }],
	])('%s costs few requests', async (_what, asked) => {
		expect(await ask(asked)).toBeLessThanOrEqual(12);
	});
});
