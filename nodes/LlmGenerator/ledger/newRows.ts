import type { LedgerSource } from './source';
import { newEndOf } from './newEnd';
import type { MayGoOn, NewestRows } from './newestRows';
import { bookedAt, sorted, timeIn } from './order';
import {
	fingerprintsIn,
	knowsOffsetOnly,
	positionAfter,
	MAX_KNOWN_ROWS,
	knownIn,
	stillThere,
	type LedgerPosition,
} from './position';
import type { Transaction } from '../shapes';

/** How many rows are kept as known while some are missing by the API's count and there was no time to look for them. */
const MAX_KNOWN_ROWS_WITH_LEFT_OVER = 4 * MAX_KNOWN_ROWS;

/** What is new, oldest first, and where the ledger stands after it. */
export interface NewRows {
	rows: Transaction[];
	position: LedgerPosition;
}

/**
 * The rows that came since `position`, each of them once: however many, wherever the list grows, also with the time of
 * a known row, or an older one.
 *
 * @param mayGoOn asked between pages: whether there is time for more. What is left over comes the next time.
 * @throws NodeApiError if a request fails, unless rows were found before the rate limit ended it
 */
export async function readNewRows(
	source: LedgerSource,
	position: LedgerPosition,
	mayGoOn: MayGoOn,
): Promise<NewRows> {
	const read = await newEndOf(position.newEnd, source, mayGoOn).readToKnown(position);
	// Cut off before the place where the list ended: without a row to know it by, nothing tells old from new.
	if (knowsOffsetOnly(position) && !read.reachesNewEnd && read.newestAt < position.newestAt)
		return { rows: [], position };
	const rows = newRowsIn(position, read);
	const unexplained = unexplainedRows(position, read, rows.length);
	const depth = rows.length + fingerprintsIn(position).length + Math.max(0, unexplained);
	const isDeepEnough = read.complete || read.rows.length >= depth;
	if (unexplained === 0 || (read.reachesNewEnd && isDeepEnough)) return emitted(position, read);
	if (read.reachesNewEnd) {
		// Rows may have been booked late, between the known ones.
		const newEnd = newEndOf(read.newEnd, source, mayGoOn);
		const deeper = await newEnd.readNewest(position.complete ? Infinity : depth, read.newestAt);
		if (deeper) return emitted(position, deeper);
	}
	// There was no time to look for them: they stay out of the count, so that the next poll does.
	return emitted(position, read, unexplained);
}

/** @param leftOver rows of the API's count that are left for the next poll */
function emitted(position: LedgerPosition, read: NewestRows, leftOver = 0): NewRows {
	const rows = newRowsIn(position, read);
	const [isNew, isKnown] = [new Set(rows), knownIn(position)];
	// Where something is left for the next poll, an unknown row among the known ones may be part of it.
	const isSettled = read.reachesNewEnd && leftOver === 0;
	const known = isSettled ? read.rows : read.rows.filter((row) => isNew.has(row) || isKnown(row));
	const total = read.total === undefined ? undefined : read.total - leftOver;
	const maxKnownRows = leftOver === 0 ? MAX_KNOWN_ROWS : MAX_KNOWN_ROWS_WITH_LEFT_OVER;
	return {
		rows: sorted(rows.reverse(), 'oldestFirst'),
		position: positionAfter(position, { ...read, rows: known, total }, maxKnownRows),
	};
}

/** How many rows more the API counts than the known ones, those that are new, and those that were removed explain. */
function unexplainedRows(position: LedgerPosition, read: NewestRows, newRowCount: number): number {
	if (position.total === undefined || read.total === undefined) return 0;
	const removed = fingerprintsIn(position).length - stillThere(position, read).length;
	return read.total - (position.total + newRowCount - removed);
}

/** The rows that are new, newest first. What is older than the oldest known row is not. */
function newRowsIn(position: LedgerPosition, { rows, newestAt }: NewestRows): Transaction[] {
	const isKnown = knownIn(position);
	if (position.complete) return rows.filter((row) => !isKnown(row));
	if (knowsOffsetOnly(position)) return rows.slice(0, Math.max(0, newestAt - position.newestAt));
	const known = rows.findLastIndex(isKnown);
	if (known >= 0) return rows.slice(0, known).filter((row) => !isKnown(row));
	// Not one of the known rows is left: only the time tells.
	return rows.filter((row) => bookedAt(row) >= timeIn(position.newest ?? ''));
}
