import type { Transaction } from './types';

export type Direction = 'newestFirst' | 'oldestFirst';

/** When a transaction was booked: Unix epoch, milliseconds; NaN if the API sent no date. */
export function bookedAt({ createdAt }: Transaction): number {
	return Date.parse(createdAt);
}

/**
 * Which way the server's list runs, as far as the rows seen so far prove it: the API does not document it. Proven is a
 * direction by two rows of different times, until one row contradicts it.
 */
export class OrderProof {
	private last?: number;
	private fell = false;
	private rose = false;

	add(rows: Transaction[]): void {
		for (const row of rows) {
			const at = bookedAt(row);
			if (this.last !== undefined) {
				this.fell ||= at < this.last;
				this.rose ||= at > this.last;
			}
			this.last = at;
		}
	}

	get direction(): Direction | undefined {
		if (this.fell === this.rose) return undefined;
		return this.fell ? 'newestFirst' : 'oldestFirst';
	}
}

/**
 * Rows by time. Rows of the same time keep the order in which they were booked, which the list's first and last row
 * tell. `rows`: as the server returned them, all with a date.
 */
export function sorted(rows: Transaction[], direction: Direction): Transaction[] {
	const listRises = rows.length === 0 || bookedAt(rows[0]) <= bookedAt(rows[rows.length - 1]);
	const rising = (listRises ? [...rows] : rows.toReversed()).sort((a, b) => bookedAt(a) - bookedAt(b));
	return direction === 'oldestFirst' ? rising : rising.reverse();
}
