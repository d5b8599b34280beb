import type { LedgerSource } from './source';
import { BackEnd } from './backEnd';
import { newEndOf } from './newEnd';
import type { MayGoOn } from './newestRows';
import { bookedAt } from './order';
import { behind, follows, isLast, pageAt, unlessLimited, type BothEnds, type End, type Page } from './page';
import { firstPosition, type LedgerPosition } from './position';
import { idOf, type Transaction } from '../shapes';

const always: MayGoOn = () => true;

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
	const ends = await bothEnds(source, (newEnd) => newEnd !== undefined);
	const newEnd = newEndOf(ends.newEnd ?? 'front', source, mayGoOn);
	return ends.complete ? firstPosition(newEnd.complete(pagesOf(ends))) : await newEnd.firstPosition(ends);
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
	const ends = await bothEnds(source, (newEnd) => newEnd === 'front');
	const newEnd = newEndOf(ends.newEnd ?? 'front', source, always);
	const rows = ends.complete ? newEnd.complete(pagesOf(ends)).rows : await newEnd.sample(ends);
	return rows.find(isWanted);
}

/** @param isEnough whether the front page is enough where the rate limit ends the look, by the new end that it tells */
async function bothEnds(
	source: LedgerSource,
	isEnough: (newEnd: End | undefined) => boolean,
): Promise<BothEnds> {
	const front = await pageAt(source, 0);
	const { rows, total } = front;
	const frontOnly = { front, newEnd: newerEnd(front, front), complete: isLast(front), limited: false };
	if (frontOnly.complete || total === undefined || rows.length === 0) return frontOnly;
	// By as many rows as the server puts into a page. Never into the front page: the two may be all that there is.
	const offset = Math.max(rows.length, total - rows.length);
	const mayBeLimited = total <= rows.length || isEnough(frontOnly.newEnd);
	const back = await unlessLimited(pageAt(source, offset), mayBeLimited);
	if (!back) return { ...frontOnly, limited: total > rows.length };
	const complete = follows(back, front) && isLast(back);
	if (!complete && !isBack(back, front)) return frontOnly;
	return { front, back, newEnd: newerEnd(front, back) ?? 'front', complete, limited: false };
}

function pagesOf({ front, back }: BothEnds): Page[] {
	return back ? [front, back] : [front];
}

/** Where the rows are newer: in the first row of the one page, or in the last one of the other. */
function newerEnd(front: Page, back: Page): End | undefined {
	const firstRow = front.rows.at(0);
	const lastRow = back.rows.at(-1) ?? front.rows.at(-1);
	const rise = firstRow && lastRow ? bookedAt(lastRow) - bookedAt(firstRow) : 0;
	if (rise > 0) return 'back';
	return rise < 0 ? 'front' : undefined;
}

/** Whether a page is the last one, as the count says. A server may count wrongly, or ignore the offset. */
function isBack(page: Page, front: Page): boolean {
	if (page.rows.length === 0 || idOf(page.rows[0]) === idOf(front.rows[0])) return false;
	const rowsCameMeanwhile = page.total !== front.total && behind(page) === front.total;
	return isLast(page) || rowsCameMeanwhile;
}
