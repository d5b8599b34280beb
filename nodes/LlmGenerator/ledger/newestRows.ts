import { behind, saysEnd } from '../paging/page';
import type { LedgerPage } from './page';
import { readLedger } from './reader';
import type { LedgerSource } from './source';
import { newerEnd, type End } from './order';
import { idOf, type HistoryPage, type Transaction } from '../shapes';
import { unlessLimited } from '../transport/unlessLimited';

/** Rows without a gap, newest first. */
export interface NewestRows {
	rows: Transaction[];
	/** The end of the list at which new rows appear. */
	newEnd: End;
	/** The offset of the newest row. */
	newestAt: number;
	/** How many rows there are up to the newest of these, by the API's count. */
	total?: number;
	/** Whether they are all the rows that there are. */
	complete: boolean;
	/** Whether they begin with the newest row of all; not so where time or the rate limit ran out before it. */
	reachesNewEnd: boolean;
}

/** Whether there is time for more requests; asked between pages. */
export type MayGoOn = () => boolean;

export const always: MayGoOn = () => true;

/** Pages that lie side by side at the new end of the list. */
export function newestFirst(newEnd: End, pages: LedgerPage[], complete = false): NewestRows {
	const rows = pages.flatMap((page) => page.rows);
	const read = { newEnd, complete, reachesNewEnd: true };
	if (newEnd === 'front') return { ...read, rows, newestAt: 0, total: pages[0].total };
	const last = pages[pages.length - 1];
	// Rows behind the last page came meanwhile: they are not counted yet.
	const total = last.total === undefined ? undefined : Math.min(last.total, behind(last));
	return { ...read, rows: rows.reverse(), newestAt: behind(last) - 1, total };
}

/**
 * Rows from the front of the list on, until there are enough.
 *
 * @param mayBeLimited whether the rate limit ends it with the rows that were read until then
 * @param newEndOfTies the new end where all rows have the same time
 */
export async function fromFront(
	source: LedgerSource,
	isEnough: (rows: Transaction[]) => boolean,
	mayBeLimited = false,
	newEndOfTies: End = 'front',
): Promise<NewestRows> {
	const { rows, totals, reachesBack } = await readRows(source, 0, isEnough, mayBeLimited);
	// Until all was read, rows go on being newest first.
	const newEnd = reachesBack ? (newerEnd(rows.at(0), rows.at(-1)) ?? newEndOfTies) : 'front';
	// Rows that arrived at the front after the first count were not read; those that arrived at the back were.
	const total = newEnd === 'front' ? totals[0] : totals.at(-1);
	return newestFirst(newEnd, [{ offset: 0, rows, total }], reachesBack);
}

/** Rows from an offset up to the back of the list; time or the rate limit may end it after the first page. */
export async function toBack(source: LedgerSource, offset: number, mayGoOn: MayGoOn): Promise<NewestRows> {
	const from = Math.max(0, offset);
	const { rows, totals, reachesBack } = await readRows(source, from, () => !mayGoOn(), true);
	const page = { offset: from, rows, total: totals.at(-1) };
	return { ...newestFirst('back', [page], reachesBack && from === 0), reachesNewEnd: reachesBack };
}

/** Rows in the list's order, with the counts of all pages. */
async function readRows(
	source: LedgerSource,
	from: number,
	isEnough: (rows: Transaction[]) => boolean,
	mayBeLimited: boolean,
) {
	const list = new CountedList(source);
	const pages = readLedger(list, { from, ahead: 4, mayStopEarly: true });
	const rows: Transaction[] = [];
	let reachesBack = false;
	for (;;) {
		const page = await unlessLimited(pages.next(), mayBeLimited && rows.length > 0);
		if (page?.done) reachesBack = true;
		if (!page?.value) break;
		for (const row of page.value) rows.push(row);
		reachesBack = list.endsWith(rows.at(-1));
		if (isEnough(rows)) break;
	}
	await pages.return();
	return { rows, totals: list.totals, reachesBack };
}

/** A ledger whose counts and last row are noted while it is read: pages are read ahead of the rows. */
class CountedList implements LedgerSource {
	readonly totals: Array<number | undefined> = [];
	private lastRow?: Transaction;

	constructor(private readonly source: LedgerSource) {}

	async page(slice: { limit: number; offset: number }, signal: AbortSignal): Promise<HistoryPage> {
		const page = await this.source.page(slice, signal);
		const { transactions, total, hasMore } = page;
		this.totals.push(total);
		const { offset } = slice;
		if (saysEnd({ offset, rows: transactions, total, hasMore })) this.lastRow = transactions.at(-1);
		return page;
	}

	unreadable(happened: string): Error {
		return this.source.unreadable(happened);
	}

	endsWith(row?: Transaction): boolean {
		return row !== undefined && this.lastRow !== undefined && idOf(row) === idOf(this.lastRow);
	}
}
