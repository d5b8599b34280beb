import type { NewestRows } from './newestRows';
import { timeIn } from './order';
import { idOf, type Transaction } from '../shapes';

/** How many of the newest rows are remembered: a row that is booked late is noticed up to this far back. */
export const REMEMBERED_ROWS = 500;
const FINGERPRINT_LENGTH = 8;

/** Where the ledger stood. Plain data, at most about 4 kB (16 kB while a poll has left something over), to be kept between polls. */
export type LedgerPosition = {
	/** Fingerprints of the newest rows, from the new end of the list inward, without separators. */
	seen: string;
	/** Whether they are all the rows that there were. */
	complete: boolean;
	/** The end of the list at which new rows appear. */
	newEnd: 'front' | 'back';
	/** The offset of the newest row. */
	newestAt: number;
	/** When the newest row was booked, as the API sent it. */
	newest?: string;
	/** How many rows there were, by the API's count. */
	total?: number;
	/** The newest row is still to be found: nothing is new before. */
	unfinished?: boolean;
};

/** Where the ledger stands after rows were read that go on from `position`. */
export function positionAfter(
	position: LedgerPosition,
	newestRows: NewestRows,
	remembered = REMEMBERED_ROWS,
): LedgerPosition {
	const { rows, newEnd, newestAt, total, whole } = newestRows;
	const read = new Set(rows.map(fingerprint));
	const known = stillThere(position, newestRows);
	// Only of rows that were cut off does anything known lie beyond.
	const place = known.findIndex((print) => read.has(print));
	const beyond = known.slice(0, Math.max(0, place));
	const all = [...new Set([...beyond, ...read, ...known])];
	const times = [position.newest, ...rows.map(({ createdAt }) => createdAt)].filter(Boolean);
	return {
		seen: all.slice(0, remembered).join(''),
		complete: (whole || position.complete) && all.length <= remembered,
		newEnd,
		newestAt,
		newest: times.reduce((a, b) => (timeIn(b!) > timeIn(a!) ? b : a), times[0]),
		total,
	};
}

/** The remembered rows without those that are missing where they should be. */
export function stillThere(position: LedgerPosition, { rows, atEnd }: NewestRows): string[] {
	const present = new Set(rows.map(fingerprint));
	const remembered = fingerprintsIn(position);
	const isPresent = (print: string) => present.has(print);
	const innermost = remembered.findLastIndex(isPresent);
	// Rows that were cut off say nothing of what lies beyond it.
	const outermost = atEnd ? 0 : remembered.findIndex(isPresent);
	return remembered.filter((print, place) => place < outermost || place > innermost || isPresent(print));
}

/** What is remembered, from the new end inward. */
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
