import * as fc from 'fast-check';
import type { LedgerSource } from '../../nodes/LlmGenerator/ledger/source';
import type { HistoryPage } from '../../nodes/LlmGenerator/shapes';
import type { Ledger } from '../../sandbox/ledger';
import { movement, playList, type MovingList, type Outcome } from './movingList';

export { anyOrder, expectEveryRowOnce, ledgerOf } from './movingList';

/** Changes of the ledger while it is read, and the behavior of its server. */
export interface World extends MovingList {
	/** The maximum number of rows of each page; the list is repeated. */
	pageCaps: number[];
	total: 'right' | 'missing' | 'too small' | 'too big';
	hasMore: 'right' | 'missing' | 'always' | 'never';
	/** Numbers of responses that are empty although there are rows. */
	emptyAnswers: number[];
	/** The number of wanted rows; undefined: all. */
	wanted?: number;
}

export const world: fc.Arbitrary<World> = fc
	.record({
		rows: movement.rows,
		order: movement.order,
		rotatedBy: movement.rotatedBy,
		orderBy: movement.orderBy,
		pageCaps: fc.oneof(
			{ weight: 4, arbitrary: fc.constant<number[]>([100]) },
			{ weight: 1, arbitrary: fc.integer({ min: 1, max: 99 }).map((cap) => [cap]) },
			{ weight: 1, arbitrary: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 9 }) },
		),
		total: fc.constantFrom('right' as const, 'missing' as const, 'too small' as const, 'too big' as const),
		hasMore: fc.constantFrom('right' as const, 'missing' as const, 'always' as const, 'never' as const),
		emptyAnswers: fc.array(fc.nat({ max: 20 }), { maxLength: 2 }),
		events: movement.events,
		delays: movement.delays,
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

type Read = (source: LedgerSource) => AsyncIterable<Array<{ id: string | number }>>;

/** Runs a reader on a world, with simulated time. */
export async function play(world: World, read: Read): Promise<Outcome> {
	const serve = (slice: { limit: number; offset: number }, ledger: Ledger, answer: number): HistoryPage => {
		const cap = world.pageCaps[answer % world.pageCaps.length];
		const page = ledger.page({ ...slice, limit: Math.min(slice.limit, cap), order: world.order });
		const { total, hasMore } = page;
		return {
			transactions: world.emptyAnswers.includes(answer) ? [] : page.transactions,
			total: { right: total, missing: undefined, 'too small': Math.floor(world.rows / 2), 'too big': 9999 }[
				world.total
			],
			hasMore: { right: hasMore, missing: undefined, always: true, never: false }[world.hasMore],
		};
	};
	// If total and hasMore both say that there are rows, an empty ledger looks like rows that the server leaves out.
	const leastRows = world.hasMore === 'always' && world.total.startsWith('too') ? 1 : 0;
	return await playList({ ...world, leastRows }, serve, (page) =>
		read({ page, unreadable: (happened) => new Error(happened) }),
	);
}
