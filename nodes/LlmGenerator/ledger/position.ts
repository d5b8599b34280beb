import type { NewestRows } from './newestRows';
import { timeIn } from './order';
import type { End } from './page';
import { idOf, type Transaction } from '../shapes';

/** How many of the newest rows are remembered: a row that is booked late is noticed up to this far back. */
export const REMEMBERED_ROWS = 500;
const FINGERPRINT_LENGTH = 8;

/**
 * Where the ledger stood. Plain data, at most about 4 kB (16 kB while a poll has left something over), kept between
 * polls. n8n's database has it from earlier versions: the names stay.
 */
export type LedgerPosition = {
	/** Fingerprints of the newest rows, newest first, without separators. */
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
export const UNKNOWN: LedgerPosition = { seen: '', complete: false, newEnd: 'front', newestAt: -1 };

/** Where the ledger stands, by the first rows that were read of it. */
export function firstPosition(read: NewestRows): LedgerPosition {
	return positionAfter(UNKNOWN, read);
}

/** Where the ledger stands after rows were read that go on from `position`. */
export function positionAfter(
	position: LedgerPosition,
	read: NewestRows,
	remembered = REMEMBERED_ROWS,
): LedgerPosition {
	const { rows, newEnd, newestAt, total } = read;
	const present = new Set(rows.map(fingerprint));
	const known = stillThere(position, read);
	// Known rows are newer than those that were read only where reading was cut off.
	const newer = known.slice(
		0,
		Math.max(
			0,
			known.findIndex((print) => present.has(print)),
		),
	);
	const all = [...new Set([...newer, ...present, ...known])];
	const times = [position.newest, ...rows.map(({ createdAt }) => createdAt)].filter(Boolean);
	return {
		seen: all.slice(0, remembered).join(''),
		complete: (read.complete || position.complete) && all.length <= remembered,
		newEnd,
		newestAt,
		newest: times.reduce((a, b) => (timeIn(b!) > timeIn(a!) ? b : a), times[0]),
		total,
	};
}

/** The fingerprints that are remembered, without those of rows that are missing among the rows that were read. */
export function stillThere(position: LedgerPosition, { rows, reachesNewEnd }: NewestRows): string[] {
	const present = new Set(rows.map(fingerprint));
	const remembered = fingerprintsIn(position);
	const isPresent = (print: string) => present.has(print);
	const oldest = remembered.findLastIndex(isPresent);
	// Rows that were cut off say nothing about newer ones.
	const newest = reachesNewEnd ? 0 : remembered.findIndex(isPresent);
	return remembered.filter((print, place) => place < newest || place > oldest || isPresent(print));
}

/** Tells whether a row is remembered. */
export function seenIn(position: LedgerPosition): (row: Transaction) => boolean {
	const seen = new Set(fingerprintsIn(position));
	return (row) => seen.has(fingerprint(row));
}

/** Whether not one row is known, only the offset at which the list ended. */
export function knowsOffsetOnly({ seen, complete }: LedgerPosition): boolean {
	return seen === '' && !complete;
}

/** What is remembered, newest first. */
export function fingerprintsIn({ seen }: LedgerPosition): string[] {
	return seen.match(new RegExp(`.{${FINGERPRINT_LENGTH}}`, 'g')) ?? [];
}

/** An ID in eight characters: two 32-bit FNV-1a hashes with different multipliers, 41 bits of them kept. */
export function fingerprint(row: Transaction): string {
	const id = idOf(row);
	let [a, b] = [0x811c9dc5, 0xc2b2ae35];
	for (let i = 0; i < id.length; i++) {
		const code = id.charCodeAt(i);
		a = Math.imul(a ^ code, 0x01000193);
		b = Math.imul(b ^ code, 0x85ebca6b);
	}
	const text = (hash: number) => (hash >>> 0).toString(36).padStart(7, '0').slice(-4);
	return text(a) + text(b);
}
