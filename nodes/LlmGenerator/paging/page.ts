import type { ListPage } from './source';

/** A page, and where it is. */
export interface Page<Row> extends ListPage<Row> {
	/** The place of its first row in the list, from 0. */
	offset: number;
}

/** The offset behind a page's last row. */
export function behind({ offset, rows }: Page<unknown>): number {
	return offset + rows.length;
}

/** Whether `total` and `hasMore` both say that nothing follows. Neither is always true: only together they are believed. */
export function saysEnd(page: Page<unknown>): boolean {
	const { total, hasMore } = page;
	return hasMore === false && total !== undefined && total <= behind(page);
}

/** Whether the server says that rows follow this page. `known`: an earlier `total`, which an empty page is held against. */
export function claimsMore({ offset, rows, total = 0, hasMore }: Page<unknown>, known = 0): boolean {
	const claimed = rows.length === 0 ? Math.max(total, known) : total;
	return hasMore === true || claimed > offset + rows.length;
}
