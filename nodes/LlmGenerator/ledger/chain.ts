import { idOf, type Transaction } from '../shapes';

/**
 * The rows that were read so far, in the ledger's order and without a gap.
 *
 * Rows never change their order: what follows a known row in a page, whenever that page was served, follows it in the
 * ledger. So pages are joined at the rows that they share, and need not come from the same moment.
 */
export class Chain {
	/** ID → place, from 0. */
	private readonly places = new Map<string, number>();

	get size(): number {
		return this.places.size;
	}

	get ids(): Iterable<string> {
		return this.places.keys();
	}

	/** Appends the rows of a page that stand behind its last known row. Undefined: the page shares no row with the chain. */
	join(rows: Transaction[]): Transaction[] | undefined {
		const known = rows.findLastIndex((row) => this.has(row));
		return known < 0 ? undefined : this.append(rows.slice(known + 1));
	}

	/** Appends rows, and returns those that are new. */
	append(rows: Transaction[]): Transaction[] {
		return rows.filter((row) => {
			const isNew = !this.has(row);
			if (isNew) this.places.set(idOf(row), this.size);
			return isNew;
		});
	}

	has(row: Transaction): boolean {
		return this.placeOf(row) !== undefined;
	}

	endsWith(row: Transaction | undefined): boolean {
		return this.rowsBehind(row) === 0;
	}

	/** How many rows follow this one; undefined where it is not part of the chain. */
	rowsBehind(row: Transaction | undefined): number | undefined {
		const place = this.placeOf(row);
		return place === undefined ? undefined : this.size - 1 - place;
	}

	private placeOf(row: Transaction | undefined): number | undefined {
		return row && this.places.get(idOf(row));
	}
}
