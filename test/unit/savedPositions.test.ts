/** What n8n's database has kept from version 1.0.0 of the package, and from the versions between that and this one. */
import { currentPosition } from '../../nodes/LlmGenerator/ledger/firstLook';
import type { LedgerPosition } from '../../nodes/LlmGenerator/ledger/position';
import { readNewRows } from '../../nodes/LlmGenerator/ledger/newRows';
import type { LedgerSource } from '../../nodes/LlmGenerator/ledger/source';
import { Ledger, type Order } from '../../sandbox/ledger';
import { EXAMPLES } from '../../sandbox/transaction';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const ledgerOf = (rows: number) =>
	new Ledger(
		Array.from({ length: rows }, (_, i) => ({ ...EXAMPLES.usage, id: `row${i}`, createdAt: at(i) })),
	);
const served = (ledger: Ledger, order: Order, pageRows = 100): LedgerSource => ({
	page: ({ limit, offset }) =>
		Promise.resolve(ledger.page({ limit: Math.min(limit, pageRows), offset, order })),
	unreadable: (happened) => new Error(happened),
});
const idsOf = (rows: Array<{ id: unknown }>) => rows.map(({ id }) => id);

const THREE_ROWS = 'zcvfgndfyyke1sqmyk9dr02x';
const LAST_FOUR_OF_NINE = '1qplll8xy5ycc5g4xrnb1csfxdcami5m';
const SAVED: Array<[string, number, Order, LedgerPosition]> = [
	[
		'three rows, newest first',
		3,
		'newestFirst',
		{ seen: THREE_ROWS, complete: true, newEnd: 'front', newestAt: 0, newest: at(2), total: 3 },
	],
	[
		'three rows, oldest first',
		3,
		'oldestFirst',
		{ seen: THREE_ROWS, complete: true, newEnd: 'back', newestAt: 2, newest: at(2), total: 3 },
	],
	[
		'the last four of nine rows, newest first',
		9,
		'newestFirst',
		{ seen: LAST_FOUR_OF_NINE, complete: false, newEnd: 'front', newestAt: 0, newest: at(8), total: 9 },
	],
	[
		'the last four of nine rows, oldest first',
		9,
		'oldestFirst',
		{ seen: LAST_FOUR_OF_NINE, complete: false, newEnd: 'back', newestAt: 8, newest: at(8), total: 9 },
	],
	[
		'the last four of nine rows, without a count',
		9,
		'newestFirst',
		{ seen: LAST_FOUR_OF_NINE, complete: false, newEnd: 'front', newestAt: 0, newest: at(8) },
	],
	['no rows', 0, 'newestFirst', { seen: '', complete: true, newEnd: 'front', newestAt: 0, total: 0 }],
	['no rows', 0, 'oldestFirst', { seen: '', complete: true, newEnd: 'front', newestAt: 0, total: 0 }],
	[
		'only where the list ended',
		9,
		'oldestFirst',
		{ seen: '', complete: false, newEnd: 'back', newestAt: 8, total: 9 },
	],
];

test.each(SAVED)(
	'a position that an earlier version saved: %s (%i rows, %s)',
	async (_what, rows, order, saved) => {
		const ledger = ledgerOf(rows);
		const quiet = await readNewRows(served(ledger, order), saved, () => true);
		expect(quiet.rows).toEqual([]);
		ledger.book({ id: 'first', createdAt: at(20) });
		ledger.book({ id: 'second', createdAt: at(21) });
		for (const position of [saved, quiet.position]) {
			const news = await readNewRows(served(ledger, order), position, () => true);
			expect(idsOf(news.rows)).toEqual(['first', 'second']);
			expect(news.position).toMatchObject({
				newest: at(21),
				newestAt: order === 'newestFirst' ? 0 : rows + 1,
			});
			expect((await readNewRows(served(ledger, order), news.position, () => true)).rows).toEqual([]);
		}
	},
);

test.each([-1, 3])(
	'a first look that an earlier version had not finished, up to offset %i',
	async (newestAt) => {
		const saved: LedgerPosition = { seen: '', complete: false, newEnd: 'back', newestAt, unfinished: true };
		const ledger = ledgerOf(9);
		const source = served(ledger, 'oldestFirst', 4);
		const position = await currentPosition(source, () => true, saved);
		expect(position).toMatchObject({ newEnd: 'back', newestAt: 8, newest: at(8) });
		expect(position.unfinished).toBeFalsy();
		const { id } = ledger.book();
		expect(idsOf((await readNewRows(source, position, () => true)).rows)).toEqual([id]);
	},
);

test('what is saved has the names and the form that earlier versions read', async () => {
	const saved = await currentPosition(served(ledgerOf(3), 'oldestFirst'));
	expect(JSON.parse(JSON.stringify(saved))).toEqual(SAVED[1][3]);
	const some = await currentPosition(served(ledgerOf(9), 'newestFirst', 2));
	expect(JSON.parse(JSON.stringify(some))).toEqual(SAVED[2][3]);
});
