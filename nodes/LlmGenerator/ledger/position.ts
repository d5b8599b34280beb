import type { NewestRows } from './newestRows';
import { timeIn, type End } from './order';
import { fingerprint as fingerprintOf } from '../fingerprint';
import { idOf, type Transaction } from '../shapes';

/** How many of the newest rows are kept as known: a row that is booked late is noticed up to this far back. */
export const MAX_KNOWN_ROWS = 500;
/** Known rows that a poll reads again, so that a few that came or went do not hide where the new ones begin. */
export const KNOWN_ROWS_TO_READ = 20;
/** As many where the API does not count: nothing else would tell that a row was booked late. */
const KNOWN_ROWS_TO_READ_UNCOUNTED = 150;
const FINGERPRINT_LENGTH = 8;

/**
 * Where the ledger stood. Plain data, at most about 4 kB (16 kB while a poll has left something over), kept between
 * polls. n8n's database has it from earlier versions: the names stay.
 */
export type LedgerPosition = {
	/** Fingerprints of the known rows, newest first, without separators. */
	seen: string;
	/** Whether they are all the rows that there were. */
	complete: boolean;
	/** The end of the list at which new rows appear. */
	newEnd: End;
	/** The offset of the newest row. */
	newestAt: number;
	/** When the newest row was booked, as the API sent it. */
	newest?: string;
	/** How many rows there were, by the API's count. */
	total?: number;
	/** The back of the list, where new rows appear, was not reached yet: until then nothing is new. */
	unfinished?: boolean;
};

/** Before anything was read. */
export const NOTHING_READ: LedgerPosition = { seen: '', complete: false, newEnd: 'front', newestAt: -1 };

/** Where the ledger stands, by the first rows that were read of it. */
export function firstPosition(read: NewestRows): LedgerPosition {
	return positionAfter(NOTHING_READ, read);
}

/** Where the ledger stands after rows were read that go on from `position`. */
export function positionAfter(
	position: LedgerPosition,
	read: NewestRows,
	maxKnownRows = MAX_KNOWN_ROWS,
): LedgerPosition {
	const { rows, newEnd, newestAt, total } = read;
	const present = new Set(rows.map(fingerprint));
	const known = stillThere(position, read);
	// Known rows are newer than those that were read only where reading was cut off.
	const newestPresent = known.findIndex((print) => present.has(print));
	const newer = known.slice(0, Math.max(0, newestPresent));
	const all = [...new Set([...newer, ...present, ...known])];
	const times = [position.newest, ...rows.map(({ createdAt }) => createdAt)].filter(Boolean);
	return {
		seen: all.slice(0, maxKnownRows).join(''),
		complete: (read.complete || position.complete) && all.length <= maxKnownRows,
		newEnd,
		newestAt,
		newest: times.reduce((a, b) => (timeIn(b!) > timeIn(a!) ? b : a), times[0]),
		total,
	};
}

/** The known rows' fingerprints, without those of rows that are missing among the rows that were read. */
export function stillThere(position: LedgerPosition, { rows, reachesNewEnd }: NewestRows): string[] {
	const present = new Set(rows.map(fingerprint));
	const known = fingerprintsIn(position);
	const isPresent = (print: string) => present.has(print);
	const oldest = known.findLastIndex(isPresent);
	// Rows that were cut off say nothing about newer ones.
	const newest = reachesNewEnd ? 0 : known.findIndex(isPresent);
	return known.filter((print, place) => place < newest || place > oldest || isPresent(print));
}

/** Tells whether a row is known. */
export function knownIn(position: LedgerPosition): (row: Transaction) => boolean {
	const known = new Set(fingerprintsIn(position));
	return (row) => known.has(fingerprint(row));
}

/** How many of the known rows a poll reads again. */
export function knownRowsToRead({ total }: LedgerPosition): number {
	return total === undefined ? KNOWN_ROWS_TO_READ_UNCOUNTED : KNOWN_ROWS_TO_READ;
}

/** Whether not one row is known, only the offset at which the list ended. */
export function knowsOffsetOnly({ seen, complete }: LedgerPosition): boolean {
	return seen === '' && !complete;
}

/** The known rows' fingerprints, newest first. */
export function fingerprintsIn({ seen }: LedgerPosition): string[] {
	return seen.match(new RegExp(`.{${FINGERPRINT_LENGTH}}`, 'g')) ?? [];
}

const fingerprints = new WeakMap<Transaction, string>();

/** A row by its ID. Computed once for each row, because a poll needs it half a dozen times. */
export function fingerprint(row: Transaction): string {
	let known = fingerprints.get(row);
	if (known === undefined) fingerprints.set(row, (known = fingerprintOf(idOf(row))));
	return known;
}
