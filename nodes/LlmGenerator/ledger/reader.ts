import type { LedgerSource } from './source';
import { idOf, type Transaction } from '../shapes';

/** The most rows that the API serves at once (API reference, credits/history). */
export const MAX_PAGE_ROWS = 100;
/** An end for a server that has none: its rows would fill n8n's memory first. */
const MAX_ROWS = 1_000_000;
/** How many pages in a row may bring nothing new while the last row is searched for. */
const MAX_SEARCH = 40;
/** How often reading begins again at the front, after that search was in vain. */
const MAX_PASSES = 5;
/** How often an empty page is asked for that the rest of the answer contradicts. */
const MAX_EMPTY = 3;
/** How many pages may close a gap before what was read beyond it is dropped. */
const MAX_GAP_PAGES = 10;
/** At how many offsets in a row the first page may come again: chance, while rows arrive, explains a few. */
const MAX_REPEATS = 5;

export interface Reading {
	/** The offset to begin at; the front of the list where it is left out. */
	from?: number;
	/** Rows to read from there; all where it is left out. */
	wanted?: number;
	/** Pages asked for side by side. */
	ahead: number;
	/** Whether the loop may be left before the end: then reading ahead begins small. */
	mayStopEarly?: boolean;
}

/**
 * Reads the ledger in the server's order. Every row that was there when reading began, and was not removed meanwhile,
 * comes exactly once, whatever moves in between; rows that arrive meanwhile may come or not.
 *
 * @returns the rows, in portions; leaving the loop ends all requests
 * @throws NodeApiError if a request fails for good, or the pages cannot be joined
 */
export async function* readLedger(
	source: LedgerSource,
	reading: Reading,
): AsyncGenerator<Transaction[], void> {
	const reader = new LedgerReader(source, reading);
	try {
		yield* reader.read();
	} finally {
		reader.stop();
	}
}

const HELD_BACK = 'LLM Generator served an empty page in the middle of the credit history';

interface Page {
	offset: number;
	/** How many rows were asked for. */
	limit: number;
	rows: Transaction[];
	total?: number;
	hasMore?: boolean;
}

/**
 * One reading of the ledger.
 *
 * Offsets shift while rows come and go, so pages are not trusted to lie end to end: each begins with the last row of
 * the one before, and is joined to it there, by its ID. Order never changes, so whatever follows a known row in any
 * page, served whenever, follows it in the ledger: pages read side by side need no common moment. A page that shares
 * no row with what was read leaves a gap, which is closed first, by asking for the surroundings of the last row.
 */
export class LedgerReader {
	/** The rows of this pass: ID → place, from 0. */
	private readonly places = new Map<string, number>();
	/** What passes before this one returned. */
	private readonly returned = new Set<string>();
	/** How many rows were returned by all passes. */
	private count = 0;
	/** The offset at which the last row was seen; it may have shifted since. */
	private lastAt: number;
	private total?: number;
	/** The end was seen, or all that is wanted was read. */
	private done = false;
	/** Not one row that was read could be found again. */
	private lost = false;
	/** How many rows the server serves at once. */
	private pageRows = MAX_PAGE_ROWS;
	/** How many pages are asked for side by side; it halves when the ledger moves. */
	private width?: number;
	/** The offsets of the last pages, as long as each began with the very first row. */
	private readonly repeatedAt = new Set<number>();
	/** How often rows were seen beyond an empty page, since the search began. */
	private heldBack = 0;
	private readonly stopping = new AbortController();

	constructor(
		private readonly source: LedgerSource,
		private readonly reading: Reading,
	) {
		this.lastAt = this.from - 1;
	}

	async *read(): AsyncGenerator<Transaction[], void> {
		for (let pass = 1; pass <= MAX_PASSES; pass++) {
			while (!this.done && !this.lost) {
				const rows = await this.readOn();
				if (rows.length > 0) yield rows;
				if (!this.done && !this.lost) yield* this.readAhead();
			}
			if (this.done) return;
			this.beginAgain();
		}
		throw this.source.unreadable('The credit history changed faster than it could be read');
	}

	stop(): void {
		this.stopping.abort();
	}

	/** Pages side by side, up to the end as it is known now. Ends early when too much has moved. */
	private async *readAhead(): AsyncGenerator<Transaction[], void> {
		if (this.overlap === 0) return;
		this.width ??= this.total === undefined || this.reading.mayStopEarly ? 2 : this.reading.ahead;
		const leaving = new AbortController();
		const asked: Array<Promise<Page>> = [];
		const shift = this.lastAt + 1 - this.places.size;
		const end = Math.min(this.total ?? Infinity, this.wanted + shift);
		let next = this.lastAt;
		try {
			while (!this.done) {
				for (; asked.length < this.width && next + 1 < end; next += Math.max(1, this.pageRows - 1)) {
					const page = this.ask(next, this.wanted + shift - next, leaving.signal);
					page.catch(() => undefined); // It is told when its turn comes; until then it is not unhandled.
					asked.push(page);
				}
				const page = await asked.shift();
				if (!page) return;
				let rows = this.join(page);
				for (let gapPages = 0; !rows && gapPages < MAX_GAP_PAGES; gapPages++) {
					const missing = await this.readOn();
					if (missing.length > 0) yield missing;
					if (this.done || this.lost) return;
					// An empty page joins nothing, and what it should have held has just been read.
					rows = page.rows.length === 0 ? [] : this.join(page);
				}
				if (rows?.length) yield rows;
				this.width = rows ? this.wider(this.width) : Math.ceil(this.width / 2);
				if (!rows) return;
			}
		} finally {
			leaving.abort();
		}
	}

	/**
	 * The rows that follow the last one, found by asking for that row's surroundings. Sets `done` where none follow, and
	 * `lost` where no row that was read can be found.
	 */
	private async readOn(): Promise<Transaction[]> {
		this.heldBack = 0;
		// Whether the last row was just seen at `lastAt` with nothing behind it, so that the next page begins behind it.
		let behindLast = this.overlap === 0;
		let offset = this.lastAt + (behindLast ? 1 : 0);
		let empty = 0;
		for (let search = 1; search <= MAX_SEARCH; search++) {
			const known = this.places.size;
			const page = await this.ask(offset, this.wanted - known + (behindLast ? 0 : 1));
			if (page.rows.length > 0) empty = 0;
			else if (this.claimsMore(page) && ++empty < MAX_EMPTY) continue;

			let rows = this.join(page);
			if (rows) {
				behindLast = this.isLast(page);
				offset = this.lastAt + (behindLast ? 1 : 0);
			} else if (behindLast) {
				rows = await this.readBehind(page);
				behindLast = false;
				offset = this.lastAt;
				empty = 0;
			} else if (page.rows.length > 0) {
				offset = this.nextGuess(page, search);
			} else if (offset > 0) {
				// Rows were removed: the last row stands further to the front now, or is gone itself.
				offset = Math.max(0, offset - search * Math.max(1, this.pageRows - 1));
				empty = 0;
			} else {
				// The list is empty now. Where total and hasMore both deny it, ending would lose rows in silence.
				if (this.places.size > 0 && page.hasMore && page.total) throw this.source.unreadable(HELD_BACK);
				this.done = true;
			}
			if (this.done || (rows && this.places.size > known)) return rows ?? [];
		}
		this.lost = true;
		return [];
	}

	/**
	 * Takes a page that was asked for right behind the last row, and shares none with it: rows that follow, or the end.
	 * Either counts only if the last row still stands at its place. Undefined: it does not, or was not found.
	 */
	private async readBehind(page: Page): Promise<Transaction[] | undefined> {
		if (this.places.size > 0) {
			const last = await this.ask(this.lastAt, MAX_PAGE_ROWS);
			const rows = this.join(last);
			const stands = rows?.length === 0 && this.isLast(last) && this.lastAt === page.offset - 1;
			if (!stands) return rows;
		}
		if (page.rows.length > 0) return this.append(page, page.rows);
		let beyond = page;
		if (this.claimsMore(page)) beyond = await this.ask(page.offset + this.pageRows, MAX_PAGE_ROWS);
		// Where the last row should be, by the server's count.
		const lastRow = (beyond.total ?? 0) - 1;
		if (beyond.rows.length === 0 && lastRow > beyond.offset) beyond = await this.ask(lastRow, MAX_PAGE_ROWS);
		if (beyond.rows.length === 0) {
			this.done = true;
			return [];
		}
		const rows = this.join(beyond);
		// The first time, rows may have come just now; the second time they are held back, and silence would lose them.
		if (!rows && ++this.heldBack > 1) throw this.source.unreadable(HELD_BACK);
		return rows;
	}

	/** Adds a page's rows that follow what was read. Undefined: the page shares no row with it. */
	private join(page: Page): Transaction[] | undefined {
		const { rows, offset } = page;
		const known = rows.findLastIndex((row) => this.places.has(idOf(row)));
		if (known < rows.length - 1) {
			const joins = known >= 0 || (this.places.size === 0 && offset === this.from);
			return joins ? this.append(page, rows.slice(known + 1)) : undefined;
		}
		if (known < 0) return undefined;
		const rowsAfter = this.places.size - 1 - (this.places.get(idOf(rows[known])) ?? 0);
		this.lastAt = offset + known + rowsAfter;
		this.learn(page);
		return [];
	}

	private append(page: Page, rows: Transaction[]): Transaction[] {
		const fresh: Transaction[] = [];
		for (const row of rows) {
			const id = idOf(row);
			if (this.places.has(id)) continue;
			this.places.set(id, this.places.size);
			if (this.returned.has(id) || this.count >= this.limit) continue;
			this.count++;
			fresh.push(row);
		}
		if (this.places.size > MAX_ROWS) {
			throw this.source.unreadable(`The credit history has more than ${MAX_ROWS} rows, or no end`);
		}
		this.lastAt = page.offset + page.rows.length - 1;
		this.learn(page);
		return fresh;
	}

	/** What a page that was joined tells of the whole. Only where `total` and `hasMore` agree do they end the reading. */
	private learn(page: Page): void {
		const { offset, limit, rows, total, hasMore } = page;
		const ends = hasMore === false && total !== undefined && offset + rows.length >= total;
		this.total = total;
		this.done = (ends && this.isLast(page)) || this.count >= this.limit;
		if (rows.length > this.pageRows || (rows.length < limit && this.claimsMore(page))) {
			this.pageRows = rows.length;
		}
	}

	/** Where to look for what was read, after a page without it: by how the total changed, else all around. */
	private nextGuess(page: Page, search: number): number {
		const shift = (page.total ?? NaN) - (this.total ?? NaN);
		if (search === 1 && shift) return Math.max(0, this.lastAt + shift);
		const distance = Math.ceil(search / 2) * Math.max(1, this.pageRows - 1);
		return Math.max(0, this.lastAt + (search % 2 ? distance : -distance));
	}

	private beginAgain(): void {
		for (const id of this.places.keys()) this.returned.add(id);
		this.places.clear();
		this.lastAt = this.from - 1;
		this.lost = false;
	}

	/** `rows`: as many as are needed; the API serves a page at most. */
	private async ask(offset: number, rows: number, signal = this.stopping.signal): Promise<Page> {
		const slice = { limit: Math.min(MAX_PAGE_ROWS, rows), offset: Math.max(0, offset) };
		const { transactions, total, hasMore } = await this.source.page(slice, signal);
		const page = { ...slice, rows: transactions, total: Number.isFinite(total) ? total : undefined, hasMore };
		this.refuseRepeats(page);
		return page;
	}

	/** A server that takes no notice of the offset would look like a ledger that never stops moving. */
	private refuseRepeats({ offset, rows }: Page): void {
		if (rows.length > 0 && this.places.get(idOf(rows[0])) === 0) this.repeatedAt.add(offset);
		else this.repeatedAt.clear();
		if (this.repeatedAt.size > MAX_REPEATS) {
			throw this.source.unreadable('LLM Generator sent the same rows again and again');
		}
	}

	private wider(width: number): number {
		return Math.min(this.reading.ahead, this.reading.mayStopEarly ? width + 1 : width * 2);
	}

	private isLast({ rows }: Page): boolean {
		return this.places.get(idOf(rows[rows.length - 1])) === this.places.size - 1;
	}

	private claimsMore({ offset, rows, total, hasMore }: Page): boolean {
		const claimed = rows.length === 0 ? Math.max(total ?? 0, this.total ?? 0) : (total ?? 0);
		return hasMore === true || claimed > offset + rows.length;
	}

	private get from(): number {
		return this.reading.from ?? 0;
	}

	private get limit(): number {
		return this.reading.wanted ?? Infinity;
	}

	/** Rows that this pass needs, counted from the front: a later one passes by what was returned already. */
	private get wanted(): number {
		return this.returned.size > 0 ? Infinity : this.limit;
	}

	/** Rows by which a page overlaps the one before it: one is enough, where the server serves more than one. */
	private get overlap(): number {
		return this.pageRows > 1 && this.places.size > 0 ? 1 : 0;
	}
}
