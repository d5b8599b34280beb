import type { MayGoOn, NewestRows } from './newestRows';
import { pageAt } from './page';
import { fingerprint, fingerprintsIn, KNOWN_ROWS_TO_READ, type LedgerPosition } from './position';
import type { LedgerSource } from './source';
import type { Transaction } from '../shapes';
import { unlessLimited } from '../transport/unlessLimited';

/**
 * The new rows after a long absence, where the newest row of the list comes first: read from the known rows towards the
 * front, page by page. So the oldest come first, and where time runs out, the next poll goes on from there.
 *
 * @param front the rows at the front, not one of them known: as many as the server puts into a page
 * @returns undefined if no known row was found
 */
export async function catchUp(
	source: LedgerSource,
	position: LedgerPosition,
	front: NewestRows,
	mayGoOn: MayGoOn,
): Promise<NewestRows | undefined> {
	const overlap = Math.min(KNOWN_ROWS_TO_READ, Math.floor(front.rows.length / 2));
	const step = front.rows.length - overlap;
	const known = new Set(fingerprintsIn(position));
	if (known.size === 0 || overlap === 0) return undefined;
	/** Without a gap in between, newest first. */
	const found: Transaction[][] = [];
	let { total } = front;
	let knownAt = total !== undefined && position.total !== undefined ? total - position.total : step;
	let stepBack = step;
	do {
		const offset = Math.max(0, knownAt - step);
		const page = await unlessLimited(pageAt(source, offset), found.length > 0);
		if (!page) break;
		total = page.total;
		const place = page.rows.findIndex((row) => known.has(fingerprint(row)));
		if (place >= 0) {
			// The first page keeps its known rows; each further one is joined to the rows that were found.
			const rows = found.length === 0 ? page.rows : page.rows.slice(0, place);
			if (found.length === 0) known.clear();
			for (const row of rows) known.add(fingerprint(row));
			found.unshift(rows);
			knownAt = offset;
			stepBack = overlap;
		} else {
			// Rows came meanwhile, or the count was wrong: the known ones are further back.
			if (page.rows.length === 0) return undefined;
			knownAt = offset + step + stepBack;
			stepBack *= 2;
		}
	} while (knownAt > 0 && mayGoOn());
	return readUpTo(knownAt, found.flat(), total);
}

/** @param offset that of the first row: the rows in front of it are not counted yet, so that the next poll looks for them */
function readUpTo(offset: number, rows: Transaction[], total?: number): NewestRows {
	const counted = total === undefined ? undefined : total - offset;
	return { rows, newEnd: 'front', newestAt: 0, total: counted, complete: false, reachesNewEnd: offset === 0 };
}
