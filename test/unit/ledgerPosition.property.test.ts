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

/** How the server and n8n limit the trigger, in addition to the changes of the ledger. */
interface Limits {
	total: 'right' | 'missing';
	/** The maximum number of rows of a page. */
	pageCap: number;
	/** After how many responses the time is up, for one poll after the other; later polls have no limit. */
	responsesPerPoll: number[];
	/** Numbers of requests that the rate limit rejects; the first three are those of the activation. */
	rejected: number[];
}

const anyLimits: fc.Arbitrary<Limits> = fc.record({
	total: fc.constantFrom('right' as const, 'missing' as const),
	pageCap: fc.constantFrom(100, 100, 30),
	responsesPerPoll: fc.array(fc.nat({ max: 4 }), { maxLength: 6 }),
	rejected: fc.array(fc.oneof(fc.nat({ max: 2 }), fc.nat({ max: 40 })), { maxLength: 3 }),
});

/** Found by this test: rows that were emitted twice, or never, after a poll that had no time to read further back. */
const book = (count: number, late = 0) => ({ do: 'book' as const, count, tie: false, late });
const poll = { do: 'poll' as const, arriving: 0 };
const limits = (more: Partial<Limits>): Limits => ({
	total: 'right',
	pageCap: 100,
	responsesPerPoll: [],
	rejected: [],
	...more,
});
const FOUND: Array<[History, Limits]> = [
	[
		{ rows: 2, order: 'oldestFirst', orderBy: 'booking', steps: [book(194), book(4, 1), poll] },
		limits({ responsesPerPoll: [2, 0] }),
	],
	[
		{ rows: 90, order: 'newestFirst', orderBy: 'createdAt', steps: [book(1, 21), book(100), poll] },
		limits({ responsesPerPoll: [0] }),
	],
	[
		{ rows: 90, order: 'oldestFirst', orderBy: 'booking', steps: [book(1)] },
		limits({ total: 'missing', pageCap: 30, responsesPerPoll: [0, 2] }),
	],
	[
		{
			rows: 90,
			order: 'newestFirst',
			orderBy: 'booking',
			steps: [book(178), { do: 'poll', arriving: 2 }],
		},
		limits({ total: 'missing', responsesPerPoll: [4] }),
	],
	[
		{ rows: 101, order: 'oldestFirst', orderBy: 'booking', steps: [poll] },
		limits({ total: 'missing', rejected: [18] }),
	],
	[
		{ rows: 501, order: 'oldestFirst', orderBy: 'createdAt', steps: [book(60, 21), book(1)] },
		limits({ responsesPerPoll: [0] }),
	],
	[
		{ rows: 90, order: 'newestFirst', orderBy: 'createdAt', steps: [book(87, 22), book(393), poll] },
		limits({ rejected: [8] }),
	],
	[
		{
			rows: 497,
			order: 'oldestFirst',
			orderBy: 'createdAt',
			steps: [book(4), poll, book(60, 51), book(377), book(1, 1), book(2), poll, book(69)],
		},
		limits({ responsesPerPoll: [0, 0], rejected: [15] }),
	],
	[
		{
			rows: 90,
			order: 'oldestFirst',
			orderBy: 'createdAt',
			steps: [{ do: 'remove', newest: 3 }, book(3, 18), book(60), poll],
		},
		limits({ pageCap: 30, responsesPerPoll: [0] }),
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
		limits({ total: 'missing', responsesPerPoll: [0] }),
	],
];

test(
	`every row is emitted once, oldest first, in ${HISTORIES} histories with little time and a low rate limit`,
	async () => {
		await fc.assert(
			fc.asyncProperty(history, anyLimits, async (played, limits) => {
				// Without a total, a row that was added far back cannot be noticed.
				const late = ({ steps }: History) => steps.some((step) => step.do === 'book' && step.late > 0);
				fc.pre(limits.total === 'right' || !late(played));
				await expectEveryRowOnce(played, new Model(limits));
			}),
			{ numRuns: HISTORIES, seed, examples: FOUND },
		);
	},
	120_000 + 60 * HISTORIES,
);

/** A change of the list just before a response to the activation. */
const movement = fc.record({
	answer: fc.integer({ min: 1, max: 2 }),
	arrive: fc.integer({ min: 0, max: 3 }),
	/** How many rows back the dates of the added rows are. */
	late: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 150 })),
	/** The position of a row that is removed, as a share of the list. */
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

test(`an activation needs three requests, and old rows are never new, in ${HISTORIES} lists that may change meanwhile`, async () => {
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
				// One row does not show the direction of the list.
				if (failure instanceof NodeApiError && rows < 2) return;
				throw failure;
			}
			// Without hasMore, rows that are added after the last page look like a wrong total.
			if (hasMore === 'right' || moves.length === 0) expect(answers).toBeLessThanOrEqual(3);
			isActive = true;
			if (position.unfinished) position = await currentPosition(source, () => true, position);

			const emitted: string[] = [];
			const poll = async () => {
				const news = await readNewRows(source, position, () => true);
				position = news.position;
				emitted.push(...news.rows.map(({ id }) => String(id)));
			};
			// If only an offset is known, a change of the list cannot be noticed.
			if (position.seen === '' && moves.length > 0) return;
			await poll();
			expect(emitted.filter((id) => id.startsWith('old'))).toEqual([]);
			const added = [0, 1, 2].map((i) => ledger.book(row(`new${i}`, rows + 10 + i)).id);
			await poll();
			await poll();
			expect(emitted.filter((id) => id.startsWith('new'))).toEqual(added);
			expect(emitted.filter((id) => id.startsWith('old'))).toEqual([]);
		}),
		{ numRuns: HISTORIES, seed, examples: [[SOME_ROWS_IN_LAST_PAGE]] },
	);
}, 400_000);

describe.each(['newestFirst', 'oldestFirst'] as const)('a ledger served %s', (order) => {
	const rows = (count: number, from: number) =>
		Array.from({ length: count }, (_, i) => ({
			...EXAMPLES.usage,
			id: `row${from + i}`,
			createdAt: new Date(Date.UTC(2026, 0, 1) + (from + i) * 1000).toISOString(),
		}));

	test('if the rate limit ends a poll, the rows found so far are emitted, and the next poll emits the rest', async () => {
		const model = new Model(limits({ rejected: [20] }));
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

	test('any other failure ends a poll, and the position does not change', async () => {
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

	test('a rejected request during activation: existing rows are never new', async () => {
		for (let limited = 0; limited < 8; limited++) {
			const model = new Model(limits({ rejected: [limited] }));
			await model.activate(new Ledger(rows(700, 0)), order);
			expect(await model.poll(0)).toEqual([]);
			expect(await model.poll(0)).toEqual([]);
		}
	});
});

const node = { name: 'LLM Generator Trigger', type: 'llmGeneratorTrigger', typeVersion: 1 } as INode;

/** Uses positions as the trigger does, with a ledger in memory. */
class Model implements Watcher {
	private position!: LedgerPosition;
	private saved!: LedgerPosition;
	private polls = 0;
	private answers = 0;
	private arriving = 0;
	private source!: LedgerSource;

	constructor(private readonly limits: Limits) {}

	async activate(ledger: Ledger, order: Order) {
		this.source = {
			page: async (slice) => {
				if (this.limits.rejected.includes(this.answers++)) throw refused('429');
				const page = ledger.page({ ...slice, limit: Math.min(slice.limit, this.limits.pageCap), order });
				const [newest] = ledger.recent(1);
				if (newest && this.arriving-- > 0) ledger.book({ createdAt: newest.createdAt });
				await Promise.resolve();
				return this.limits.total === 'right' ? page : { ...page, total: undefined };
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
		const responsesPerPoll = this.limits.responsesPerPoll[this.polls++] ?? Infinity;
		const outOfTime = this.answers + responsesPerPoll;
		this.arriving = arriving;
		const known = this.position;
		try {
			const { rows, position } = await readNewRows(this.source, known, () => this.answers < outOfTime);
			// Another poll has finished meanwhile, and has emitted these rows.
			if (this.position !== known) return [];
			this.position = position;
			// n8n saves the state only together with items.
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
