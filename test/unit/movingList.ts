/** A list that changes while it is read, whatever its pages look like. */
import * as fc from 'fast-check';
import { Ledger, type Order, ORDERS } from '../../sandbox/ledger';
import { TRANSACTION_TYPES } from '../../sandbox/transaction';

/** The rows of a list, and what happens to them while it is read. Time is counted in responses. */
export interface MovingList {
	rows: number;
	order: Order;
	/** The API orders rows by this, also a row that is added late. */
	orderBy: 'booking' | 'createdAt';
	/** The share of the rows that a rotated order moves; default: one third. */
	rotatedBy?: number;
	events: ListEvent[];
	/** How long each response takes until it is created, and until it arrives; the list is repeated. */
	delays: Array<[served: number, arrived: number]>;
	/** The number of rows that are never removed; default: 0. */
	leastRows?: number;
}

export interface ListEvent {
	/** The number of the response; the change is just before it. */
	answer: number;
	arrive: number;
	/** The added rows have older dates. */
	late: boolean;
	/** Positions of rows to remove, as shares of the list. */
	remove: number[];
}

/** Number of requests at once, as with the node's default. */
const AT_ONCE = 16;
const FIRST_DAY = Date.UTC(2026, 0, 1);

/** At least half of the worlds are sorted by time. */
export const anyOrder = fc.oneof(
	fc.constantFrom<Order>('newestFirst', 'oldestFirst'),
	fc.constantFrom(...ORDERS),
);
const burst = fc.oneof(
	{ weight: 5, arbitrary: fc.integer({ min: 0, max: 3 }) },
	{ weight: 2, arbitrary: fc.integer({ min: 50, max: 450 }) },
);
const event: fc.Arbitrary<ListEvent> = fc.record({
	answer: fc.nat({ max: 25 }),
	arrive: burst,
	late: fc.boolean(),
	remove: fc.oneof(
		{ weight: 3, arbitrary: fc.constant<number[]>([]) },
		{ weight: 1, arbitrary: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 8 }) },
	),
});

/** What every moving list has. */
export const movement = {
	rows: fc.oneof(fc.nat({ max: 8 }), fc.nat({ max: 250 }), fc.nat({ max: 1500 })),
	order: anyOrder,
	rotatedBy: fc.double({ min: 0, max: 1, noNaN: true }),
	orderBy: fc.constantFrom('booking' as const, 'createdAt' as const),
	events: fc.array(event, { maxLength: 6 }),
	delays: fc.array(fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 40 })), { minLength: 1, maxLength: 12 }),
};

/** The rows that a reader returned, and the rows that it should have returned. */
export interface Outcome {
	returned: string[];
	/** The rows when reading began, in the server's order. */
	before: string[];
	/** Rows that were removed during reading. */
	removed: Set<string>;
	/** All rows that existed at any time. */
	allRows: Set<string>;
	requests: number;
}

/** Asks for a page. */
export type Ask<Asked, Page> = (asked: Asked) => Promise<Page>;
type Rows = AsyncIterable<Array<{ id: string | number }>>;

/** The rows of a list before anything happens: three rows a minute, of all types and several amounts. */
export function ledgerOf({
	rows,
	orderBy,
	rotatedBy,
}: Pick<MovingList, 'rows' | 'orderBy' | 'rotatedBy'>): Ledger {
	const transactions = Array.from({ length: rows }, (_, i) =>
		row(`row${i}`, i, FIRST_DAY + Math.floor(i / 3) * 60_000),
	);
	return new Ledger(transactions, { orderBy, rotatedBy });
}

/**
 * Runs a reader on a list, with simulated time.
 *
 * @param serve makes the page that was asked for, as the rows are now; `answer`: the number of the response
 */
export async function playList<Asked, Page>(
	list: MovingList,
	serve: (asked: Asked, ledger: Ledger, answer: number) => Page,
	read: (ask: Ask<Asked, Page>) => Rows,
): Promise<Outcome> {
	const rows = new MovingRows(list);
	const { before, removed, allRows } = rows;
	const time = new WorldTime();
	let [answers, requests, atOnce] = [0, 0, 0];
	const queue: Array<() => void> = [];
	const next = () => {
		if (atOnce < AT_ONCE && queue.length > 0) {
			atOnce++;
			queue.shift()!();
		}
	};
	const ask = (asked: Asked) =>
		new Promise<Page>((resolve) => {
			queue.push(() => {
				const [served, arrived] = list.delays[requests++ % list.delays.length];
				time.after(served, () => {
					const answer = answers++;
					rows.moveBefore(answer);
					const page = serve(asked, rows.ledger, answer);
					time.after(arrived, () => {
						atOnce--;
						resolve(page);
						next();
					});
				});
			});
			next();
		});
	const returned: string[] = [];
	const reading = (async () => {
		for await (const rows of read(ask)) returned.push(...rows.map(({ id }) => String(id)));
	})();
	await time.runUntil(reading);
	return { returned, before, removed, allRows, requests };
}

/** The rows of a list, which come and go as its events say. */
class MovingRows {
	readonly ledger: Ledger;
	readonly before: string[];
	readonly removed = new Set<string>();
	readonly allRows: Set<string>;
	private added = 0;

	constructor(private readonly list: MovingList) {
		this.ledger = ledgerOf(list);
		this.before = this.ledger.all(list.order).map(({ id }) => id);
		this.allRows = new Set(this.before);
	}

	moveBefore(answer: number): void {
		for (const event of this.list.events) if (event.answer === answer) this.move(event);
	}

	private move({ arrive, late, remove }: ListEvent): void {
		for (let i = 0; i < arrive; i++) {
			const id = `new${this.added++}`;
			this.allRows.add(id);
			const at =
				FIRST_DAY + (late ? Math.floor((this.added % 7) * this.list.rows * 3) : 1e9 + this.added) * 1000;
			this.ledger.book(row(id, this.added, at));
		}
		for (const share of remove) {
			const all = this.ledger.all('oldestFirst');
			if (all.length <= (this.list.leastRows ?? 0)) continue;
			const { id } = all[Math.floor(share * all.length)];
			this.removed.add(id);
			this.ledger.remove(id);
		}
	}
}

/** Throws unless every row that existed at the start was returned exactly once and in order. */
export function expectEveryRowOnce({ returned, before, removed, allRows }: Outcome, wanted = Infinity): void {
	const seen = new Set(returned);
	if (seen.size < returned.length) throw new Error('a row was returned twice');
	if (returned.some((id) => !allRows.has(id))) throw new Error('a row was returned that never existed');
	if (returned.length > wanted) throw new Error('more rows were returned than wanted');
	const old = new Map(before.map((id, place) => [id, place]));
	// A removed row can be in a page that was served earlier, and be returned after the rows of a page that was served later.
	const places = returned
		.filter((id) => !removed.has(id))
		.map((id) => old.get(id))
		.filter((place) => place !== undefined);
	if (places.some((place, i) => i > 0 && place < places[i - 1]))
		throw new Error('rows are in the wrong order');
	// With a limit, the rows up to the last returned one; without a limit, all rows.
	const upTo = returned.length >= wanted ? (places.at(-1) ?? -1) + 1 : before.length;
	const missing = before.slice(0, upTo).filter((id) => !seen.has(id) && !removed.has(id));
	if (missing.length > 0) throw new Error(`${missing.length} rows are missing, the first is ${missing[0]}`);
}

/** Simulated time, which passes only when nothing else is left to do. */
class WorldTime {
	private now = 0;
	private readonly due: Array<{ at: number; run: () => void }> = [];

	after(ms: number, run: () => void): void {
		const at = this.now + ms;
		const place = this.due.findLastIndex((other) => other.at <= at) + 1;
		this.due.splice(place, 0, { at, run });
	}

	async runUntil(finished: Promise<void>): Promise<void> {
		const state = { over: false };
		finished.then(
			() => (state.over = true),
			() => (state.over = true),
		);
		for (let steps = 0; !state.over; steps++) {
			await new Promise(setImmediate);
			if (steps > 50_000) throw new Error('reading did not end');
			const next = this.due.shift();
			if (!next) continue;
			this.now = next.at;
			next.run();
		}
		await finished;
	}
}

function row(id: string, place: number, at: number) {
	const type = TRANSACTION_TYPES[(place * 7 + (place >> 3)) % TRANSACTION_TYPES.length];
	const amount = (1 + ((place * 5) % 7)) * (type === 'usage' ? -10 : 10);
	return { id, type, amount, description: id, siteId: null, createdAt: new Date(at).toISOString() };
}
