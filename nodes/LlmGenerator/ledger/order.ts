import type { Transaction } from '../shapes';

export type Direction = 'newestFirst' | 'oldestFirst';

/** A time without an offset: JavaScript would read it in the time zone of the process. */
const WITHOUT_OFFSET = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d[\d:.]*)$/;

/** When a transaction was booked: Unix epoch, milliseconds; NaN if the API sent no date. */
export function bookedAt({ createdAt }: Pick<Transaction, 'createdAt'>): number {
	return timeIn(createdAt);
}

/** A time as the API sends it: Unix epoch, milliseconds; NaN if it is none. */
export function timeIn(createdAt: string): number {
	// The API's times are UTC (API reference, credits/history), also where one does not say so.
	return Date.parse(String(createdAt).replace(WITHOUT_OFFSET, '$1T$2Z'));
}

/** One of the two ends of the list, in the order in which the server returns it. */
export type End = 'front' | 'back';

/** At which end of the list rows are newer, by the first and the last of some rows; undefined if these do not tell. */
export function newerEnd(first?: Transaction, last?: Transaction): End | undefined {
	const rise = first && last ? bookedAt(last) - bookedAt(first) : 0;
	if (rise > 0) return 'back';
	return rise < 0 ? 'front' : undefined;
}

/**
 * Which way the server's list runs, as far as the rows read so far prove it: the API does not document it. Two rows of
 * different times prove a direction, until one row contradicts it.
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
 * Rows by time. Rows of the same time keep the order in which they were booked: by the direction that the list proved,
 * else by its first and last row. `rows`: as the server returned them, all with a date.
 */
export function sorted(rows: Transaction[], direction: Direction, proven?: Direction): Transaction[] {
	const timed = rows.map((row) => ({ row, at: bookedAt(row) }));
	const seemsToRise = rows.length === 0 || timed[0].at <= timed[timed.length - 1].at;
	const listRises = proven ? proven === 'oldestFirst' : seemsToRise;
	const rising = (listRises ? timed : timed.reverse()).sort((a, b) => a.at - b.at).map(({ row }) => row);
	return direction === 'oldestFirst' ? rising : rising.reverse();
}
