import * as fc from 'fast-check';
import { NodeApiError, type INode } from 'n8n-workflow';
import type { LedgerSource } from '../../nodes/LlmGenerator/ledger/source';
import { currentPosition } from '../../nodes/LlmGenerator/ledger/firstLook';
import type { LedgerPosition } from '../../nodes/LlmGenerator/ledger/position';
import { readNewRows } from '../../nodes/LlmGenerator/ledger/newRows';
import { Ledger, type Order } from '../../sandbox/ledger';
import { EXAMPLES } from '../../sandbox/transaction';
import { seed } from './chance';
import { expectEveryRowOnce, history, remembersOf, type History, type Watcher } from './ledgerHistory';

const HISTORIES = 4 * Number(process.env.HISTORIES ?? 150);

/** How a server and n8n's clock treat the trigger, beyond what happens to the ledger. */
interface Treatment {
	total: 'right' | 'missing';
	/** The most rows that the server puts into a page. */
	pageCap: number;
	/** After how many answers time runs out, for one poll after the other; then never. */
	patience: number[];
	/** Answers, by number, that the rate limit turns away; the first three are those of the activation. */
	limited: number[];
}

const treatment: fc.Arbitrary<Treatment> = fc.record({
	total: fc.constantFrom('right' as const, 'missing' as const),
	pageCap: fc.constantFrom(100, 100, 30),
	patience: fc.array(fc.nat({ max: 4 }), { maxLength: 6 }),
	limited: fc.array(fc.oneof(fc.nat({ max: 2 }), fc.nat({ max: 40 })), { maxLength: 3 }),
});

/** Found by this test: rows that came twice, or never, after a poll that had no time to look further back. */
const book = (count: number, late = 0) => ({ do: 'book' as const, count, tie: false, late });
const poll = { do: 'poll' as const, arriving: 0 };
const treated = (more: Partial<Treatment>): Treatment => ({
	total: 'right',
	pageCap: 100,
	patience: [],
	limited: [],
	...more,
});
const FOUND: Array<[History, Treatment]> = [
	[
		{ rows: 2, order: 'oldestFirst', orderBy: 'booking', steps: [book(194), book(4, 1), poll] },
		treated({ patience: [2, 0] }),
	],
	[
		{ rows: 90, order: 'newestFirst', orderBy: 'createdAt', steps: [book(1, 21), book(100), poll] },
		treated({ patience: [0] }),
	],
	[
		{ rows: 90, order: 'oldestFirst', orderBy: 'booking', steps: [book(1)] },
		treated({ total: 'missing', pageCap: 30, patience: [0, 2] }),
	],
	[
		{
			rows: 90,
			order: 'newestFirst',
			orderBy: 'booking',
			steps: [book(178), { do: 'poll', arriving: 2 }],
		},
		treated({ total: 'missing', patience: [4] }),
	],
	[
		{ rows: 101, order: 'oldestFirst', orderBy: 'booking', steps: [poll] },
		treated({ total: 'missing', limited: [18] }),
	],
	[
		{ rows: 501, order: 'oldestFirst', orderBy: 'createdAt', steps: [book(60, 21), book(1)] },
		treated({ patience: [0] }),
	],
	[
		{ rows: 90, order: 'newestFirst', orderBy: 'createdAt', steps: [book(87, 22), book(393), poll] },
		treated({ limited: [8] }),
	],
	[
		{
			rows: 497,
			order: 'oldestFirst',
			orderBy: 'createdAt',
			steps: [book(4), poll, book(60, 51), book(377), book(1, 1), book(2), poll, book(69)],
		},
		treated({ patience: [0, 0], limited: [15] }),
	],
	[
		{
			rows: 90,
			order: 'oldestFirst',
			orderBy: 'createdAt',
			steps: [{ do: 'remove', newest: 3 }, book(3, 18), book(60), poll],
		},
		treated({ pageCap: 30, patience: [0] }),
	],
	[
		{
			rows: 2,
			order: 'oldestFirst',
			orderBy: 'booking',
			steps: [
				{ do: 'remove', newest: 1 },
				{ do: 'remove', newest: 1 },
				{ do: 'book', count: 198, tie: true, late: 0 },
				poll,
				book(1),
			],
		},
		treated({ total: 'missing', patience: [0] }),
	],
];

test(
	`every row comes once, oldest first, in ${HISTORIES} histories with little time and a low rate limit`,
	async () => {
		await fc.assert(
			fc.asyncProperty(history, treatment, async (played, treated) => {
				// Without a count, nothing tells that a row was booked far back.
				const late = ({ steps }: History) => steps.some((step) => step.do === 'book' && step.late > 0);
				fc.pre(treated.total === 'right' || !late(played));
				await expectEveryRowOnce(played, new Model(treated));
			}),
			{ numRuns: HISTORIES, seed, examples: FOUND },
		);
	},
	120_000 + 60 * HISTORIES,
);

/** What happens to the list just before an answer of the activation. */
const movement = fc.record({
	answer: fc.integer({ min: 1, max: 2 }),
	arrive: fc.integer({ min: 0, max: 3 }),
	/** How many rows back those are dated that arrive. */
	late: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 150 })),
	/** The place of a row that is taken out, as a share of the list. */
	remove: fc.option(fc.double({ min: 0, max: 0.999, noNaN: true }), { nil: undefined }),
});
const activation = fc.record({
	rows: fc.oneof(fc.nat({ max: 9 }), fc.nat({ max: 250 }), fc.nat({ max: 700 })),
	order: fc.constantFrom('newestFirst' as const, 'oldestFirst' as const),
	orderBy: fc.constantFrom('booking' as const, 'createdAt' as const),
	pageCap: fc.constantFrom(100, 100, 30, 7),
	hasMore: fc.constantFrom('right' as const, 'missing' as const),
	moves: fc.array(movement, { maxLength: 1 }),
	limitedFrom: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 2 })),
});
type Activation = typeof activation extends fc.Arbitrary<infer T> ? T : never;
/** Found by this test: the last page has some of the rows that came meanwhile. */
const SOME_ROWS_IN_LAST_PAGE: Activation = {
	rows: 58,
	order: 'newestFirst',
	orderBy: 'booking',
	pageCap: 30,
	hasMore: 'right',
	moves: [{ answer: 1, arrive: 3, late: 0, remove: undefined }],
	limitedFrom: Infinity,
};

test(`an activation costs three requests, and nothing old is ever new, in ${HISTORIES} lists that may move meanwhile`, async () => {
	await fc.assert(
		fc.asyncProperty(activation, async ({ rows, order, orderBy, pageCap, hasMore, moves, limitedFrom }) => {
			const at = (place: number) => new Date(Date.UTC(2026, 0, 1) + place * 1000).toISOString();
			const row = (id: string, place: number) => ({ ...EXAMPLES.usage, id, createdAt: at(place) });
			const ledger = new Ledger(
				Array.from({ length: rows }, (_, i) => row(`old${i}`, i)),
				{ orderBy },
			);
			let answers = 0;
			let isActive = false;
			const source: LedgerSource = {
				page: async (slice) => {
					const answer = answers++;
					for (const move of isActive ? [] : moves.filter((made) => made.answer === answer)) {
						const gone = ledger.all(order)[Math.floor((move.remove ?? 1) * rows)];
						if (gone) ledger.remove(gone.id);
						else
							for (let i = 0; i < move.arrive; i++)
								ledger.book(row(`meanwhile${i}`, rows + i - (orderBy === 'createdAt' ? move.late : 0)));
					}
					if (!isActive && answer >= limitedFrom) throw refused('429');
					const page = ledger.page({ ...slice, limit: Math.min(slice.limit, pageCap), order });
					return await Promise.resolve(hasMore === 'right' ? page : { ...page, hasMore: undefined });
				},
				unreadable: (happened) => new Error(happened),
			};
			let position: LedgerPosition;
			try {
				position = await currentPosition(source);
			} catch (failure) {
				// One row alone does not tell which way the list runs.
				if (failure instanceof NodeApiError && rows < 2) return;
				throw failure;
			}
			// Without hasMore, rows that arrive behind a last page look like a count that is wrong.
			if (hasMore === 'right' || moves.length === 0) expect(answers).toBeLessThanOrEqual(3);
			isActive = true;
			if (position.unfinished) position = await currentPosition(source, () => true, position);

			const emitted: string[] = [];
			const poll = async () => {
				const news = await readNewRows(source, position, () => true);
				position = news.position;
				emitted.push(...news.rows.map(({ id }) => String(id)));
			};
			// Where nothing but an offset is known, nothing tells that the list moved.
			if (position.seen === '' && moves.length > 0) return;
			await poll();
			expect(emitted.filter((id) => id.startsWith('old'))).toEqual([]);
			const booked = [0, 1, 2].map((i) => ledger.book(row(`new${i}`, rows + 10 + i)).id);
			await poll();
			await poll();
			expect(emitted.filter((id) => id.startsWith('new'))).toEqual(booked);
			expect(emitted.filter((id) => id.startsWith('old'))).toEqual([]);
		}),
		{ numRuns: HISTORIES, seed, examples: [[SOME_ROWS_IN_LAST_PAGE]] },
	);
}, 120_000);

describe.each(['newestFirst', 'oldestFirst'] as const)('a ledger served %s', (order) => {
	const rows = (count: number, from: number) =>
		Array.from({ length: count }, (_, i) => ({
			...EXAMPLES.usage,
			id: `row${from + i}`,
			createdAt: new Date(Date.UTC(2026, 0, 1) + (from + i) * 1000).toISOString(),
		}));

	test('what was found before the rate limit ended a poll is emitted, the rest with the next one', async () => {
		const model = new Model(treated({ limited: [20] }));
		const ledger = new Ledger(rows(700, 0));
		await model.activate(ledger, order);
		const offline = rows(2500, 700);
		for (const row of offline) ledger.book(row);
		const first = await model.poll(0);
		expect(first.length).toBeGreaterThan(100);
		expect(first.length).toBeLessThan(2500);
		const second = await model.poll(0);
		expect([...first, ...second].map(({ id }) => id)).toEqual(offline.map(({ id }) => id));
	});

	test('any other failure ends a poll, and moves nothing', async () => {
		const ledger = new Ledger(rows(700, 0));
		let answers = 0;
		const source: LedgerSource = {
			page: async (slice) => {
				if (++answers === 20) throw refused('503');
				return await Promise.resolve(ledger.page({ ...slice, order }));
			},
			unreadable: (happened) => new Error(happened),
		};
		const position = await currentPosition(source);
		for (const row of rows(2500, 700)) ledger.book(row);
		const before = structuredClone(position);
		await expect(readNewRows(source, position, () => true)).rejects.toMatchObject({ httpCode: '503' });
		expect(position).toEqual(before);
	});

	test('the first look is not cut short: what was there is never new', async () => {
		for (let limited = 0; limited < 8; limited++) {
			const model = new Model(treated({ limited: [limited] }));
			await model.activate(new Ledger(rows(700, 0)), order);
			expect(await model.poll(0)).toEqual([]);
			expect(await model.poll(0)).toEqual([]);
		}
	});
});

const node = { name: 'LLM Generator Trigger', type: 'llmGeneratorTrigger', typeVersion: 1 } as INode;

/** The trigger's use of positions, over a ledger in memory. */
class Model implements Watcher {
	private position!: LedgerPosition;
	private saved!: LedgerPosition;
	private polls = 0;
	private answers = 0;
	private arriving = 0;
	private source!: LedgerSource;

	constructor(private readonly treated: Treatment) {}

	async activate(ledger: Ledger, order: Order) {
		this.source = {
			page: async (slice) => {
				if (this.treated.limited.includes(this.answers++)) throw refused('429');
				const page = ledger.page({ ...slice, limit: Math.min(slice.limit, this.treated.pageCap), order });
				const [newest] = ledger.recent(1);
				if (newest && this.arriving-- > 0) ledger.book({ createdAt: newest.createdAt });
				await Promise.resolve();
				return this.treated.total === 'right' ? page : { ...page, total: undefined };
			},
			unreadable: (happened) => new Error(happened),
		};
		for (let unfinished: LedgerPosition | undefined; ; ) {
			try {
				const position = await currentPosition(this.source, () => true, unfinished);
				this.saved = this.position = position;
				if (!position.unfinished) return;
				unfinished = position;
			} catch (failure) {
				if (!(failure instanceof NodeApiError)) throw failure;
			}
		}
	}

	remembers() {
		return Math.min(remembersOf(this.position), remembersOf(this.saved));
	}

	async poll(arriving: number) {
		const patience = this.treated.patience[this.polls++] ?? Infinity;
		const outOfTime = this.answers + patience;
		this.arriving = arriving;
		const known = this.position;
		try {
			const { rows, position } = await readNewRows(this.source, known, () => this.answers < outOfTime);
			// Another poll ended meanwhile, and emitted these rows.
			if (this.position !== known) return [];
			this.position = position;
			// n8n saves the state with items only.
			if (rows.length > 0) this.saved = position;
			return rows;
		} catch (failure) {
			if (failure instanceof NodeApiError) return [];
			throw failure;
		} finally {
			this.arriving = 0;
		}
	}

	async fail() {
		const { position } = this;
		const source = { ...this.source, page: () => Promise.reject(new Error('no answer')) };
		await expect(readNewRows(source, position, () => true)).rejects.toThrow('no answer');
	}

	restart() {
		this.position = this.saved;
	}
}

function refused(httpCode: string) {
	return new NodeApiError(node, {}, { message: 'The API refuses', httpCode });
}
