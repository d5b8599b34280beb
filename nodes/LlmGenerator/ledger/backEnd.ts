import { fromFront, newestFirst, toBack, type MayGoOn, type NewestRows } from './newestRows';
import { follows, isLast, pageAt, type BothEnds, type LedgerPage } from './page';
import {
	fingerprintsIn,
	firstPosition,
	knownIn,
	knownRowsToRead,
	knowsOffsetOnly,
	NOTHING_READ,
	positionAfter,
	type LedgerPosition,
} from './position';
import { MAX_PAGE_ROWS } from '../paging/source';
import type { LedgerSource } from './source';
import type { Transaction } from '../shapes';
import { unlessLimited } from '../transport/unlessLimited';

/** A list whose newest row comes last (see `NewEnd`). */
export class BackEnd {
	constructor(
		private readonly source: LedgerSource,
		private readonly mayGoOn: MayGoOn,
	) {}

	async firstPosition({ front, back, limited }: BothEnds): Promise<LedgerPosition> {
		if (limited) return offsetOnly(front);
		if (!back) return await this.goOn({ ...NOTHING_READ, newEnd: 'back', unfinished: true });
		if (!isLast(back)) {
			// Rows came meanwhile. If some were booked late, they moved old rows behind this page.
			const position = firstPosition(newestFirst('back', [back]));
			const reached = await this.goOn({ ...position, unfinished: true });
			return reached.unfinished ? offsetOnly(back) : reached;
		}
		const limit = Math.min(MAX_PAGE_ROWS, front.rows.length, back.offset);
		const previous = await unlessLimited(pageAt(this.source, back.offset - limit, limit));
		const pages = previous && follows(back, previous) ? [previous, back] : [back];
		return firstPosition(newestFirst('back', pages));
	}

	/** Goes on with a first look that has not reached the back yet. Until then, nothing is new. */
	async goOn(position: LedgerPosition): Promise<LedgerPosition> {
		const offset = position.newestAt + 1;
		// On the smallest of plans, this page is all that a poll can ask for.
		const page = await unlessLimited(pageAt(this.source, offset));
		if (!page) return position;
		const after = page.rows.length > 0 ? positionAfter(position, newestFirst('back', [page])) : position;
		if (isLast(page)) return { ...after, unfinished: undefined };
		const read = this.mayGoOn() ? await unlessLimited(this.toBack(offset)) : undefined;
		if (!read) return { ...after, unfinished: true };
		return { ...positionAfter(position, read), unfinished: !read.reachesNewEnd || undefined };
	}

	async sample({ back }: BothEnds): Promise<Transaction[]> {
		const { rows } = back ? newestFirst('back', [back]) : await this.toBack(0);
		return rows;
	}

	async readToKnown(position: LedgerPosition): Promise<NewestRows> {
		const isKnown = knownIn(position);
		const allRows = Math.max(MAX_PAGE_ROWS, fingerprintsIn(position).length);
		for (const rowsBack of [knownRowsToRead(position), allRows]) {
			const read = await this.toBack(position.newestAt + 1 - rowsBack);
			if (read.complete || knowsOffsetOnly(position) || read.rows.some(isKnown)) return read;
		}
		return await fromFront(this.source, () => false, false, 'back');
	}

	async readNewest(count: number, newestAt: number): Promise<NewestRows | undefined> {
		const read = await unlessLimited(this.toBack(newestAt + 1 - count));
		return read?.reachesNewEnd ? read : undefined;
	}

	private async toBack(offset: number): Promise<NewestRows> {
		return await toBack(this.source, offset, this.mayGoOn);
	}
}

/** Where not one row at the back is known: what comes behind the rows that were counted is new. */
function offsetOnly({ total = 0 }: LedgerPage): LedgerPosition {
	return firstPosition(newestFirst('back', [{ offset: total, rows: [], total }]));
}
