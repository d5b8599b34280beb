import * as fc from 'fast-check';
import type { LedgerSource } from '../../nodes/LlmGenerator/ledger/source';
import type { HistoryPage } from '../../nodes/LlmGenerator/shapes';
import { Ledger, type Order, ORDERS } from '../../sandbox/ledger';
import { TRANSACTION_TYPES } from '../../sandbox/transaction';

/** What happens to the ledger while it is read, and how its server behaves. Times are counted in answers served. */
export interface World {
	rows: number;
	order: Order;
	/** What decides a row's place, also of one that is booked late. */
	orderBy: 'booking' | 'createdAt';
	/** The share of the rows that a rotated order serves out of place; default one third. */
	rotatedBy?: number;
	/** The most rows the server puts into a page; a list gives each page its own, over and over. */
	pageCaps: number[];
	total: 'right' | 'missing' | 'too small' | 'too big';
	hasMore: 'right' | 'missing' | 'always' | 'never';
	/** Pages, by the number of the answer, that come empty though there are rows. */
	emptyAnswers: number[];
	events: LedgerEvent[];
	/** How long each answer takes to be served, and then to arrive; used over and over. */
	delays: Array<[served: number, arrived: number]>;
	/** Rows wanted; all where undefined. */
	wanted?: number;
}

interface LedgerEvent {
	/** Just before this answer is served. */
	answer: number;
	arrive: number;
	/** Booked with an older date. */
	late: boolean;
	/** Places of rows to take out, as shares of the ledger. */
	remove: number[];
}

/** Answers of a real server that are on their way at the same time, as the node's budget allows. */
const AT_ONCE = 16;
const FIRST_DAY = Date.UTC(2026, 0, 1);

/** Half of the worlds are in an order of time. */
export const anyOrder = fc.oneof(
	fc.constantFrom<Order>('newestFirst', 'oldestFirst'),
	fc.constantFrom(...ORDERS),
);
const burst = fc.oneof(
	{ weight: 5, arbitrary: fc.integer({ min: 0, max: 3 }) },
	{ weight: 2, arbitrary: fc.integer({ min: 50, max: 450 }) },
);
const event: fc.Arbitrary<LedgerEvent> = fc.record({
	answer: fc.nat({ max: 25 }),
	arrive: burst,
	late: fc.boolean(),
	remove: fc.oneof(
		{ weight: 3, arbitrary: fc.constant<number[]>([]) },
		{ weight: 1, arbitrary: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 8 }) },
	),
});

export const world: fc.Arbitrary<World> = fc
	.record({
		rows: fc.oneof(fc.nat({ max: 8 }), fc.nat({ max: 250 }), fc.nat({ max: 1500 })),
		order: anyOrder,
		rotatedBy: fc.double({ min: 0, max: 1, noNaN: true }),
		orderBy: fc.constantFrom('booking' as const, 'createdAt' as const),
		pageCaps: fc.oneof(
			{ weight: 4, arbitrary: fc.constant<number[]>([100]) },
			{ weight: 1, arbitrary: fc.integer({ min: 1, max: 99 }).map((cap) => [cap]) },
			{ weight: 1, arbitrary: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 9 }) },
		),
		total: fc.constantFrom('right' as const, 'missing' as const, 'too small' as const, 'too big' as const),
		hasMore: fc.constantFrom('right' as const, 'missing' as const, 'always' as const, 'never' as const),
		emptyAnswers: fc.array(fc.nat({ max: 20 }), { maxLength: 2 }),
		events: fc.array(event, { maxLength: 6 }),
		delays: fc.array(fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 40 })), { minLength: 1, maxLength: 12 }),
		wanted: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
	})
	// Nobody could tell a page that is empty by chance from the end, where nothing in the answer says that there is more;
	// or see an end that total and hasMore both claim too early.
	.map((made) => ({
		...made,
		rows: made.pageCaps[0] < 5 ? made.rows % 120 : made.rows,
		emptyAnswers:
			made.total === 'right' || made.total === 'too big' || made.hasMore === 'always'
				? made.emptyAnswers
				: [],
		hasMore: made.total === 'too small' && made.hasMore === 'never' ? ('missing' as const) : made.hasMore,
	}));

/** What a reader got out of a world, and what it should have got. */
export interface Outcome {
	got: string[];
	/** The rows when reading began, in the server's order. */
	before: string[];
	/** Rows that were taken out while it read. */
	removed: Set<string>;
	/** Every row there ever was. */
	ever: Set<string>;
	requests: number;
}

type Read = (source: LedgerSource) => AsyncIterable<Array<{ id: string | number }>>;

/** The account of a world before anything happens: three rows a minute, of all types and several amounts. */
export function ledgerOf({
	rows,
	orderBy,
	rotatedBy,
}: Pick<World, 'rows' | 'orderBy' | 'rotatedBy'>): Ledger {
	const transactions = Array.from({ length: rows }, (_, i) =>
		row(`row${i}`, i, FIRST_DAY + Math.floor(i / 3) * 60_000),
	);
	return new Ledger(transactions, { orderBy, rotatedBy });
}

/** Lets a reader loose on a world, in the world's own time. */
export async function play(world: World, read: Read): Promise<Outcome> {
	const ledger = ledgerOf(world);
	const before = ledger.all(world.order).map(({ id }) => id);
	const removed = new Set<string>();
	const ever = new Set(before);
	let [answers, booked, requests] = [0, 0, 0];

	// Nobody could tell rows that were all taken out from rows held back, where total and hasMore both say there are some.
	const leastRows = world.hasMore === 'always' && world.total.startsWith('too') ? 1 : 0;
	const change = ({ arrive, late, remove }: LedgerEvent) => {
		for (let i = 0; i < arrive; i++) {
			const id = `new${booked++}`;
			ever.add(id);
			const at = FIRST_DAY + (late ? Math.floor((booked % 7) * world.rows * 3) : 1e9 + booked) * 1000;
			ledger.book(row(id, booked, at));
		}
		for (const share of remove) {
			const all = ledger.all('oldestFirst');
			if (all.length <= leastRows) continue;
			const { id } = all[Math.floor(share * all.length)];
			removed.add(id);
			ledger.remove(id);
		}
	};
	const serve = ({ limit, offset }: { limit: number; offset: number }): HistoryPage => {
		const answer = answers++;
		world.events.filter((event) => event.answer === answer).forEach(change);
		const cap = world.pageCaps[answer % world.pageCaps.length];
		const page = ledger.page({ limit: Math.min(limit, cap), offset, order: world.order });
		const { total, hasMore } = page;
		return {
			transactions: world.emptyAnswers.includes(answer) ? [] : page.transactions,
			total: { right: total, missing: undefined, 'too small': Math.floor(world.rows / 2), 'too big': 9999 }[
				world.total
			],
			hasMore: { right: hasMore, missing: undefined, always: true, never: false }[world.hasMore],
		};
	};

	const time = new WorldTime();
	let atOnce = 0;
	const queue: Array<() => void> = [];
	const next = () => {
		if (atOnce < AT_ONCE && queue.length > 0) {
			atOnce++;
			queue.shift()!();
		}
	};
	const source: LedgerSource = {
		page: async (slice) =>
			await new Promise<HistoryPage>((resolve) => {
				queue.push(() => {
					const [served, arrived] = world.delays[requests++ % world.delays.length];
					time.after(served, () => {
						const page = serve(slice);
						time.after(arrived, () => {
							atOnce--;
							resolve(page);
							next();
						});
					});
				});
				next();
			}),
		unreadable: (happened) => new Error(happened),
	};

	const got: string[] = [];
	const reading = (async () => {
		for await (const rows of read(source)) got.push(...rows.map(({ id }) => String(id)));
	})();
	await time.runUntil(reading);
	return { got, before, removed, ever, requests };
}

/** Whether every row of the beginning came exactly once, in order. Throws with what is wrong. */
export function expectEveryRowOnce({ got, before, removed, ever }: Outcome, wanted = Infinity): void {
	const seen = new Set(got);
	if (seen.size < got.length) throw new Error('a row came twice');
	if (got.some((id) => !ever.has(id))) throw new Error('a row came that never was');
	if (got.length > wanted) throw new Error('more rows came than were wanted');
	const old = new Map(before.map((id, place) => [id, place]));
	// A row that was taken out meanwhile may come from a page that was served before, behind rows of one served after.
	const places = got
		.filter((id) => !removed.has(id))
		.map((id) => old.get(id))
		.filter((place) => place !== undefined);
	if (places.some((place, i) => i > 0 && place < places[i - 1])) throw new Error('rows came out of order');
	// With a limit, the rows up to the last one that came; without, all of them.
	const upTo = got.length >= wanted ? (places.at(-1) ?? -1) + 1 : before.length;
	const missing = before.slice(0, upTo).filter((id) => !seen.has(id) && !removed.has(id));
	if (missing.length > 0) throw new Error(`${missing.length} rows are missing, the first is ${missing[0]}`);
}

/** Time that passes only when nothing else is left to do. */
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
