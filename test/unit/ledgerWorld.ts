import * as fc from 'fast-check';
import type { LedgerSource } from '../../nodes/LlmGenerator/ledger/source';
import type { HistoryPage } from '../../nodes/LlmGenerator/shapes';
import { Ledger, type Order, ORDERS } from '../../sandbox/ledger';
import { TRANSACTION_TYPES } from '../../sandbox/transaction';

/** Changes of the ledger while it is read, and the behavior of its server. Time is counted in responses. */
export interface World {
	rows: number;
	order: Order;
	/** The API orders rows by this, also a row that is added late. */
	orderBy: 'booking' | 'createdAt';
	/** The share of the rows that a rotated order moves; default: one third. */
	rotatedBy?: number;
	/** The maximum number of rows of each page; the list is repeated. */
	pageCaps: number[];
	total: 'right' | 'missing' | 'too small' | 'too big';
	hasMore: 'right' | 'missing' | 'always' | 'never';
	/** Numbers of responses that are empty although there are rows. */
	emptyAnswers: number[];
	events: LedgerEvent[];
	/** How long each response takes until it is created, and until it arrives; the list is repeated. */
	delays: Array<[served: number, arrived: number]>;
	/** The number of wanted rows; undefined: all. */
	wanted?: number;
}

interface LedgerEvent {
	/** The number of the response; the change is just before it. */
	answer: number;
	arrive: number;
	/** The added rows have older dates. */
	late: boolean;
	/** Positions of rows to remove, as shares of the ledger. */
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
	// Two cases are impossible to detect, so they are left out: an empty page if nothing in the response says that there are
	// more rows, and an end that total and hasMore both claim too early.
	.map((made) => ({
		...made,
		rows: made.pageCaps[0] < 5 ? made.rows % 120 : made.rows,
		emptyAnswers:
			made.total === 'right' || made.total === 'too big' || made.hasMore === 'always'
				? made.emptyAnswers
				: [],
		hasMore: made.total === 'too small' && made.hasMore === 'never' ? ('missing' as const) : made.hasMore,
	}));

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

/** Runs a reader on a world, with simulated time. */
export async function play(world: World, read: Read): Promise<Outcome> {
	const ledger = ledgerOf(world);
	const before = ledger.all(world.order).map(({ id }) => id);
	const removed = new Set<string>();
	const allRows = new Set(before);
	let [answers, added, requests] = [0, 0, 0];

	// If total and hasMore both say that there are rows, an empty ledger looks like rows that the server leaves out.
	const leastRows = world.hasMore === 'always' && world.total.startsWith('too') ? 1 : 0;
	const change = ({ arrive, late, remove }: LedgerEvent) => {
		for (let i = 0; i < arrive; i++) {
			const id = `new${added++}`;
			allRows.add(id);
			const at = FIRST_DAY + (late ? Math.floor((added % 7) * world.rows * 3) : 1e9 + added) * 1000;
			ledger.book(row(id, added, at));
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

	const returned: string[] = [];
	const reading = (async () => {
		for await (const rows of read(source)) returned.push(...rows.map(({ id }) => String(id)));
	})();
	await time.runUntil(reading);
	return { returned, before, removed, allRows, requests };
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
