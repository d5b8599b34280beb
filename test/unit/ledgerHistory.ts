/** What happens to an account while a trigger watches it, and what the trigger must emit. */
import * as fc from 'fast-check';
import { fingerprintsIn, type LedgerPosition } from '../../nodes/LlmGenerator/ledger/position';
import { Ledger, type Order } from '../../sandbox/ledger';

export interface History {
	rows: number;
	order: Order;
	/** The API orders rows by this, also a row that is added late. */
	orderBy: 'booking' | 'createdAt';
	steps: Step[];
}

type Step =
	| { do: 'book'; count: number; tie: boolean; late: number }
	| { do: 'remove'; newest: number }
	| { do: 'poll'; arriving: number }
	| { do: 'poll twice at once' | 'poll without an answer' | 'restart' };

type Emitted = Array<{ id: string | number; createdAt: string }>;

/** A trigger that watches a ledger, with n8n around it. */
export interface Watcher {
	/** The first poll: existing rows are not new. */
	activate(ledger: Ledger, order: Order): Promise<void>;
	/** The rows that the poll emits. After each of its first `arriving` responses, a row with the time of the last row is added. */
	poll(arriving: number): Promise<Emitted>;
	/** A poll that fails. */
	fail(): Promise<void>;
	/** n8n stops and starts again, with the state from its database. */
	restart(): void;
	/**
	 * How many of the newest rows it knows, also after a restart; Infinity: all rows. It cannot notice a row that is added
	 * late further back than that, or that all known rows were removed.
	 */
	remembers(): number;
}

export function remembersOf(position: LedgerPosition): number {
	return position.complete ? Infinity : fingerprintsIn(position).length;
}

const FIRST_DAY = Date.UTC(2026, 0, 1);

const count = fc.oneof(
	{ weight: 4, arbitrary: fc.integer({ min: 1, max: 5 }) },
	{ weight: 1, arbitrary: fc.integer({ min: 60, max: 400 }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 5,
		arbitrary: fc.record({
			do: fc.constant('book' as const),
			count,
			tie: fc.boolean(),
			/** How many rows back the date of a late row is; 0: it is not late. */
			late: fc.oneof(
				{ weight: 4, arbitrary: fc.constant(0) },
				{ weight: 1, arbitrary: fc.integer({ min: 1, max: 200 }) },
			),
		}),
	},
	{
		weight: 1,
		arbitrary: fc.record({ do: fc.constant('remove' as const), newest: fc.integer({ min: 1, max: 3 }) }),
	},
	{ weight: 5, arbitrary: fc.record({ do: fc.constant('poll' as const), arriving: fc.nat({ max: 3 }) }) },
	{ weight: 1, arbitrary: fc.constant({ do: 'poll twice at once' as const }) },
	{ weight: 1, arbitrary: fc.constant({ do: 'poll without an answer' as const }) },
	{ weight: 2, arbitrary: fc.constant({ do: 'restart' as const }) },
);

export const history: fc.Arbitrary<History> = fc.record({
	/** At least two rows with different times: one row does not show the direction of the list. */
	rows: fc.oneof(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 90, max: 700 })),
	order: fc.constantFrom<Order>('newestFirst', 'oldestFirst'),
	orderBy: fc.constantFrom('booking' as const, 'createdAt' as const),
	steps: fc.array(step, { minLength: 1, maxLength: 14 }),
});

/** Plays a history. Throws unless every added row was emitted once, and the rows of each poll oldest first. */
export async function expectEveryRowOnce(
	{ rows, order, orderBy, steps }: History,
	watcher: Watcher,
): Promise<void> {
	let now = FIRST_DAY;
	const at = (time: number) => new Date(time).toISOString();
	const ledger = new Ledger(
		Array.from({ length: rows }, (_, i) => ({
			id: `old${i}`,
			type: 'usage',
			amount: -1,
			description: '',
			siteId: null,
			createdAt: at((now += 1000)),
		})),
		{ orderBy },
	);
	await watcher.activate(ledger, order);

	const added: string[] = [];
	const removed = new Set<string>();
	const emitted: string[] = [];
	const take = (items: Emitted) => {
		const times = items.map(({ createdAt }) => createdAt);
		expect(times).toEqual([...times].sort());
		emitted.push(...items.map(({ id }) => String(id)));
		return items.length;
	};
	const known = () => Math.max(0, watcher.remembers() - removed.size);
	for (const step of steps) {
		if (step.do === 'book') {
			for (let i = 0; i < step.count; i++) {
				if (!step.tie) now += 1000;
				const back = ledger.recent(Math.min(step.late, known())).at(-1);
				added.push(ledger.book({ createdAt: back?.createdAt ?? at(now) }).id);
			}
		}
		if (step.do === 'remove' && step.newest < known()) {
			for (const { id } of ledger.recent(step.newest)) {
				removed.add(id);
				ledger.remove(id);
			}
		}
		if (step.do === 'poll') {
			const before = new Set(ledger.all('oldestFirst').map(({ id }) => id));
			take(await watcher.poll(step.arriving));
			const arrived = ledger.all('oldestFirst').filter(({ id }) => !before.has(id));
			added.push(...arrived.map(({ id }) => id));
		}
		if (step.do === 'poll twice at once')
			take((await Promise.all([watcher.poll(0), watcher.poll(0)])).flat());
		if (step.do === 'poll without an answer') await watcher.fail();
		if (step.do === 'restart') watcher.restart();
	}
	// Rows for which one poll has no time are emitted by the next.
	for (let idle = 0; idle < 12; ) idle = take(await watcher.poll(0)) > 0 ? 0 : idle + 1;

	expect(new Set(emitted).size).toBe(emitted.length);
	const expected = added.filter((id) => !removed.has(id));
	expect(new Set(emitted.filter((id) => !removed.has(id)))).toEqual(new Set(expected));
}
