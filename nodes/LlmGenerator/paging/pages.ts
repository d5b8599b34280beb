import { claimsMore, type Page } from './page';
import { MAX_PAGE_ROWS, type ListSource, type Slice } from './source';

/** How often an empty page is asked for that the rest of the answer contradicts. */
const MAX_EMPTY = 3;
/** At how many offsets in a row the first page may come again: chance, while rows arrive, explains a few. */
const MAX_REPEATS = 5;

/** Asks the server for pages. */
export class Pages<Row> {
	/** The key of the very first row that the server sent. */
	private firstKey?: string;
	/** The offsets of the last pages, as long as each began with that row. */
	private readonly repeatedAt = new Set<number>();

	/** How many rows the server serves at once, as far as its pages show. */
	private pageRows = MAX_PAGE_ROWS;

	constructor(private readonly source: ListSource<Row>) {}

	/**
	 * @param rows as many as are needed; the API serves a page at most
	 * @throws NodeApiError if the request fails for good, or the server takes no notice of the offset
	 */
	async ask(offset: number, rows: number, signal: AbortSignal): Promise<Page<Row>> {
		const slice = this.sliceFor(offset, rows);
		const page = { offset: slice.offset, ...(await this.source.page(slice, signal)) };
		this.refuseRepeats(page);
		return page;
	}

	/** Asks again where an empty page is contradicted by the rest of the answer, or by an earlier `total`. */
	async askUnlessEmpty(
		offset: number,
		rows: number,
		signal: AbortSignal,
		total?: number,
	): Promise<Page<Row>> {
		let page = await this.ask(offset, rows, signal);
		for (let asked = 1; page.rows.length === 0 && claimsMore(page, total) && asked < MAX_EMPTY; asked++) {
			page = await this.ask(offset, rows, signal);
		}
		return page;
	}

	/** Takes notice of a page that follows the rows that were read. `rowsAdded`: how many of its rows are new. */
	note(page: Page<Row>, rowsAdded: number): void {
		const { length } = page.rows;
		// A short page shows the server's own limit, unless it is the end of the list.
		const isShort = rowsAdded > 0 && length < MAX_PAGE_ROWS && claimsMore(page);
		if (isShort || length > this.pageRows) this.pageRows = length;
	}

	/** The rows that a page is expected to have, if nothing moves. */
	expected(offset: number, rows = MAX_PAGE_ROWS): Slice {
		const slice = this.sliceFor(offset, rows);
		// A source that chooses the slices knows what the server serves.
		return this.source.sliceFor ? slice : { ...slice, limit: Math.min(slice.limit, this.pageRows) };
	}

	/** What is asked for to get so many rows from an offset on. */
	sliceFor(offset: number, rows = MAX_PAGE_ROWS): Slice {
		const wanted = { offset, limit: Math.min(MAX_PAGE_ROWS, rows) };
		return this.source.sliceFor?.(wanted) ?? wanted;
	}

	/** A server that takes no notice of the offset would look like a list that never stops moving. */
	private refuseRepeats({ offset, rows }: Page<Row>): void {
		const key = rows.length > 0 ? this.source.keyOf(rows[0]) : undefined;
		this.firstKey ??= key;
		if (key !== undefined && key === this.firstKey) this.repeatedAt.add(offset);
		else this.repeatedAt.clear();
		if (this.repeatedAt.size > MAX_REPEATS) {
			throw this.source.unreadable('LLM Generator sent the same rows again and again');
		}
	}
}
