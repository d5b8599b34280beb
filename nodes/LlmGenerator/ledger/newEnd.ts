import { BackEnd } from './backEnd';
import { FrontEnd } from './frontEnd';
import type { MayGoOn, NewestRows } from './newestRows';
import type { End } from './order';
import type { BothEnds } from './page';
import type { LedgerPosition } from './position';
import type { LedgerSource } from './source';
import type { Transaction } from '../shapes';

/**
 * How a list is read from the end at which new rows appear. The API does not document which end that is, so either is
 * read; everything above gets rows newest first.
 */
export interface NewEnd {
	/** Where the ledger stands, by the rows that one more request adds to both ends. */
	firstPosition(ends: BothEnds): Promise<LedgerPosition>;
	/** The newest rows that a manual test chooses from, newest first. */
	sample(ends: BothEnds): Promise<Transaction[]>;
	/** The newest rows, down to one that is known. Where time runs out, those next to the known ones. */
	readToKnown(position: LedgerPosition): Promise<NewestRows>;
	/** So many of the newest rows, or all. Undefined: there was no time for them. */
	readNewest(count: number, newestAt: number): Promise<NewestRows | undefined>;
}

export function newEndOf(end: End, source: LedgerSource, mayGoOn: MayGoOn): NewEnd {
	return end === 'front' ? new FrontEnd(source, mayGoOn) : new BackEnd(source, mayGoOn);
}
