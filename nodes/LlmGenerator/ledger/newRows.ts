import type { LedgerSource } from './source';
import {
	fingerprint,
	fingerprintsIn,
	positionAfter,
	REMEMBERED_ROWS,
	stillThere,
	type LedgerPosition,
} from './position';
import { MAX_PAGE_ROWS } from './reader';
import { fromFront, pageAt, toBack, unlessLimited, type MayGoOn, type NewestRows } from './newestRows';
import { bookedAt, sorted, timeIn } from './order';
import type { Transaction } from '../shapes';

/** How many rows are remembered while some are missing by the API's count and there was no time to look for them. */
const MOST_REMEMBERED_ROWS = 4 * REMEMBERED_ROWS;
/** How far back is looked at every poll where no `total` says whether it is worth it. */
const LOOK_BACK_ROWS = 150;
/** Known rows that are read again, so that a few that came or went do not hide where the new ones begin. */
const OVERLAP_ROWS = 20;
/** Below this many rows a page, steps from the known to the new are too small to be sure of. */
const LEAST_STEP_ROWS = 2 * OVERLAP_ROWS;

/** What is new, oldest first, and where the ledger stands after it. */
export interface NewRows {
	rows: Transaction[];
	position: LedgerPosition;
}

/**
 * The rows that came since `position`, each of them once: however many, wherever the list grows, also with the time of
 * a row already seen, or an older one.
 *
 * @param mayGoOn asked between pages: whether there is time for more. What is left over comes the next time.
 * @throws NodeApiError if a request fails, unless rows were found before the rate limit ended it
 */
export async function readNewRows(
	source: LedgerSource,
	position: LedgerPosition,
	mayGoOn: MayGoOn,
): Promise<NewRows> {
	const seen = new Set(fingerprintsIn(position));
	let newest = await newestRows(source, position, seen, mayGoOn);
	// Cut off before the place where the list ended: without a row to know it by, nothing tells old from new.
	if (isBlank(position) && !newest.atEnd && newest.newestAt < position.newestAt)
		return { rows: [], position };
	let rows = unseen(newest, position, seen);
	// If the count does not add up, rows may have been booked late, between the known ones.
	const removed = seen.size - stillThere(position, newest).length;
	const expected = (position.total ?? NaN) + rows.length - removed;
	const unexplained = (newest.total ?? NaN) - expected || 0;
	const depth = rows.length + seen.size + Math.max(0, unexplained);
	let explained = !unexplained || (newest.atEnd && (newest.whole || newest.rows.length >= depth));
	if (newest.atEnd && !explained) {
		const { newEnd, newestAt } = newest;
		const found = { ...position, newEnd, newestAt };
		const further = await unlessLimited(true, deeper(source, found, depth, mayGoOn));
		if (further?.atEnd) {
			newest = further;
			rows = unseen(newest, position, seen);
			explained = true;
		}
	}
	if (!explained || !newest.atEnd) {
		// What there was no time for is for the next poll: it neither counts as seen nor is it remembered.
		const emitted = new Set(rows);
		newest.rows = newest.rows.filter((row) => emitted.has(row) || seen.has(fingerprint(row)));
	}
	if (!explained) newest.total = expected;
	const remembered = explained ? REMEMBERED_ROWS : MOST_REMEMBERED_ROWS;
	return {
		rows: sorted(rows.reverse(), 'oldestFirst'),
		position: positionAfter(position, newest, remembered),
	};
}

/** The new end of the list with at least one known row; as far as time allows, beginning with the known ones. */
async function newestRows(
	source: LedgerSource,
	position: LedgerPosition,
	seen: Set<string>,
	mayGoOn: MayGoOn,
): Promise<NewestRows> {
	const reachesKnown = (rows: Transaction[]) => rows.some((row) => seen.has(fingerprint(row)));
	const lookBack = position.total === undefined ? LOOK_BACK_ROWS : OVERLAP_ROWS;
	if (position.newEnd === 'back') {
		for (const overlap of [lookBack, Math.max(MAX_PAGE_ROWS, seen.size)]) {
			const rows = await toBack(source, position.newestAt + 1 - overlap, mayGoOn);
			if (rows.whole || isBlank(position) || reachesKnown(rows.rows)) return rows;
		}
		return await fromFront(source, () => false, false, position.newEnd);
	}
	const front = await fromFront(source, (rows) => rows.length >= lookBack || !reachesKnown(rows), true);
	if (front.whole || reachesKnown(front.rows)) return front;
	const inSteps = seen.size > 0 && front.rows.length >= LEAST_STEP_ROWS;
	const climbed = inSteps ? await climb(source, position, front, seen, mayGoOn) : undefined;
	return climbed ?? (await fromFront(source, reachesKnown));
}

/**
 * From the known rows up to the front, page by page: so that a long absence is caught up with in portions, the oldest
 * first. Undefined: no known row was found.
 */
async function climb(
	source: LedgerSource,
	position: LedgerPosition,
	front: NewestRows,
	seen: Set<string>,
	mayGoOn: MayGoOn,
): Promise<NewestRows | undefined> {
	const known = new Set(seen);
	const found: Transaction[][] = [];
	const step = front.rows.length - OVERLAP_ROWS;
	let { total } = front;
	let knownAt = total !== undefined && position.total !== undefined ? total - position.total : step;
	let jump = step;
	do {
		const offset = Math.max(0, knownAt - step);
		const page = await unlessLimited(found.length > 0, pageAt(source, offset));
		if (!page) break;
		const place = page.transactions.findIndex((row) => known.has(fingerprint(row)));
		total = page.total;
		if (place >= 0) {
			// The first piece keeps the known rows, from which the others go on, without a gap.
			const rows = found.length === 0 ? page.transactions : page.transactions.slice(0, place);
			if (found.length === 0) known.clear();
			rows.forEach((row) => known.add(fingerprint(row)));
			found.unshift(rows);
			knownAt = offset;
			jump = OVERLAP_ROWS;
		} else {
			// Rows came meanwhile, or the count was not to be relied on: the known ones are further back.
			if (page.transactions.length === 0) return undefined;
			knownAt = offset + step + jump;
			jump *= 2;
		}
	} while (knownAt > 0 && mayGoOn());
	return {
		rows: found.flat(),
		newEnd: 'front',
		newestAt: 0,
		// The rows in front of the known ones are not counted yet, so that the next poll looks for them.
		total: total === undefined ? undefined : total - knownAt,
		whole: false,
		atEnd: knownAt === 0,
	};
}

/** The rows that were not seen before. What lies further in than the last one seen is old. */
function unseen({ rows, newestAt }: NewestRows, position: LedgerPosition, seen: Set<string>): Transaction[] {
	const isSeen = (row: Transaction) => seen.has(fingerprint(row));
	if (position.complete) return rows.filter((row) => !isSeen(row));
	if (isBlank(position)) return rows.slice(0, Math.max(0, newestAt - position.newestAt));
	const known = rows.findLastIndex(isSeen);
	if (known >= 0) return rows.slice(0, known).filter((row) => !isSeen(row));
	// Not one of the remembered rows is left: only the time tells.
	return rows.filter((row) => bookedAt(row) >= timeIn(position.newest ?? ''));
}

/** Whether it is known where the back of the list was, but not one of the rows there. */
function isBlank({ seen, complete, newEnd }: LedgerPosition): boolean {
	return seen === '' && !complete && newEnd === 'back';
}

/** So many rows up to the new end; all rows where all are remembered. */
async function deeper(
	source: LedgerSource,
	position: LedgerPosition,
	depth: number,
	mayGoOn: MayGoOn,
): Promise<NewestRows> {
	const enough = position.complete ? Infinity : depth;
	if (position.newEnd === 'back') return await toBack(source, position.newestAt + 1 - enough, mayGoOn);
	const read = await fromFront(source, (rows) => rows.length >= enough || !mayGoOn());
	return { ...read, atEnd: read.whole || read.rows.length >= enough };
}
