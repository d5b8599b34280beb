/** The most rows that the API serves at once (API reference, credits/history, sites/get-mapped-urls, discovery/get-urls). */
export const MAX_PAGE_ROWS = 100;

/** Rows that are asked for: so many, from an offset on. */
export interface Slice {
	offset: number;
	limit: number;
}

/** What the server sends for a slice. Its counts may be missing or wrong. */
export interface ListPage<Row> {
	/** Rows that lie side by side in the list, in the order in which the server returned them. */
	rows: Row[];
	/** How many rows the whole list has. */
	total?: number;
	hasMore?: boolean;
	/** The server could have put more rows into the page: behind its last row, there was none. */
	hasRoom?: boolean;
	/** Where the page is, if not where it was asked for. */
	offset?: number;
}

/** Where the pages of a list come from: the API, or a model of it in tests. */
export interface ListSource<Row> {
	/** What messages call the list, after "the", e.g. "credit history". */
	readonly name: string;
	page(slice: Slice, signal: AbortSignal): Promise<ListPage<Row>>;
	/** For a server that does not serve every slice: the one to ask for, which begins at the wanted offset or before. */
	sliceFor?(wanted: Slice): Slice;
	/** The same for the same row in any page, and for no other row. */
	keyOf(row: Row): string;
	/** Makes the error for a list that cannot be read whole. */
	unreadable(happened: string): Error;
}

/** What is read of a list, and how. */
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
