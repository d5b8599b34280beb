import { Chain } from './chain';
import { behind, claimsMore, saysEnd, type Page } from './page';
import { nextGuess } from './guess';
import { Pages } from './pages';
import { MAX_PAGE_ROWS, type ListSource, type Reading, type Slice } from './source';

/** An end for a server that has none: its rows would fill n8n's memory first. */
const MAX_ROWS = 1_000_000;
/** How many pages may bring nothing that is known while the last row is searched for. */
const MAX_SEARCH = 40;
/** How often the last row may move while the row behind it is asked for. */
const MAX_ATTEMPTS = 10;

/**
 * Decides where to ask next, until the list ends or not one of the rows that were read is found again.
 *
 * Offsets shift while rows come and go. So each page begins with the last row of the one before, and is joined to it
 * there. Where a page shares no row with what was read, all that was read ahead is dropped, and reading goes on from
 * the last row, wherever that stands now.
 */
export class Pass<Row> {
	readonly chain: Chain<Row>;
	/** The page that was joined last. */
	private joined?: Page<Row>;
	/** The offset at which the last row was seen; it may have shifted since. */
	lastAt: number;
	/** The last row stood in its place, and nothing was found behind it. */
	private nothingFollows = false;
	/** How many pages are asked for side by side; it halves when the list moves. */
	private width?: number;
	private readonly pages: Pages<Row>;

	constructor(
		private readonly source: ListSource<Row>,
		private readonly reading: Reading,
		private readonly signal: AbortSignal,
	) {
		this.chain = new Chain((row) => source.keyOf(row));
		this.pages = new Pages(source);
		this.lastAt = (reading.from ?? 0) - 1;
	}

	async *read(): AsyncGenerator<Row[], void> {
		for (;;) {
			const rows = await this.readOn();
			if (!rows) return;
			yield rows;
			yield* this.readAhead();
			if (this.isAtEnd) return;
		}
	}

	/** Whether reading has come to its end. Nothing else ends it, except that the rows are lost from sight. */
	get isAtEnd(): boolean {
		if (this.missing <= 0 || this.nothingFollows) return true;
		if (!this.joined) return false;
		return saysEnd(this.joined) && this.chain.endsWith(this.joined.rows.at(-1));
	}

	/** The rows that follow the last one. Undefined where the list ends, or not one of the rows that were read is found. */
	private async readOn(): Promise<Row[] | undefined> {
		let contradictions = 0;
		for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
			// Where the server serves one row at a time, nothing stands behind the last row in its page.
			const before = this.canOverlap ? await this.findLast() : [];
			if (!before || before.length > 0) return before;
			if (this.isAtEnd) return undefined;
			const place = this.lastAt;
			const { limit } = this.pages.sliceFor(place + 1);
			const behind = this.roomBehindLast() ?? (await this.askUnlessEmpty(place + 1, this.missing));
			const joined = this.join(behind);
			if (joined?.length) return joined;
			// Without a row that it shares, it counts only if the last row still stands where it stood before.
			const after = joined ?? (await this.findLast());
			if (!after || after.length > 0) return after;
			// Where the server turned out to have pages of another size meanwhile, this one was not the next.
			const isSameSize = place < 0 || this.pages.sliceFor(place + 1).limit === limit;
			if (this.lastAt !== place || joined || !isSameSize) continue;
			if (behind.rows.length > 0 && behind.offset > place) return this.append(behind);
			if (behind.rows.length > 0) continue;
			const beyond = await this.pageBeyond(behind);
			this.nothingFollows = beyond === undefined;
			const rows = beyond && this.join(beyond);
			if (!beyond || rows?.length) return rows;
			// The first time, rows may have come just now; the second time they are held back, and silence would lose them.
			if (!rows && ++contradictions > 1) throw this.heldBack;
		}
		return undefined;
	}

	/**
	 * Asks for the last row until it is found, and returns the rows that follow it in its page. Undefined where the list
	 * is empty, or not one of the rows that were read is found.
	 */
	private async findLast(): Promise<Row[] | undefined> {
		if (this.chain.size === 0) return [];
		let offset = this.lastAt;
		for (let search = 1; search <= MAX_SEARCH; search++) {
			const page = await this.askUnlessEmpty(offset, this.missing + 1);
			const rows = this.join(page);
			if (rows?.length || this.chain.endsWith(page.rows.at(-1))) return rows;
			if (page.rows.length === 0 && offset === 0) {
				// Where total and hasMore both deny that the list is empty now, ending would lose rows without a word.
				if (page.hasMore && page.total) throw this.heldBack;
				this.nothingFollows = true;
				return undefined;
			}
			offset = rows ? this.lastAt : nextGuess(page, search, this);
		}
		return undefined;
	}

	/** Pages side by side, up to the end as it is known now, until one does not join. */
	private async *readAhead(): AsyncGenerator<Row[], void> {
		this.width ??= this.total === undefined || this.reading.mayStopEarly ? 2 : this.reading.ahead;
		const leaving = new AbortController();
		const asked: Array<Promise<Page<Row>>> = [];
		const wantedEnd = this.lastAt + 1 + this.missing;
		const end = Math.min(this.total ?? Infinity, wantedEnd);
		let next = this.lastAt;
		try {
			while (!this.isAtEnd) {
				while (asked.length < this.width && next + 1 < end) {
					const expected = this.pages.expected(next, wantedEnd - next);
					// A page that begins with the last row brings nothing new where the server serves only one.
					if (endOf(expected) <= next + 1) break;
					const page = this.pages.ask(next, wantedEnd - next, leaving.signal);
					page.catch(() => undefined); // It is thrown when its turn comes; until then it is not unhandled.
					asked.push(page);
					next = endOf(expected) - 1;
				}
				const page = await asked.shift();
				if (!page) return;
				const rows = this.join(page);
				this.width = rows ? Math.min(this.width + 1, this.reading.ahead) : Math.ceil(this.width / 2);
				if (!rows) return;
				if (rows.length > 0) yield rows;
			}
		} finally {
			leaving.abort();
		}
	}

	private join(page: Page<Row>): Row[] | undefined {
		const rows = this.chain.join(page.rows);
		if (rows) this.note(page, rows);
		return rows;
	}

	private append(page: Page<Row>): Row[] {
		const rows = this.chain.append(page.rows);
		this.note(page, rows);
		return rows;
	}

	/** What a page that was joined says about the list. */
	private note(page: Page<Row>, news: Row[]): void {
		if (this.chain.size > MAX_ROWS) {
			throw this.source.unreadable(`The ${this.source.name} has more than ${MAX_ROWS} rows, or no end`);
		}
		this.joined = page;
		this.lastAt = behind(page) - 1 + (this.chain.rowsBehind(page.rows.at(-1)) ?? 0);
		this.pages.note(page, news.length);
	}

	/** An empty page for the room that the last page had behind the last row. */
	private roomBehindLast(): Page<Row> | undefined {
		if (!this.joined?.hasRoom || !this.chain.endsWith(this.joined.rows.at(-1))) return undefined;
		return { ...this.joined, offset: this.lastAt + 1, rows: [] };
	}

	/** A page with rows further back than an empty one, where the server's count says that there are some. */
	private async pageBeyond(empty: Page<Row>): Promise<Page<Row> | undefined> {
		if (!claimsMore(empty, this.total)) return undefined;
		for (const offset of [empty.offset + this.pages.expected(this.lastAt).limit, (empty.total ?? 0) - 1]) {
			if (offset <= empty.offset) continue;
			const { rows, ...page } = await this.pages.ask(offset, MAX_PAGE_ROWS, this.signal);
			// Past the end, some servers send their last page again.
			const isKnown = empty.hasRoom && rows.every((row) => this.chain.has(row));
			if (rows.length > 0 && !isKnown) return { rows, ...page };
		}
		return undefined;
	}

	private async askUnlessEmpty(offset: number, rows: number): Promise<Page<Row>> {
		return await this.pages.askUnlessEmpty(offset, rows, this.signal, this.total);
	}

	private get heldBack(): Error {
		return this.source.unreadable(
			`LLM Generator served an empty page in the middle of the ${this.source.name}`,
		);
	}

	get total(): number | undefined {
		return this.joined?.total;
	}

	/** How many rows are still wanted. */
	private get missing(): number {
		return (this.reading.wanted ?? Infinity) - this.chain.size;
	}

	/** From the begin of one page to that of the next, which begins with its last row. */
	get step(): number {
		return Math.max(1, this.pages.expected(this.lastAt).limit - 1);
	}

	/** Whether a page can have the last row and more behind it. */
	private get canOverlap(): boolean {
		return endOf(this.pages.expected(this.lastAt)) > this.lastAt + 1;
	}
}

function endOf({ offset, limit }: Slice): number {
	return offset + limit;
}
