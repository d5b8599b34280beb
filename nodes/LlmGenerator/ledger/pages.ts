import { idOf, type Transaction } from '../shapes';
import type { LedgerSource } from './source';

/** The most rows that the API serves at once (API reference, credits/history). */
export const MAX_PAGE_ROWS = 100;
/** How often an empty page is asked for that the rest of the answer contradicts. */
const MAX_EMPTY = 3;
/** At how many offsets in a row the first page may come again: chance, while rows arrive, explains a few. */
const MAX_REPEATS = 5;

export interface Page {
	offset: number;
	/** How many rows were asked for. */
	limit: number;
	rows: Transaction[];
	total?: number;
	hasMore?: boolean;
}

/** Asks the server for pages. */
export class Pages {
	/** The very first row that the server sent. */
	private firstId?: string;
	/** The offsets of the last pages, as long as each began with that row. */
	private readonly repeatedAt = new Set<number>();

	constructor(private readonly source: LedgerSource) {}

	/**
	 * @param rows as many as are needed; the API serves a page at most
	 * @throws NodeApiError if the request fails for good, or the server takes no notice of the offset
	 */
	async ask(offset: number, rows: number, signal: AbortSignal): Promise<Page> {
		const slice = { limit: Math.min(MAX_PAGE_ROWS, rows), offset };
		const { transactions, total, hasMore } = await this.source.page(slice, signal);
		this.refuseRepeats(offset, transactions);
		return { ...slice, rows: transactions, total: Number.isFinite(total) ? total : undefined, hasMore };
	}

	/** Asks again where an empty page is contradicted by the rest of the answer, or by an earlier `total`. */
	async askUnlessEmpty(offset: number, rows: number, signal: AbortSignal, total?: number): Promise<Page> {
		let page = await this.ask(offset, rows, signal);
		for (let asked = 1; page.rows.length === 0 && claimsMore(page, total) && asked < MAX_EMPTY; asked++) {
			page = await this.ask(offset, rows, signal);
		}
		return page;
	}

	/** A server that takes no notice of the offset would look like a ledger that never stops moving. */
	private refuseRepeats(offset: number, rows: Transaction[]): void {
		const id = rows.length > 0 ? idOf(rows[0]) : undefined;
		this.firstId ??= id;
		if (id !== undefined && id === this.firstId) this.repeatedAt.add(offset);
		else this.repeatedAt.clear();
		if (this.repeatedAt.size > MAX_REPEATS) {
			throw this.source.unreadable('LLM Generator sent the same rows again and again');
		}
	}
}

/** Whether the server says that rows follow this page. `known`: an earlier `total`, which an empty page is held against. */
export function claimsMore({ offset, rows, total = 0, hasMore }: Page, known = 0): boolean {
	const claimed = rows.length === 0 ? Math.max(total, known) : total;
	return hasMore === true || claimed > offset + rows.length;
}
