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
}

/** Where the pages of a list come from: the API, or a model of it in tests. */
export interface ListSource<Row> {
	/** What messages call the list, after "the", e.g. "credit history". */
	readonly name: string;
	page(slice: Slice, signal: AbortSignal): Promise<ListPage<Row>>;
	/** The same for the same row in any page, and for no other row. */
	keyOf(row: Row): string;
	/** Makes the error for a list that cannot be read whole. */
	unreadable(happened: string): Error;
}
