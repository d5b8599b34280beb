/**
 * The rows that were read so far, in the list's order and without a gap.
 *
 * Rows never change their order: what follows a known row in a page, whenever that page was served, follows it in the
 * list. So pages are joined at the rows that they share, and need not come from the same moment.
 */
export class Chain<Row> {
	/** Key → place, from 0. */
	private readonly places = new Map<string, number>();
	/** The key of the row that stood last where it ends: an earlier row's, where the list has one twice. */
	private lastKey?: string;

	constructor(private readonly keyOf: (row: Row) => string) {}

	get size(): number {
		return this.places.size;
	}

	get keys(): Iterable<string> {
		return this.places.keys();
	}

	/**
	 * Appends the rows of a page that stand behind its last known row: the last row of the chain, where the page has it.
	 * Undefined: the page shares no row with the chain.
	 */
	join(rows: Row[]): Row[] | undefined {
		const last = rows.findIndex((row) => this.endsWith(row));
		const known = last < 0 ? rows.findLastIndex((row) => this.has(row)) : last;
		return known < 0 ? undefined : this.append(rows.slice(known + 1));
	}

	/** Appends rows, and returns those that are new. */
	append(rows: Row[]): Row[] {
		const added = rows.filter((row) => {
			const isNew = !this.has(row);
			if (isNew) this.places.set(this.keyOf(row), this.size);
			return isNew;
		});
		if (rows.length > 0) this.lastKey = this.keyOf(rows[rows.length - 1]);
		return added;
	}

	has(row: Row): boolean {
		return this.placeOf(row) !== undefined;
	}

	endsWith(row: Row | undefined): boolean {
		return row !== undefined && this.keyOf(row) === this.lastKey;
	}

	/** How many rows follow this one; undefined where it is not part of the chain. */
	rowsBehind(row: Row | undefined): number | undefined {
		if (this.endsWith(row)) return 0;
		const place = this.placeOf(row);
		return place === undefined ? undefined : this.size - 1 - place;
	}

	private placeOf(row: Row | undefined): number | undefined {
		return row && this.places.get(this.keyOf(row));
	}
}
