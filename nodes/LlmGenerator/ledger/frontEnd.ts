import { catchUp } from './catchUp';
import { fromFront, newestFirst, type MayGoOn, type NewestRows } from './newestRows';
import { behind } from '../paging/page';
import { follows, pageAt, type BothEnds } from './page';
import { firstPosition, knownIn, knownRowsToRead, MAX_KNOWN_ROWS, type LedgerPosition } from './position';
import type { LedgerSource } from './source';
import type { Transaction } from '../shapes';
import { unlessLimited } from '../transport/unlessLimited';

/** A list whose newest row comes first (see `NewEnd`). */
export class FrontEnd {
	constructor(
		private readonly source: LedgerSource,
		private readonly mayGoOn: MayGoOn,
	) {}

	async firstPosition({ front, back, limited, newEnd }: BothEnds): Promise<LedgerPosition> {
		const frontOnly = newestFirst('front', [front]);
		if (limited) return firstPosition(frontOnly);
		if (back) {
			const next = await unlessLimited(pageAt(this.source, behind(front)));
			return firstPosition(next && follows(next, front) ? newestFirst('front', [front, next]) : frontOnly);
		}
		const isEnough = (rows: Transaction[]) => rows.length >= MAX_KNOWN_ROWS || !this.mayGoOn();
		// The first page is only enough if it tells at which end rows are newer.
		const mayBeLimited = newEnd !== undefined;
		const read = await unlessLimited(fromFront(this.source, isEnough, mayBeLimited), mayBeLimited);
		return firstPosition(read ?? frontOnly);
	}

	sample({ front }: BothEnds): Promise<Transaction[]> {
		return Promise.resolve(front.rows);
	}

	async readToKnown(position: LedgerPosition): Promise<NewestRows> {
		const isKnown = knownIn(position);
		const fewRows = knownRowsToRead(position);
		const isEnough = (rows: Transaction[]) => rows.length >= fewRows || !rows.some(isKnown);
		const front = await fromFront(this.source, isEnough, true);
		if (front.complete || front.rows.some(isKnown)) return front;
		const caughtUp = await catchUp(this.source, position, front, this.mayGoOn);
		return caughtUp ?? (await fromFront(this.source, (rows) => rows.some(isKnown)));
	}

	async readNewest(count: number): Promise<NewestRows | undefined> {
		const isEnough = (rows: Transaction[]) => rows.length >= count || !this.mayGoOn();
		const read = await unlessLimited(fromFront(this.source, isEnough));
		return read && (read.complete || read.rows.length >= count) ? read : undefined;
	}
}
