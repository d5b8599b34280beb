import { readLedger, type LedgerSource } from '../../nodes/LlmGenerator/api/history';
import type { Transaction } from '../../nodes/LlmGenerator/api/types';

/** A list without end; what is asked of it once it is left behind gets no answer. */
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

test('leaving the history early ends the requests that are under way', async () => {
	const { source, signals } = endless();
	for await (const rows of readLedger(source, { ahead: 8 })) if (rows.length > 0 && signals.length > 2) break;
	expect(signals.map(({ aborted }) => aborted)).toEqual(signals.map(() => true));
});

test('no more is asked for than is wanted', async () => {
	const { source, signals } = endless();
	const rows: Transaction[] = [];
	for await (const page of readLedger(source, { ahead: 8, wanted: 250 })) rows.push(...page);
	expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 250 }, (_, i) => `row${i}`));
	expect(signals.length).toBeLessThanOrEqual(4);
});

test('reading may begin further back', async () => {
	const { source } = endless();
	const rows: Transaction[] = [];
	for await (const page of readLedger(source, { from: 7, ahead: 8, wanted: 3 })) rows.push(...page);
	expect(rows.map(({ id }) => id)).toEqual(['row7', 'row8', 'row9']);
});
