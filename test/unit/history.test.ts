import { readLedger } from '../../nodes/LlmGenerator/ledger/reader';
import type { LedgerSource } from '../../nodes/LlmGenerator/ledger/source';
import type { HistoryPage, Transaction } from '../../nodes/LlmGenerator/shapes';

/** A list without end, and the signals of its requests. */
function endless() {
	const signals: AbortSignal[] = [];
	const source: LedgerSource = {
		page: async ({ limit, offset }, signal) => {
			signals.push(signal);
			await new Promise(setImmediate);
			const transactions = Array.from(
				{ length: limit },
				(_, i) => ({ id: `row${offset + i}` }) as Transaction,
			);
			return { transactions, hasMore: true };
		},
		unreadable: (happened) => new Error(happened),
	};
	return { source, signals };
}

test('leaving the history early aborts the open requests', async () => {
	const { source, signals } = endless();
	for await (const rows of readLedger(source, { ahead: 8 })) if (rows.length > 0 && signals.length > 2) break;
	expect(signals.map(({ aborted }) => aborted)).toEqual(signals.map(() => true));
});

test('no more rows are requested than wanted', async () => {
	const { source, signals } = endless();
	const rows: Transaction[] = [];
	for await (const page of readLedger(source, { ahead: 8, wanted: 250 })) rows.push(...page);
	expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 250 }, (_, i) => `row${i}`));
	expect(signals.length).toBeLessThanOrEqual(4);
});

test('reading can begin at a later offset', async () => {
	const { source } = endless();
	const rows: Transaction[] = [];
	for await (const page of readLedger(source, { from: 7, ahead: 8, wanted: 3 })) rows.push(...page);
	expect(rows.map(({ id }) => id)).toEqual(['row7', 'row8', 'row9']);
});

describe('a server that', () => {
	const rows = (count: number, name: (place: number) => string) =>
		Array.from({ length: count }, (_, place) => ({ id: name(place) }) as Transaction);

	/** The rows, the number of requests, and the message if reading failed. */
	async function readAll(serve: (slice: { limit: number; offset: number }, answer: number) => HistoryPage) {
		let answers = 0;
		const source: LedgerSource = {
			page: (slice) => Promise.resolve(serve(slice, answers++)),
			unreadable: (happened) => new Error(happened),
		};
		const ids: string[] = [];
		let message: string | undefined;
		try {
			for await (const page of readLedger(source, { ahead: 8 }))
				ids.push(...page.map(({ id }) => String(id)));
		} catch (error) {
			message = (error as Error).message;
		}
		return { ids, message, answers };
	}

	test('ignores the offset is detected soon', async () => {
		const { message, answers } = await readAll(({ limit }) => ({
			transactions: rows(limit, (place) => `row${place}`),
			hasMore: true,
		}));
		expect(message).toBe('LLM Generator sent the same rows again and again');
		expect(answers).toBeLessThanOrEqual(20);
	});

	test('sends different rows each time is reported, although some rows were read', async () => {
		const { ids, message, answers } = await readAll(({ limit }, answer) => ({
			transactions: rows(limit, (place) => `row${answer}-${place}`),
			hasMore: true,
		}));
		expect(message).toBe('The credit history changed faster than it could be read');
		expect(new Set(ids).size).toBe(ids.length);
		expect(answers).toBeLessThan(500);
	});

	test('sends rows without end is stopped after a million rows', async () => {
		const { ids, message } = await readAll(({ limit, offset }) => ({
			transactions: rows(limit, (place) => `row${offset + place}`),
			hasMore: true,
		}));
		expect(message).toBe('The credit history has more than 1000000 rows, or no end');
		expect(ids.length).toBeGreaterThanOrEqual(999_900);
	}, 60_000);

	test.each([{ total: 1000 }, { total: 1000, hasMore: true }])(
		'leaves out rows after the first page, and sends %j, is not treated as being at the end',
		async (claims) => {
			const all = rows(1000, (place) => `row${place}`);
			const served = all.map((row, place) => (place >= 100 && place < 250 ? undefined : row));
			const { ids, message } = await readAll(({ limit, offset }) => ({
				transactions: served.slice(offset, offset + limit).filter((row) => row !== undefined),
				...claims,
			}));
			expect(ids).toEqual(all.slice(0, 100).map(({ id }) => id));
			expect(message).toBe('LLM Generator served an empty page in the middle of the credit history');
		},
	);
});
