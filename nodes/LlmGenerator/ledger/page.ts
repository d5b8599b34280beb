import type { End } from './order';
import { MAX_PAGE_ROWS, type LedgerSource } from './source';
import type { Transaction } from '../shapes';

/** Rows that lie side by side in the list, in the order in which the server returned them. */
export interface Page {
	/** The place of its first row in the list, from 0. */
	offset: number;
	rows: Transaction[];
	/** How many rows the whole list has, by the API's count. */
	total?: number;
	hasMore?: boolean;
}

/** What the first and the last page of the list say. */
export interface BothEnds {
	front: Page;
	/** The last page; undefined if it could not be read, or if no right `total` leads to it. */
	back?: Page;
	/** The end at which new rows appear; undefined if the rows do not tell. */
	newEnd?: End;
	/** Whether these pages are the whole list. */
	complete: boolean;
	/** Whether it was the rate limit that kept the last page from being read. */
	limited: boolean;
}

/** One page: as many rows as the API serves at once, unless fewer are asked for. */
export async function pageAt(
	source: LedgerSource,
	offset: number,
	limit = MAX_PAGE_ROWS,
	signal = new AbortController().signal,
): Promise<Page> {
	const { transactions, total, hasMore } = await source.page({ limit, offset }, signal);
	return { offset, rows: transactions, total, hasMore };
}

/** The offset behind a page's last row. */
export function behind({ offset, rows }: Page): number {
	return offset + rows.length;
}

/** Whether one page begins where the other ends. The same count says that nothing moved in between. */
export function follows(page: Page, before: Page): boolean {
	return page.offset === behind(before) && page.total === before.total;
}

/** Whether `total` and `hasMore` both say that nothing follows. Neither is always true: only together they are believed. */
export function saysEnd(page: Page): boolean {
	const { total, hasMore } = page;
	return hasMore === false && total !== undefined && total <= behind(page);
}

/** Whether the list ends with this page: `total` and `hasMore` are both used, and neither is trusted alone. */
export function isLast(page: Page): boolean {
	const { offset, rows, total, hasMore } = page;
	if (hasMore) return false;
	if (rows.length === 0) return (total ?? 0) <= offset;
	// Where `hasMore` is missing, the `total` of the first page may count the rows of that page only.
	return behind(page) === total && (hasMore === false || offset > 0);
}

/** Whether the server says that rows follow this page. `known`: an earlier `total`, which an empty page is held against. */
export function claimsMore({ offset, rows, total = 0, hasMore }: Page, known = 0): boolean {
	const claimed = rows.length === 0 ? Math.max(total, known) : total;
	return hasMore === true || claimed > offset + rows.length;
}
