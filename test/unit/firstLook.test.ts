import { currentPosition, newestRow } from '../../nodes/LlmGenerator/ledger/firstLook';
import type { LedgerSource } from '../../nodes/LlmGenerator/ledger/source';
import { readNewRows } from '../../nodes/LlmGenerator/ledger/newRows';
import type { HistoryPage } from '../../nodes/LlmGenerator/shapes';
import { Ledger } from '../../sandbox/ledger';
import { EXAMPLES } from '../../sandbox/transaction';

type Slice = { limit: number; offset: number };

function ledgerOf(rows: number): Ledger {
	return new Ledger(
		Array.from({ length: rows }, (_, i) => ({
			...EXAMPLES.usage,
			id: `row${i}`,
			createdAt: new Date(Date.UTC(2026, 0, 1) + i * 1000).toISOString(),
		})),
	);
}

function served(serve: (slice: Slice, answer: number) => HistoryPage): LedgerSource {
	let answers = 0;
	return {
		page: (slice) => Promise.resolve(serve(slice, answers++)),
		unreadable: (happened) => new Error(happened),
	};
}

describe.each(['newestFirst', 'oldestFirst'] as const)('a ledger served %s', (order) => {
	test.each<[string, (page: HistoryPage, slice: Slice, answer: number) => HistoryPage]>([
		[
			'sends the number of rows on the page as total',
			(page) => ({ ...page, total: page.transactions.length }),
		],
		[
			'sends the number of rows on the page as total, and no hasMore',
			(page) => ({ transactions: page.transactions, total: page.transactions.length }),
		],
		['sends a total that is too large', (page) => ({ ...page, total: 9999 })],
		['sends a total that is too small', (page) => ({ ...page, total: 150 })],
		['sends a total of at most 200', (page) => ({ ...page, total: 200 })],
		['sends no hasMore', ({ transactions, total }) => ({ transactions, total })],
		['always says that there are more', (page) => ({ ...page, hasMore: true })],
		['never says that there are more', (page) => ({ ...page, hasMore: false })],
		[
			'serves pages of different sizes',
			(page, _slice, answer) => ({
				...page,
				transactions: page.transactions.slice(0, [70, 40, 90][answer % 3]),
			}),
		],
		[
			'serves an empty page once',
			(page, _slice, answer) => (answer === 1 ? { ...page, transactions: [] } : page),
		],
	])('a server that %s: old rows are not new, and new rows are found', async (_what, serve) => {
		const ledger = ledgerOf(1000);
		const source = served((slice, answer) => serve(ledger.page({ ...slice, order }), slice, answer));
		let position = await currentPosition(source);
		const emitted: unknown[] = [];
		const poll = async () => {
			const news = await readNewRows(source, position, () => true);
			position = news.position;
			emitted.push(...news.rows.map(({ id }) => id));
		};
		await poll();
		expect(emitted).toEqual([]);
		const { id } = ledger.book();
		await poll();
		await poll();
		expect(emitted).toEqual([id]);
	});

	test('a server that ignores the offset is detected if new rows would never be found', async () => {
		const ledger = ledgerOf(1000);
		const source = served(({ limit }) => ledger.page({ limit, offset: 0, order }));
		if (order === 'oldestFirst')
			await expect(currentPosition(source)).rejects.toThrow('sent the same rows again and again');
	});

	test('a page with more rows than requested', async () => {
		const ledger = ledgerOf(1000);
		const limits: number[] = [];
		const source = served(({ limit, offset }) => {
			limits.push(limit);
			return ledger.page({ limit: 300, offset, order });
		});
		await currentPosition(source);
		expect((await newestRow(source, () => true))?.id).toBe('row999');
		expect(Math.max(...limits)).toBe(100);
	});
});
