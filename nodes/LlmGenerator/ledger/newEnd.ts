import { BackEnd } from './backEnd';
import { FrontEnd } from './frontEnd';
import type { MayGoOn, NewestRows } from './newestRows';
import type { BothEnds, End, Page } from './page';
import type { LedgerPosition } from './position';
import type { LedgerSource } from './source';
import type { Transaction } from '../shapes';

/**
 * The end of the list at which new rows appear. The API does not document which one that is, so either is read here, and
 * everything above sees rows newest first, wherever they lie in the list.
 */
export interface NewEnd {
	/** All rows of a list, from its pages in the order of the list. */
	complete(pages: Page[]): NewestRows;
	/** Where the ledger stands, by as many of the newest rows as one more request tells. */
	firstPosition(ends: BothEnds): Promise<LedgerPosition>;
	/** The newest rows for a sample, newest first. */
	sample(ends: BothEnds): Promise<Transaction[]>;
	/** The newest rows, with at least one that is known; where time runs out, the rows next to the known ones. */
	readToKnown(position: LedgerPosition): Promise<NewestRows>;
	/** So many of the newest rows, or more. Undefined: there was no time for all of them. */
	readNewest(count: number, newestAt: number): Promise<NewestRows | undefined>;
}

export function newEndOf(end: End, source: LedgerSource, mayGoOn: MayGoOn): NewEnd {
	return end === 'front' ? new FrontEnd(source, mayGoOn) : new BackEnd(source, mayGoOn);
}
