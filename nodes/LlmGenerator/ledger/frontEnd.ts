import { catchUp } from './catchUp';
import {
	fromFront,
	KNOWN_ROWS_READ_AGAIN,
	LOOK_BACK_ROWS,
	type MayGoOn,
	type NewestRows,
} from './newestRows';
import { behind, follows, pageAt, unlessLimited, type BothEnds, type Page } from './page';
import { firstPosition, REMEMBERED_ROWS, seenIn, type LedgerPosition } from './position';
import type { LedgerSource } from './source';
import type { Transaction } from '../shapes';

/** The new end of a list whose newest row comes first (see `NewEnd`). */
export class FrontEnd {
	constructor(
		private readonly source: LedgerSource,
		private readonly mayGoOn: MayGoOn,
	) {}

	complete(pages: Page[]): NewestRows {
		return { ...newestFirst(pages), complete: true };
	}

	sample({ front }: BothEnds): Promise<Transaction[]> {
		return Promise.resolve(front.rows);
	}

	async firstPosition({ front, back, limited, newEnd }: BothEnds): Promise<LedgerPosition> {
		if (limited) return firstPosition(newestFirst([front]));
		if (back) {
			const next = await unlessLimited(pageAt(this.source, behind(front)));
			return firstPosition(newestFirst(next && follows(next, front) ? [front, next] : [front]));
		}
		const isEnough = (rows: Transaction[]) => rows.length >= REMEMBERED_ROWS || !this.mayGoOn();
		// The first page is only enough if it tells at which end rows are newer.
		const mayBeLimited = newEnd !== undefined;
		const read = await unlessLimited(fromFront(this.source, { isEnough, mayBeLimited }), mayBeLimited);
		return firstPosition(read ?? newestFirst([front]));
	}

	async readToKnown(position: LedgerPosition): Promise<NewestRows> {
		const isSeen = seenIn(position);
		const lookBack = position.total === undefined ? LOOK_BACK_ROWS : KNOWN_ROWS_READ_AGAIN;
		const front = await fromFront(this.source, {
			isEnough: (rows) => rows.length >= lookBack || !rows.some(isSeen),
			mayBeLimited: true,
		});
		if (front.complete || front.rows.some(isSeen)) return front;
		const caughtUp = await catchUp(this.source, position, front, this.mayGoOn);
		return caughtUp ?? (await this.readUntil((rows) => rows.some(isSeen)));
	}

	async readNewest(count: number): Promise<NewestRows | undefined> {
		const read = await unlessLimited(this.readUntil((rows) => rows.length >= count || !this.mayGoOn()));
		return read && (read.complete || read.rows.length >= count) ? read : undefined;
	}

	private async readUntil(isEnough: (rows: Transaction[]) => boolean): Promise<NewestRows> {
		return await fromFront(this.source, { isEnough, mayBeLimited: false });
	}
}

function newestFirst(pages: Page[]): NewestRows {
	return {
		rows: pages.flatMap(({ rows }) => rows),
		newEnd: 'front',
		newestAt: 0,
		total: pages[0].total,
		complete: false,
		reachesNewEnd: true,
	};
}
