import * as fc from 'fast-check';
import type { NumberedPage, NumberedSource } from '../../nodes/LlmGenerator/paging/numberedPages';
import type { Ledger, Transaction } from '../../sandbox/ledger';
import { movement, playList, type MovingList, type Outcome } from './movingList';

const CLAIMS = ['right', 'missing', 'zero', 'too small', 'too big', 'this page', 'text'] as const;
type Claim = (typeof CLAIMS)[number];

/** A list whose pages go by number, which changes while it is read, and the behavior of its server. */
export interface NumberedWorld extends MovingList {
	/** The maximum number of rows of each page; with `isFixed`, every page has so many, whatever limit is asked for. */
	pageRows: number;
	isFixed: boolean;
	/** What the server sends for a page past the end. */
	pastEnd: 'no rows' | 'the last page';
	total: Claim;
	totalPages: Claim;
	/** Numbers of responses that are empty although there are rows. */
	emptyAnswers: number[];
	/** The number of wanted rows; undefined: all. */
	wanted?: number;
}

/** With so few rows a page, pages cannot always overlap. */
const FEW_PAGE_ROWS = 12;

const isHonestOrMore = (claim: Claim) => claim === 'right' || claim === 'too big';

export const numberedWorld: fc.Arbitrary<NumberedWorld> = fc
	.record({
		...movement,
		pageRows: fc.oneof(
			{ weight: 4, arbitrary: fc.constant(100) },
			{ weight: 2, arbitrary: fc.integer({ min: 1, max: 99 }) },
			{ weight: 1, arbitrary: fc.integer({ min: 1, max: 12 }) },
		),
		isFixed: fc.oneof(
			{ weight: 4, arbitrary: fc.constant(false) },
			{ weight: 1, arbitrary: fc.constant(true) },
		),
		pastEnd: fc.constantFrom('no rows' as const, 'the last page' as const),
		total: fc.constantFrom(...CLAIMS),
		totalPages: fc.constantFrom(...CLAIMS),
		emptyAnswers: fc.array(fc.nat({ max: 20 }), { maxLength: 2 }),
		wanted: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
		onlyGrows: fc.boolean(),
	})
	.map(({ onlyGrows, ...made }) => ({
		...made,
		// Impossible to detect: a row that leaves and one that comes while a page is read that overlaps with no other.
		events:
			made.isFixed || made.pageRows <= FEW_PAGE_ROWS
				? made.events.map((event) => (onlyGrows ? { ...event, remove: [] } : { ...event, arrive: 0 }))
				: made.events,
		rows: made.pageRows < 5 ? made.rows % 120 : made.rows,
		// Impossible to detect: one or two rows a page, if total and totalPages both say that these are all.
		total: made.pageRows <= 2 && made.total !== 'right' ? ('missing' as const) : made.total,
	}))
	.map((made) => ({
		...made,
		// Impossible to detect: an empty page if nothing in the response says that there are more rows.
		emptyAnswers: isHonestOrMore(made.total) ? made.emptyAnswers : [],
	}));

type Read = (source: NumberedSource<Transaction>) => AsyncIterable<Transaction[]>;

/** Runs a reader on a world, with simulated time. */
export async function playNumbered(world: NumberedWorld, read: Read): Promise<Outcome> {
	const serve = (asked: { page: number; limit: number }, ledger: Ledger, answer: number) =>
		pageOf(world, ledger, asked, answer);
	return await playList(world, serve, (page) =>
		read({
			name: 'list of URLs',
			page,
			keyOf: ({ id }) => id,
			unreadable: (happened) => new Error(happened),
		}),
	);
}

function pageOf(
	world: NumberedWorld,
	ledger: Ledger,
	asked: { page: number; limit: number },
	answer: number,
): NumberedPage<Transaction> {
	const limit = world.isFixed ? world.pageRows : Math.min(asked.limit, world.pageRows);
	const all = ledger.all(world.order);
	const totalPages = Math.ceil(all.length / limit);
	const page = world.pastEnd === 'the last page' ? Math.max(1, Math.min(asked.page, totalPages)) : asked.page;
	const rows = world.emptyAnswers.includes(answer) ? [] : all.slice((page - 1) * limit, page * limit);
	const claimed = (claim: Claim, right: number, thisPage: number) =>
		({
			right,
			missing: undefined,
			zero: 0,
			'too small': Math.floor(right / 2),
			'too big': right * 3 + 50,
			'this page': thisPage,
			text: 'many',
		})[claim];
	return {
		rows,
		total: claimed(world.total, all.length, rows.length),
		totalPages: claimed(world.totalPages, totalPages, page),
	};
}
