import type { ApiClient } from '../transport/client';
import { ledgerError } from '../transport/errors';
import { isHistoryPage, numberIn, type HistoryPage, type TransactionType } from '../shapes';

/** The most rows that the API serves at once (API reference, credits/history). */
export const MAX_PAGE_ROWS = 100;
const HISTORY_PATH = '/credits/history/api';

/** Where pages come from: the API, or a model of it in tests. */
export interface LedgerSource {
	page(slice: { limit: number; offset: number }, signal: AbortSignal): Promise<HistoryPage>;
	/** Makes the error for a ledger that cannot be read whole. */
	unreadable(happened: string): Error;
}

/** The account's transactions, of one type or of all. */
export function creditHistory(client: ApiClient, type?: TransactionType): LedgerSource {
	const query = type ? { type } : {};
	return {
		page: async (slice, signal) => {
			const page = await client.get(HISTORY_PATH, { ...query, ...slice }, isHistoryPage, signal);
			// n8n's database keeps it with a trigger, and offsets are reckoned from it: nothing else may stand in its place.
			const total = numberIn(page.total);
			return { ...page, total: Number.isSafeInteger(total) ? total : undefined };
		},
		unreadable: (happened) =>
			ledgerError(client.node, client.summary({ method: 'GET', path: HISTORY_PATH, query }), happened),
	};
}
