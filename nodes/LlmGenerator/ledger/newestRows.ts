import { NodeApiError } from 'n8n-workflow';
import { MAX_PAGE_ROWS, readLedger } from './reader';
import type { LedgerSource } from './source';
import { bookedAt } from './order';
import { idOf, type HistoryPage, type Transaction } from '../shapes';

/** Rows without a gap, from the new end of the list inward. */
export interface NewestRows {
	rows: Transaction[];
	newEnd: 'front' | 'back';
	newestAt: number;
	total?: number;
	/** Whether they are the whole ledger. */
	whole: boolean;
	/** Whether they are all that was to be read, up to the very end; not so where time or the rate limit ran out. */
	atEnd: boolean;
}

/** Whether there is time for more requests; asked between pages. */
export type MayGoOn = () => boolean;

export const always: MayGoOn = () => true;

/**
 * Rows from the front of the list on, until there are enough or it ends.
 *
 * @param mayBeCut whether a rate limit ends it with the rows that there are
 * @param newEndOfTies which end is the new one where all rows have the same time
 */
export async function fromFront(
	source: LedgerSource,
	isEnough: (rows: Transaction[]) => boolean,
	mayBeCut = false,
	newEndOfTies: 'front' | 'back' = 'front',
): Promise<NewestRows> {
	const { rows, totals, ended } = await read(source, 0, isEnough, mayBeCut);
	const rise = ended && rows.length > 0 ? bookedAt(rows[rows.length - 1]) - bookedAt(rows[0]) : NaN;
	const grows = rise > 0 || (rise === 0 && newEndOfTies === 'back');
	return {
		rows: grows ? rows.toReversed() : rows,
		newEnd: grows ? 'back' : 'front',
		newestAt: grows ? rows.length - 1 : 0,
		// The first count: rows that arrived at the front later were not read.
		total: grows ? totals.at(-1) : totals[0],
		whole: ended,
		atEnd: true,
	};
}

/** Rows from an offset up to the back of the list; time or the rate limit may cut it off after the first page. */
export async function toBack(
	source: LedgerSource,
	offset: number,
	mayGoOn: MayGoOn = always,
): Promise<NewestRows> {
	const from = Math.max(0, offset);
	const { rows, totals, ended } = await read(source, from, () => !mayGoOn(), true);
	const newestAt = from + rows.length - 1;
	return {
		rows: rows.toReversed(),
		newEnd: 'back',
		newestAt,
		total: ended || totals.at(-1) === undefined ? totals.at(-1) : newestAt + 1,
		whole: ended && from === 0,
		atEnd: ended,
	};
}

/** One page; the largest that there is, unless fewer rows are asked for. */
export async function pageAt(
	source: LedgerSource,
	offset: number,
	limit = MAX_PAGE_ROWS,
): Promise<HistoryPage> {
	return await source.page({ limit, offset }, new AbortController().signal);
}

/** Undefined where the rate limit ended a request, but there is something to show already. */
export async function unlessLimited<T>(somethingFound: boolean, request: Promise<T>): Promise<T | undefined> {
	const answer = somethingFound ? await request.catch(onlyLimit) : await request;
	return answer instanceof NodeApiError ? undefined : answer;
}

/** For `catch`: the rate limit is an answer, too. Everything else is thrown on. */
export async function onlyLimit(failure: unknown): Promise<NodeApiError> {
	if (failure instanceof NodeApiError && failure.httpCode === '429') return failure;
	return await Promise.reject(failure as Error);
}

async function read(
	source: LedgerSource,
	from: number,
	isEnough: (rows: Transaction[]) => boolean,
	mayBeCut: boolean,
) {
	const totals: Array<number | undefined> = [];
	/** The last row of all. It may have been read ahead, and not be among the rows yet. */
	let last: string | undefined;
	const watched: LedgerSource = {
		unreadable: (happened) => source.unreadable(happened),
		page: async (slice, signal) => {
			const { transactions, total, hasMore } = await source.page(slice, signal);
			totals.push(total);
			const ends = hasMore === false && total !== undefined && slice.offset + transactions.length >= total;
			const lastRow = transactions.at(-1);
			if (ends) last = lastRow && idOf(lastRow);
			return { transactions, total, hasMore };
		},
	};
	const rows: Transaction[] = [];
	let ended = false;
	const pages = readLedger(watched, { from, ahead: 4, mayStopEarly: true });
	for (;;) {
		const page = await unlessLimited(mayBeCut && rows.length > 0, pages.next());
		if (page?.done) ended = true;
		if (!page?.value) break;
		for (const row of page.value) rows.push(row);
		const lastRow = rows.at(-1);
		ended = last !== undefined && lastRow !== undefined && idOf(lastRow) === last;
		if (isEnough(rows)) break;
	}
	await pages.return();
	return { rows, totals, ended };
}
