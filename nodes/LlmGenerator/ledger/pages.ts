import { claimsMore, pageAt, type Page } from './page';
import { MAX_PAGE_ROWS, type LedgerSource } from './source';
import { idOf } from '../shapes';

/** How often an empty page is asked for that the rest of the answer contradicts. */
const MAX_EMPTY = 3;
/** At how many offsets in a row the first page may come again: chance, while rows arrive, explains a few. */
const MAX_REPEATS = 5;

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
		const page = await pageAt(this.source, offset, Math.min(MAX_PAGE_ROWS, rows), signal);
		this.refuseRepeats(page);
		return page;
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
	private refuseRepeats({ offset, rows }: Page): void {
		const id = rows.length > 0 ? idOf(rows[0]) : undefined;
		this.firstId ??= id;
		if (id !== undefined && id === this.firstId) this.repeatedAt.add(offset);
		else this.repeatedAt.clear();
		if (this.repeatedAt.size > MAX_REPEATS) {
			throw this.source.unreadable('LLM Generator sent the same rows again and again');
		}
	}
}
