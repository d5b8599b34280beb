import { readLedger } from './reader';
import { pageAt } from './page';
import { MAX_PAGE_ROWS } from '../paging/source';
import type { LedgerSource } from './source';
import { bookedAt, OrderProof, sorted, type Direction } from './order';
import type { HistoryPage, Transaction } from '../shapes';

/** Fewer unread rows than this are read rather than reasoned about. */
const FEW_ROWS = 2 * MAX_PAGE_ROWS;

/** Which transactions are wanted. Times: Unix epoch, milliseconds. */
export interface HistoryQuery {
	/** At most so many; all where it is left out. */
	limit?: number;
	/** Booked at or after. */
	from?: number;
	/** Booked before. */
	to?: number;
	/** The order of the result, from which the limit takes the first; the server's where it is left out. */
	sort?: Direction;
}

/**
 * The transactions that a query names, each once.
 *
 * The server neither filters by date nor sorts, so that is done here, as the rows come. Reading ends early only where
 * both ends of the list, and samples between them, run in one direction.
 *
 * @param ahead pages asked for side by side
 * @throws NodeApiError if a request fails for good, the pages cannot be joined, or a row has no date though one is needed
 */
export async function readHistory(
	source: LedgerSource,
	query: HistoryQuery,
	ahead: number,
): Promise<Transaction[]> {
	const { limit, from = -Infinity, to = Infinity, sort } = query;
	const usesDates = from !== -Infinity || to !== Infinity || sort !== undefined;
	const list = new OrderCheckedList(source);
	// The server can count for us only where nothing is left out or sorted here.
	const reading = { wanted: usesDates ? undefined : limit, ahead, mayStopEarly: usesDates };
	const rows: Transaction[] = [];
	for await (const page of readLedger(list, reading)) {
		if (usesDates) list.watch(page);
		for (const row of page) {
			if (!usesDates || (bookedAt(row) >= from && bookedAt(row) < to)) rows.push(row);
		}
		const isFull = rows.length >= (limit ?? Infinity);
		if (isFull && !sort) break;
		const { direction } = list;
		// Whatever follows the last row lies further on its side.
		const last = bookedAt(page[page.length - 1]);
		const isPast = direction === 'newestFirst' ? last < from : last >= to;
		const mayEnd = direction !== undefined && (isPast || (isFull && sort === direction));
		if (mayEnd && (await list.keepsItsOrder())) break;
	}
	return (sort ? sorted(rows, sort, list.direction) : rows).slice(0, limit);
}

/** A ledger whose order is watched while it is read. */
class OrderCheckedList implements LedgerSource {
	private readonly order = new OrderProof();
	private rowsRead = 0;
	private total?: number;
	/** The most rows that a page had. */
	private pageRows = 0;
	/** The order was looked for in the unread rows in vain. */
	private isUnproven = false;

	constructor(private readonly source: LedgerSource) {}

	async page(slice: { limit: number; offset: number }, signal: AbortSignal): Promise<HistoryPage> {
		const page = await this.source.page(slice, signal);
		this.total = page.total;
		this.pageRows = Math.max(this.pageRows, page.transactions.length);
		return page;
	}

	unreadable(happened: string): Error {
		return this.source.unreadable(happened);
	}

	/** Takes notice of rows that follow those watched before. */
	watch(rows: Transaction[]): void {
		const undated = rows.find((row) => Number.isNaN(bookedAt(row)));
		if (undated) {
			throw this.unreadable(`Transaction ${undated.id} has no date, which a filter or the order needs`);
		}
		this.order.add(rows);
		this.rowsRead += rows.length;
	}

	/** Which way the list runs, as far as it proves that; undefined once its unread rows could not confirm it. */
	get direction(): Direction | undefined {
		return this.isUnproven ? undefined : this.order.direction;
	}

	/**
	 * Whether the unread rows go on in the direction of those that were read: the last rows of the list and samples on
	 * the way there have to. A list may be grouped by type or by amount, or begin in its middle; then one of its parts
	 * looks like a whole.
	 */
	async keepsItsOrder(): Promise<boolean> {
		const { total, rowsRead } = this;
		const half = Math.floor(Math.min(this.pageRows, MAX_PAGE_ROWS) / 2);
		if (total === undefined || total - rowsRead < FEW_ROWS || half === 0) return false;
		const offsets = [...sampledOffsets(rowsRead, total), total - half];
		const pages = await Promise.all(offsets.map((offset) => pageAt(this.source, offset)));
		const last = pages[pages.length - 1];
		// Half a page was to come, and no more: otherwise the count is wrong, and the list goes on somewhere.
		const isLast = last.hasMore !== true && last.rows.length === (last.total ?? NaN) - (total - half);
		for (const { rows } of pages) this.order.add(rows);
		const hasAll = pages.every(({ rows }) => rows.length > 0);
		this.isUnproven = !(isLast && hasAll && this.order.direction !== undefined);
		return !this.isUnproven;
	}
}

/** Where to look into rows that were not read: the longer the list, the more often, evenly spread. */
function sampledOffsets(from: number, to: number): number[] {
	const samples = Math.floor(Math.log2((to - from) / MAX_PAGE_ROWS));
	const step = (to - from) / (samples + 1);
	return Array.from({ length: samples }, (_, i) => Math.round(from + (i + 1) * step));
}
