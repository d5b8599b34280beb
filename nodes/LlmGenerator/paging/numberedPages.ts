import { EarlierPages } from './earlierPages';
import { MAX_PAGE_ROWS, type ListPage, type ListSource, type Slice } from './source';
import { numberIn } from '../shapes';

/** A page by its number. Its counts may be missing or wrong, and are not always numbers. */
export interface NumberedPage<Row> {
	rows: Row[];
	total?: unknown;
	totalPages?: unknown;
}

/** Where pages come from that go by number, from 1, instead of by offset. */
export interface NumberedSource<Row> extends Omit<ListSource<Row>, 'page' | 'sliceFor'> {
	page(asked: { page: number; limit: number }, signal: AbortSignal): Promise<NumberedPage<Row>>;
}

/** With so few rows, no page can begin with the last of them and end behind it. */
const TOO_FEW_TO_OVERLAP = 2;

/**
 * Pages by number, for a reader that goes by offset. Pages of one size would never overlap, and nothing would tell that a
 * row moved from one to the next. So each page is asked for with a limit of its own: rows 0 to 99 are page 1 of 100, rows
 * 99 to 197 page 2 of 99, rows 196 to 293 page 3 of 98.
 *
 * What the server makes of the limit shows in its pages: none is asked for with more rows than it has sent at once. One
 * that takes no notice of the limit sends its own pages, which the reader joins without an overlap.
 */
export class NumberedPages<Row> implements ListSource<Row> {
	/** The most rows that the server sent at once. */
	private mostRows?: number;
	/** The size of its pages, where the server takes no notice of the limit. */
	private fixedRows?: number;
	private readonly earlierPages: EarlierPages;

	constructor(private readonly source: NumberedSource<Row>) {
		this.earlierPages = new EarlierPages(() =>
			source.unreadable('LLM Generator sent the same rows again and again'),
		);
	}

	get name(): string {
		return this.source.name;
	}

	keyOf(row: Row): string {
		return this.source.keyOf(row);
	}

	unreadable(happened: string): Error {
		return this.source.unreadable(happened);
	}

	sliceFor(wanted: Slice): Slice {
		if (this.fixedRows !== undefined) return pageWith(wanted.offset, this.fixedRows);
		if (this.mostRows === undefined) return wanted;
		// One row less: a server that takes no notice of the limit gives itself away by one row more.
		return overlappingPage(wanted, Math.max(1, Math.min(MAX_PAGE_ROWS, this.mostRows) - 1));
	}

	async page({ offset, limit }: Slice, signal: AbortSignal): Promise<ListPage<Row>> {
		const { mostRows = 0, fixedRows } = this;
		const page = offset / limit + 1;
		const answer = await this.source.page({ page, limit: Math.min(limit, MAX_PAGE_ROWS) }, signal);
		const { rows } = answer;
		this.mostRows = Math.max(this.mostRows ?? 0, rows.length);
		if (rows.length > limit) this.fixedRows = rows.length;
		const total = wholeNumber(answer.total);
		const totalPages = wholeNumber(answer.totalPages);
		const claimsMore = totalPages !== undefined && page < totalPages;
		const claims = { total, hasMore: claimsMore ? true : undefined };
		if (rows.length === 0) return { rows, ...claims };
		const earlier = await this.earlierPage({ page, limit }, rows, signal);
		if (earlier === 1 && claimsMore) this.earlierPages.refuse(page);
		if (earlier !== undefined) return { rows: [], ...claims };
		// Only a page that could have had more rows says something of its own about the end.
		const hasRoom = rows.length < limit && limit <= (fixedRows ?? mostRows);
		const isWhole = page === 1 && rows.length < limit && rows.length <= TOO_FEW_TO_OVERLAP;
		const saysEnd = !claimsMore && totalPages !== undefined && total === offset + rows.length;
		return {
			rows,
			total,
			hasMore: claimsMore ? true : saysEnd && (hasRoom || isWhole) ? false : undefined,
			hasRoom,
			offset: rows.length > limit ? (page - 1) * rows.length : offset,
		};
	}

	/** The number of an earlier page with the same rows: then there is no later one. */
	private async earlierPage(
		{ page, limit }: { page: number; limit: number },
		rows: Row[],
		signal: AbortSignal,
	): Promise<number | undefined> {
		const note = (number: number, noted: Row[]) =>
			this.earlierPages.add(
				number,
				limit,
				noted.map((row) => this.keyOf(row)),
			);
		const earlier = note(page, rows);
		if (earlier === undefined) return undefined;
		// Rows may have moved from that page to this one: it is asked for again.
		const again = await this.source.page({ page: earlier, limit: Math.min(limit, MAX_PAGE_ROWS) }, signal);
		if (again.rows.length > 0) note(earlier, again.rows);
		return note(page, rows);
	}
}

/** The page with this row, among pages of one size. */
function pageWith(offset: number, limit: number): Slice {
	return { offset: Math.floor(offset / limit) * limit, limit };
}

/**
 * The page that begins at an offset or before and reaches furthest behind it: with the fewest rows if it has all that are
 * wanted, else with the most.
 */
export function overlappingPage(wanted: Slice, mostRows: number): Slice {
	const end = wanted.offset + wanted.limit;
	let best = pageWith(wanted.offset, mostRows);
	const reach = ({ offset, limit }: Slice) => Math.min(offset + limit, end);
	for (let limit = mostRows - 1; limit > 0; limit--) {
		const page = pageWith(wanted.offset, limit);
		if (reach(page) > reach(best) || (reach(page) === end && reach(best) === end)) best = page;
	}
	return best;
}

function wholeNumber(count: unknown): number | undefined {
	const number = numberIn(count);
	return Number.isSafeInteger(number) ? number : undefined;
}
