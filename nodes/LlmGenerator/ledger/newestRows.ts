import { unlessLimited, type End } from './page';
import { readLedger } from './reader';
import type { LedgerSource } from './source';
import { bookedAt } from './order';
import { idOf, type HistoryPage, type Transaction } from '../shapes';

/** Known rows that are read again, so that a few that came or went do not hide where the new ones begin. */
export const KNOWN_ROWS_READ_AGAIN = 20;
/** As many where the API does not count: nothing else would tell that a row was booked late. */
export const LOOK_BACK_ROWS = 150;

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

/** When reading may end before the back of the list. */
interface Ending {
	/** Asked after each page. */
	isEnough: (rows: Transaction[]) => boolean;
	/** Whether the rate limit ends it with the rows that were read until then. */
	mayBeLimited: boolean;
}

/**
 * Rows from the front of the list on.
 *
 * @param newEndOfTies the new end where all rows have the same time
 */
export async function fromFront(
	source: LedgerSource,
	ending: Ending,
	newEndOfTies: End = 'front',
): Promise<NewestRows> {
	const { rows, totals, reachesBack } = await readRows(source, 0, ending);
	const rise = reachesBack && rows.length > 0 ? bookedAt(rows[rows.length - 1]) - bookedAt(rows[0]) : NaN;
	const isOldestFirst = rise > 0 || (rise === 0 && newEndOfTies === 'back');
	const read = { complete: reachesBack, reachesNewEnd: true };
	if (isOldestFirst)
		return { ...read, rows: rows.reverse(), newEnd: 'back', newestAt: rows.length - 1, total: totals.at(-1) };
	// The first count: rows that arrived at the front later were not read.
	return { ...read, rows, newEnd: 'front', newestAt: 0, total: totals[0] };
}

/** Rows from an offset up to the back of the list; time or the rate limit may end it after the first page. */
export async function toBack(source: LedgerSource, offset: number, mayGoOn: MayGoOn): Promise<NewestRows> {
	const from = Math.max(0, offset);
	const ending = { isEnough: () => !mayGoOn(), mayBeLimited: true };
	const { rows, totals, reachesBack } = await readRows(source, from, ending);
	const newestAt = from + rows.length - 1;
	const total = totals.at(-1);
	return {
		rows: rows.reverse(),
		newEnd: 'back',
		newestAt,
		total: reachesBack || total === undefined ? total : newestAt + 1,
		complete: reachesBack && from === 0,
		reachesNewEnd: reachesBack,
	};
}

/** Rows in the list's order, with the count that came with each page. */
async function readRows(source: LedgerSource, from: number, { isEnough, mayBeLimited }: Ending) {
	const list = new WatchedList(source);
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
class WatchedList implements LedgerSource {
	readonly totals: Array<number | undefined> = [];
	private lastRow?: Transaction;

	constructor(private readonly source: LedgerSource) {}

	async page(slice: { limit: number; offset: number }, signal: AbortSignal): Promise<HistoryPage> {
		const page = await this.source.page(slice, signal);
		const { transactions, total, hasMore } = page;
		this.totals.push(total);
		const isLast = hasMore === false && total !== undefined && slice.offset + transactions.length >= total;
		if (isLast) this.lastRow = transactions.at(-1);
		return page;
	}

	unreadable(happened: string): Error {
		return this.source.unreadable(happened);
	}

	endsWith(row?: Transaction): boolean {
		return row !== undefined && this.lastRow !== undefined && idOf(row) === idOf(this.lastRow);
	}
}
