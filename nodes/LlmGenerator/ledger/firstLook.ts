import type { LedgerSource } from './source';
import { positionAfter, REMEMBERED_ROWS, type LedgerPosition } from './position';
import { MAX_PAGE_ROWS } from './reader';
import {
	always,
	fromFront,
	onlyLimit,
	pageAt,
	toBack,
	unlessLimited,
	type MayGoOn,
	type NewestRows,
} from './newestRows';
import { bookedAt } from './order';
import { idOf, type HistoryPage, type Transaction } from '../shapes';

type End = 'front' | 'back';

interface Page extends HistoryPage {
	offset: number;
}

/** What the first and the last page say. */
interface BothEnds {
	/** The pages at both ends; only the front one where it is all, where no `total` leads to the back, or the limit ended it. */
	pages: Page[];
	/** The end at which new rows appear; undefined: the pages do not tell. */
	newEnd?: End;
	/** Whether the pages are the whole list. */
	whole: boolean;
	/** The rate limit that ended the look before the last page. */
	limit?: Error;
}

const NOWHERE: LedgerPosition = { seen: '', complete: false, newEnd: 'front', newestAt: -1 };

/**
 * Where the ledger stands now: three requests where the API says how many rows there are. A rate limit after the first
 * keeps what was read.
 *
 * @param unfinished what an earlier call returned with that mark
 * @throws NodeApiError if a request fails, unless the rate limit ended a later one and the new end is known
 */
export async function currentPosition(
	source: LedgerSource,
	mayGoOn: MayGoOn = always,
	unfinished?: LedgerPosition,
): Promise<LedgerPosition> {
	if (unfinished) return await furtherBack(source, unfinished, mayGoOn);
	const { pages, newEnd, whole, limit } = await bothEnds(source);
	const [front, back] = pages;
	if (limit && !newEnd) throw limit;
	if (whole) return first(newestRows(pages, newEnd));
	if (limit) return first(newestRows([newEnd === 'back' ? emptyPage(front.total) : front], newEnd));
	if (back) return first(newestRows(await besideNewEnd(source, front, back, newEnd), newEnd));
	// The API does not say how many rows there are, or not rightly.
	if (newEnd === 'back') {
		const nothingRead = { ...NOWHERE, newEnd, unfinished: true };
		return await furtherBack(source, nothingRead, mayGoOn);
	}
	const isEnough = (rows: Transaction[]) => rows.length >= REMEMBERED_ROWS || !mayGoOn();
	const read = await unlessLimited(newEnd !== undefined, fromFront(source, isEnough, newEnd !== undefined));
	return first(read ?? newestRows([front], newEnd));
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
	const { pages, newEnd, whole, limit } = await bothEnds(source);
	if (limit && newEnd !== 'front') throw limit;
	const [front, back] = pages;
	if (whole) return newestRows(pages, newEnd).rows.find(isWanted);
	if (newEnd !== 'back') return front.transactions.find(isWanted);
	return (back ? newestRows([back], newEnd) : await toBack(source, 0)).rows.find(isWanted);
}

async function bothEnds(source: LedgerSource): Promise<BothEnds> {
	const front = { ...(await pageAt(source, 0)), offset: 0 };
	const alone = { pages: [front], newEnd: newerEnd(front, front), whole: isWhole([front]) };
	const { total, transactions } = front;
	if (alone.whole || total === undefined || transactions.length === 0) return alone;
	// By as many rows as the server puts into a page. Never into the front page: the two may be all that there is.
	const offset = Math.max(transactions.length, total - transactions.length);
	const answer = await pageAt(source, offset).catch(onlyLimit);
	if (answer instanceof Error) return total > transactions.length ? { ...alone, limit: answer } : alone;
	const back = { ...answer, offset };
	const pages = [front, back];
	if (isWhole(pages)) return { pages, newEnd: newerEnd(front, back), whole: true };
	return isBack(back, front) ? { pages, newEnd: newerEnd(front, back) ?? 'front', whole: false } : alone;
}

/** The pages at the new end, in the list's order: two that lie side by side, unless the list moved or the limit came. */
async function besideNewEnd(source: LedgerSource, front: Page, back: Page, newEnd?: End): Promise<Page[]> {
	const pageRows = Math.min(MAX_PAGE_ROWS, front.transactions.length);
	const more = async (offset: number, limit: number): Promise<Page | undefined> => {
		const page = await unlessLimited(true, pageAt(source, offset, limit));
		return page && { ...page, offset };
	};
	if (newEnd !== 'back') {
		const next = back.total === front.total ? await more(behind(front), pageRows) : undefined;
		return next && follows(next, front) ? [front, next] : [front];
	}
	const { total } = back;
	if (total !== undefined && behind(back) < total) {
		// Rows came meanwhile. Were they booked late, the newest row of all was not in the page.
		const again = await more(total - pageRows, pageRows);
		return [again && behind(again) >= total ? again : emptyPage(total)];
	}
	const offset = Math.max(0, back.offset - pageRows);
	const previous = await more(offset, back.offset - offset);
	return previous && follows(back, previous) ? [previous, back] : [back];
}

/** Where nothing at the back is known but its offset: what comes behind that is new. */
function emptyPage(total = 0): Page {
	return { offset: total, transactions: [], total };
}

/** Reads on towards the back, where no `total` says how far it is. Until it is reached, nothing is new. */
async function furtherBack(
	source: LedgerSource,
	position: LedgerPosition,
	mayGoOn: MayGoOn,
): Promise<LedgerPosition> {
	const offset = position.newestAt + 1;
	let reached = position;
	if (offset > 0) {
		// On the smallest of plans it is all that a poll can ask: an empty page says that the back was reached.
		const page = await unlessLimited(true, pageAt(source, offset));
		if (page?.transactions.length === 0 && !page.hasMore) return { ...position, unfinished: undefined };
		if (!page?.transactions.length) return position;
		reached = { ...positionAfter(position, newestRows([{ ...page, offset }], 'back')), unfinished: true };
	}
	const read = mayGoOn() && (await unlessLimited(true, toBack(source, offset, mayGoOn)));
	return read ? { ...positionAfter(position, read), unfinished: !read.atEnd || undefined } : reached;
}

function first(rows: NewestRows): LedgerPosition {
	return positionAfter(NOWHERE, rows);
}

/** `pages`: side by side, in the list's order. */
function newestRows(pages: Page[], newEnd: End = 'front'): NewestRows {
	const rows = pages.flatMap(({ transactions }) => transactions);
	const last = pages[pages.length - 1];
	const grows = newEnd === 'back';
	return {
		rows: grows ? rows.reverse() : rows,
		newEnd,
		newestAt: grows ? behind(last) - 1 : 0,
		// Rows that the page did not reach came meanwhile: they are not counted yet.
		total: grows && last.total !== undefined ? Math.min(last.total, behind(last)) : pages[0].total,
		whole: isWhole(pages),
		atEnd: true,
	};
}

/** Where the rows are newer: in the first row of the one page, or in the last one of the other. */
function newerEnd(front: Page, back: Page): End | undefined {
	const firstRow = front.transactions.at(0);
	const lastRow = back.transactions.at(-1) ?? front.transactions.at(-1);
	const rise = firstRow && lastRow ? bookedAt(lastRow) - bookedAt(firstRow) : NaN;
	if (rise === 0 || Number.isNaN(rise)) return undefined;
	return rise > 0 ? 'back' : 'front';
}

/** A page with rows is all only where `total` and `hasMore` agree on it; of two, neither may deny it. */
function isWhole(pages: Page[]): boolean {
	const last = pages[pages.length - 1];
	const sideBySide = pages.every((page, i) => (i === 0 ? page.offset === 0 : follows(page, pages[i - 1])));
	if (!sideBySide || last.total === undefined) return false;
	if (last.hasMore === false) return behind(last) >= last.total;
	return !last.hasMore && behind(last) === last.total && (pages.length > 1 || last.total === 0);
}

/** Whether a page that was asked for by the count is the last one. A server may count wrongly, or pay no heed to the offset. */
function isBack(page: Page, front: Page): boolean {
	const [counted, countedNow] = [front.total ?? NaN, page.total ?? front.total ?? NaN];
	if (page.transactions.length === 0 || counted <= front.transactions.length) return false;
	const known = new Set(front.transactions.map(idOf));
	const isElsewhere = counted !== countedNow || !page.transactions.some((row) => known.has(idOf(row)));
	const isAsCounted =
		behind(page) >= Math.min(counted, countedNow) && behind(page) <= Math.max(counted, countedNow);
	return isElsewhere && isAsCounted && (behind(page) < countedNow || !page.hasMore);
}

function follows(page: Page, before: Page): boolean {
	return page.offset === behind(before) && page.total === before.total;
}

/** The offset behind a page's last row. */
function behind({ offset, transactions }: Pick<Page, 'offset' | 'transactions'>): number {
	return offset + transactions.length;
}
