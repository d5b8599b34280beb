import type { ApiClient } from '../transport/client';
import { ledgerError } from '../transport/errors';
import { LedgerReader } from './ledgerReader';
import { isHistoryPage, numberIn, type HistoryPage, type Transaction, type TransactionType } from './types';

const HISTORY_PATH = '/credits/history/api';

/** Where pages come from: the API, or a model of it in tests. */
export interface LedgerSource {
	page(slice: { limit: number; offset: number }, signal: AbortSignal): Promise<HistoryPage>;
	/** Makes the error for a ledger that cannot be read whole. */
	unreadable(happened: string): Error;
}

export interface Reading {
	/** The offset to begin at; the front of the list where it is left out. */
	from?: number;
	/** Rows to read from there; all where it is left out. */
	wanted?: number;
	/** Pages asked for side by side. */
	ahead: number;
	/** Whether the loop may be left before the end: then reading ahead begins small. */
	mayStopEarly?: boolean;
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

/**
 * Reads the ledger in the server's order. Every row that was there when reading began, and was not removed meanwhile,
 * comes exactly once, whatever moves in between; rows that arrive meanwhile may come or not.
 *
 * @returns the rows, in portions; leaving the loop ends all requests
 * @throws NodeApiError if a request fails for good, or the pages cannot be joined
 */
export async function* readLedger(
	source: LedgerSource,
	reading: Reading,
): AsyncGenerator<Transaction[], void> {
	const reader = new LedgerReader(source, reading);
	try {
		yield* reader.read();
	} finally {
		reader.stop();
	}
}
