import type { LedgerSource } from './source';
import { BackEnd } from './backEnd';
import { newEndOf } from './newEnd';
import { always, newestFirst, type MayGoOn, type NewestRows } from './newestRows';
import { newerEnd } from './order';
import { behind } from '../paging/page';
import { follows, isLast, pageAt, type BothEnds, type LedgerPage } from './page';
import { firstPosition, type LedgerPosition } from './position';
import { idOf, type Transaction } from '../shapes';
import { unlessLimited } from '../transport/unlessLimited';

/**
 * Where the ledger stands now: three requests where the API says how many rows there are. If the rate limit ends it after
 * the first, what was read is kept.
 *
 * @param unfinished what an earlier call returned with that mark
 * @throws NodeApiError if a request fails, unless the rate limit ended a later one and the new end is known
 */
export async function currentPosition(
	source: LedgerSource,
	mayGoOn: MayGoOn = always,
	unfinished?: LedgerPosition,
): Promise<LedgerPosition> {
	// It takes more than one look only where the newest row comes last.
	if (unfinished) return await new BackEnd(source, mayGoOn).goOn(unfinished);
	const ends = await bothEnds(source);
	if (ends.complete) return firstPosition(allRows(ends));
	return await newEndOf(ends.newEnd ?? 'front', source, mayGoOn).firstPosition(ends);
}

/**
 * The newest row of those that are wanted, among the newest 100: two requests where the API says how many rows there are;
 * else as near to the new end as the rate limit allows.
 *
 * @throws NodeApiError if a request fails that is needed for it
 */
export async function newestRow(
	source: LedgerSource,
	isWanted: (row: Transaction) => boolean,
): Promise<Transaction | undefined> {
	const ends = await bothEnds(source);
	const newEnd = newEndOf(ends.newEnd ?? 'front', source, always);
	const rows = ends.complete ? allRows(ends).rows : await newEnd.sample(ends);
	return rows.find(isWanted);
}

async function bothEnds(source: LedgerSource): Promise<BothEnds> {
	const front = await pageAt(source, 0);
	const { rows, total } = front;
	const frontOnly = {
		front,
		newEnd: newerEnd(rows.at(0), rows.at(-1)),
		complete: isLast(front),
		limited: false,
	};
	if (frontOnly.complete || total === undefined || rows.length === 0) return frontOnly;
	// By as many rows as the server puts into a page. Never into the front page: the two may be all that there is.
	const offset = Math.max(rows.length, total - rows.length);
	// Without it, the front page is only enough if that tells at which end rows are newer.
	const mayBeLimited = total <= rows.length || frontOnly.newEnd !== undefined;
	const back = await unlessLimited(pageAt(source, offset), mayBeLimited);
	if (!back) return { ...frontOnly, limited: total > rows.length };
	const complete = follows(back, front) && isLast(back);
	if (!complete && !isBack(back, front)) return frontOnly;
	const newEnd = newerEnd(rows[0], back.rows.at(-1) ?? rows.at(-1));
	return { front, back, newEnd, complete, limited: false };
}

function allRows({ front, back, newEnd = 'front' }: BothEnds): NewestRows {
	return newestFirst(newEnd, back ? [front, back] : [front], true);
}

/** Whether a page is the last one, as the count says. A server may count wrongly, or ignore the offset. */
function isBack(page: LedgerPage, front: LedgerPage): boolean {
	if (page.rows.length === 0 || idOf(page.rows[0]) === idOf(front.rows[0])) return false;
	// Rows came meanwhile, and the page has none or only some of them.
	const reachesFirstCount = behind(page) >= (front.total ?? 0) && behind(page) < (page.total ?? 0);
	return isLast(page) || reachesFirstCount;
}
