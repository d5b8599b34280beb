import type { ApiClient } from '../transport/client';
import { listError } from '../transport/errors';
import type { ListSource, Slice } from '../paging/source';
import {
	idOf,
	isHistoryPage,
	numberIn,
	type HistoryPage,
	type Transaction,
	type TransactionType,
} from '../shapes';

const HISTORY_PATH = '/credits/history/api';

/** Where pages come from: the API, or a model of it in tests. */
export interface LedgerSource {
	page(slice: Slice, signal: AbortSignal): Promise<HistoryPage>;
	/** Makes the error for a ledger that cannot be read whole. */
	unreadable(happened: string): Error;
}

/** The account's transactions, of one type or of all. */
export function creditHistory(client: ApiClient, type?: TransactionType): LedgerSource {
	const query = type ? { type } : {};
	return {
		page: async ({ limit, offset }, signal) => {
			const page = await client.get(HISTORY_PATH, { ...query, limit, offset }, isHistoryPage, signal);
			// n8n's database keeps it with a trigger, and offsets are reckoned from it: nothing else may stand in its place.
			const total = numberIn(page.total);
			return { ...page, total: Number.isSafeInteger(total) ? total : undefined };
		},
		unreadable: (happened) =>
			listError(client.node, client.summary({ method: 'GET', path: HISTORY_PATH, query }), happened),
	};
}

/** The same as a list of any kind. */
export function listOf(source: LedgerSource): ListSource<Transaction> {
	return {
		name: 'credit history',
		page: async (slice, signal) => {
			const { transactions, total, hasMore } = await source.page(slice, signal);
			return { rows: transactions, total, hasMore };
		},
		keyOf: idOf,
		unreadable: (happened) => source.unreadable(happened),
	};
}
