import { behind, type Page } from '../paging/page';
import { MAX_PAGE_ROWS } from '../paging/source';
import type { End } from './order';
import type { LedgerSource } from './source';
import type { Transaction } from '../shapes';

/** A page of the ledger. */
export type LedgerPage = Page<Transaction>;

/** What the first and the last page of the list say. */
export interface BothEnds {
	front: LedgerPage;
	/** The last page; undefined if it could not be read, or if no right `total` leads to it. */
	back?: LedgerPage;
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
): Promise<LedgerPage> {
	const { transactions, total, hasMore } = await source.page({ limit, offset }, signal);
	return { offset, rows: transactions, total, hasMore };
}

/** Whether one page begins where the other ends. The same count says that nothing moved in between. */
export function follows(page: LedgerPage, before: LedgerPage): boolean {
	return page.offset === behind(before) && page.total === before.total;
}

/** Whether the list ends with this page: `total` and `hasMore` are both used, and neither is trusted alone. */
export function isLast(page: LedgerPage): boolean {
	const { offset, rows, total, hasMore } = page;
	if (hasMore) return false;
	if (rows.length === 0) return (total ?? 0) <= offset;
	// Where `hasMore` is missing, the `total` of the first page may count the rows of that page only.
	return behind(page) === total && (hasMore === false || offset > 0);
}
