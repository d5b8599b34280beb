import {
	fromFront,
	KNOWN_ROWS_READ_AGAIN,
	LOOK_BACK_ROWS,
	toBack,
	type MayGoOn,
	type NewestRows,
} from './newestRows';
import { behind, follows, isLast, pageAt, unlessLimited, type BothEnds, type Page } from './page';
import {
	fingerprintsIn,
	firstPosition,
	knowsOffsetOnly,
	positionAfter,
	seenIn,
	UNKNOWN,
	type LedgerPosition,
} from './position';
import { MAX_PAGE_ROWS } from './reader';
import type { LedgerSource } from './source';
import type { Transaction } from '../shapes';

/** The new end of a list whose newest row comes last (see `NewEnd`). */
export class BackEnd {
	constructor(
		private readonly source: LedgerSource,
		private readonly mayGoOn: MayGoOn,
	) {}

	complete(pages: Page[]): NewestRows {
		return { ...newestFirst(pages), complete: true };
	}

	async sample({ back }: BothEnds): Promise<Transaction[]> {
		const { rows } = back ? newestFirst([back]) : await this.toBack(0);
		return rows;
	}

	async firstPosition({ front, back, limited }: BothEnds): Promise<LedgerPosition> {
		if (limited) return offsetOnly(front.total);
		if (!back) return await this.goOn({ ...UNKNOWN, newEnd: 'back', unfinished: true });
		if (!isLast(back)) {
			// Rows came meanwhile. If some were booked late, they moved old rows behind this page.
			const position = { ...firstPosition(newestFirst([back])), unfinished: true };
			const reached = await this.goOn(position);
			return reached.unfinished ? offsetOnly(back.total) : reached;
		}
		const limit = Math.min(MAX_PAGE_ROWS, front.rows.length, back.offset);
		const previous = await unlessLimited(pageAt(this.source, back.offset - limit, limit));
		return firstPosition(newestFirst(previous && follows(back, previous) ? [previous, back] : [back]));
	}

	/** Goes on with a first look that has not reached the back yet. Until then, nothing is new. */
	async goOn(position: LedgerPosition): Promise<LedgerPosition> {
		const offset = position.newestAt + 1;
		// On the smallest of plans, this page is all that a poll can ask for.
		const page = await unlessLimited(pageAt(this.source, offset));
		if (!page) return position;
		const after = page.rows.length > 0 ? positionAfter(position, newestFirst([page])) : position;
		if (isLast(page)) return { ...after, unfinished: undefined };
		const read = this.mayGoOn() ? await unlessLimited(this.toBack(offset)) : undefined;
		if (!read) return { ...after, unfinished: true };
		return { ...positionAfter(position, read), unfinished: !read.reachesNewEnd || undefined };
	}

	async readToKnown(position: LedgerPosition): Promise<NewestRows> {
		const isSeen = seenIn(position);
		const few = position.total === undefined ? LOOK_BACK_ROWS : KNOWN_ROWS_READ_AGAIN;
		const all = Math.max(MAX_PAGE_ROWS, fingerprintsIn(position).length);
		for (const lookBack of [few, all]) {
			const read = await this.toBack(position.newestAt + 1 - lookBack);
			if (read.complete || knowsOffsetOnly(position) || read.rows.some(isSeen)) return read;
		}
		return await fromFront(this.source, { isEnough: () => false, mayBeLimited: false }, 'back');
	}

	async readNewest(count: number, newestAt: number): Promise<NewestRows | undefined> {
		const read = await unlessLimited(this.toBack(newestAt + 1 - count));
		return read?.reachesNewEnd ? read : undefined;
	}

	private async toBack(offset: number): Promise<NewestRows> {
		return await toBack(this.source, offset, this.mayGoOn);
	}
}

/** Where not one row at the back is known: what comes behind this offset is new. */
function offsetOnly(total = 0): LedgerPosition {
	return firstPosition(newestFirst([{ offset: total, rows: [], total }]));
}

function newestFirst(pages: Page[]): NewestRows {
	const last = pages[pages.length - 1];
	return {
		rows: pages.flatMap(({ rows }) => rows).reverse(),
		newEnd: 'back',
		newestAt: behind(last) - 1,
		// Rows behind the last page came meanwhile: they are not counted yet.
		total: last.total === undefined ? undefined : Math.min(last.total, behind(last)),
		complete: false,
		reachesNewEnd: true,
	};
}
