import * as fc from 'fast-check';
import { Ledger, type Order } from '../../sandbox/ledger';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { seed } from '../unit/chance';
import { ActiveTrigger } from './trigger';

const HISTORIES = Number(process.env.HISTORIES ?? 150);
const THRESHOLD = 100;
const FIRST_DAY = Date.UTC(2026, 0, 1);
let sandbox: Sandbox;

beforeAll(async () => {
	sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

type Step =
	| { do: 'book'; count: number; tie: boolean; late: number }
	| { do: 'remove'; newest: number }
	| { do: 'poll'; arriving: number }
	| { do: 'poll twice at once' | 'poll without an answer' | 'restart' };

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
			/** How many rows back a late one is dated; 0: it is not late. */
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
const history = fc.record({
	/** At least two, of different times: one alone does not tell which way the list runs. */
	rows: fc.oneof(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 90, max: 700 })),
	order: fc.constantFrom<Order>('newestFirst', 'oldestFirst'),
	orderBy: fc.constantFrom('booking' as const, 'createdAt' as const),
	steps: fc.array(step, { minLength: 1, maxLength: 14 }),
});

test(`every row comes once, oldest first, in ${HISTORIES} histories of arrivals, polls, restarts and faults`, async () => {
	await fc.assert(
		fc.asyncProperty(history, async ({ rows, order, orderBy, steps }) => {
			sandbox.reset({ rows: 1, order });
			const example = sandbox.ledger.recent(1)[0];
			let now = FIRST_DAY;
			const at = (time: number) => new Date(time).toISOString();
			sandbox.ledger = new Ledger(
				Array.from({ length: rows }, (_, i) => ({ ...example, id: `old${i}`, createdAt: at((now += 1000)) })),
				{ orderBy },
			);
			const trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction' });
			expect(await trigger.activate()).toEqual([]);

			const booked: string[] = [];
			const removed = new Set<string>();
			const emitted: string[] = [];
			const take = (items: Array<{ id?: unknown; createdAt?: unknown }>) => {
				const times = items.map(({ createdAt }) => createdAt as string);
				expect(times).toEqual([...times].sort());
				emitted.push(...items.map(({ id }) => id as string));
			};
			const book = (bookings: number, { tie = false, late = 0 } = {}) => {
				for (let i = 0; i < bookings; i++) {
					if (!tie) now += 1000;
					const back = sandbox.ledger.recent(late).at(-1);
					booked.push(sandbox.ledger.book({ createdAt: back?.createdAt ?? at(now) }).id);
				}
			};
			for (const step of steps) {
				if (step.do === 'book') book(step.count, step);
				if (step.do === 'restart') trigger.restart();
				if (step.do === 'poll twice at once')
					take((await Promise.all([trigger.poll(), trigger.poll()])).flat());
				if (step.do === 'poll without an answer') {
					sandbox.faults.add({ status: 403 });
					await expect(trigger.poll()).rejects.toThrow();
					sandbox.faults.clear();
				}
				if (step.do === 'remove') {
					for (const { id } of sandbox.ledger.recent(step.newest)) {
						removed.add(id);
						sandbox.ledger.remove(id);
					}
				}
				if (step.do === 'poll') {
					const before = sandbox.ledger.all('oldestFirst').map(({ id }) => id);
					const createdAt = at((now += 1000));
					sandbox.faults.add({ times: step.arriving, arrivals: { count: 1, when: 'after', ties: true } });
					take(await trigger.poll());
					sandbox.faults.clear();
					const arrived = sandbox.ledger.all('oldestFirst').filter(({ id }) => !before.includes(id));
					booked.push(...arrived.map(({ id }) => id));
					void createdAt;
				}
			}
			for (let polls = 0; polls < 3; polls++) take(await trigger.poll());

			expect(new Set(emitted).size).toBe(emitted.length);
			const expected = booked.filter((id) => !removed.has(id));
			expect(new Set(emitted.filter((id) => !removed.has(id)))).toEqual(new Set(expected));
		}),
		{ numRuns: HISTORIES, seed },
	);
}, 180_000);

type Move = { do: 'buy' | 'use'; credits: number } | { do: 'poll' | 'restart' | 'poll without an answer' };
const credits = fc.integer({ min: 1, max: 120 });
const move: fc.Arbitrary<Move> = fc.oneof(
	{ weight: 2, arbitrary: fc.record({ do: fc.constantFrom('buy' as const, 'use' as const), credits }) },
	{ weight: 3, arbitrary: fc.record({ do: fc.constant('poll' as const) }) },
	{
		weight: 1,
		arbitrary: fc.record({ do: fc.constantFrom('restart' as const, 'poll without an answer' as const) }),
	},
);

test(`every fall below the threshold is told once, in ${HISTORIES} histories`, async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(move, { maxLength: 30 }), async (moves) => {
			sandbox.reset();
			sandbox.ledger = new Ledger();
			const trigger = ActiveTrigger.of(sandbox, { event: 'lowBalance' });
			sandbox.ledger.book({ type: 'purchase', amount: 150 });
			await trigger.activate();
			// What a watcher knows who never sleeps and never forgets.
			let told = false;
			let wasAbove = true;
			let cameIn = false;
			let restarted = false;
			for (const step of moves) {
				if (step.do === 'buy' || step.do === 'use') {
					const amount = step.do === 'buy' ? step.credits : -Math.min(step.credits, sandbox.ledger.balance);
					sandbox.ledger.book({ type: step.do === 'buy' ? 'purchase' : 'usage', amount });
					wasAbove ||= sandbox.ledger.balance >= THRESHOLD;
					cameIn ||= step.do === 'buy';
				}
				if (step.do === 'restart') {
					trigger.restart();
					restarted = true;
				}
				if (step.do === 'poll without an answer') {
					sandbox.faults.add({ status: 403 });
					await expect(trigger.poll()).rejects.toThrow();
					sandbox.faults.clear();
				}
				if (step.do !== 'poll') continue;
				const alerts = await trigger.poll();
				const low = sandbox.ledger.balance < THRESHOLD;
				if (!low) expect(alerts).toEqual([]);
				// A fall is told, whatever was forgotten.
				if (low && (!told || wasAbove)) expect(alerts).toHaveLength(1);
				// Without credits that came in there was no second fall.
				if (low && told && !wasAbove && !cameIn) expect(alerts).toEqual([]);
				// While n8n ran on, only a fall is told.
				if (alerts.length > 0 || !low) [told, wasAbove, cameIn, restarted] = [low, !low, false, false];
				else if (!restarted) cameIn = false;
			}
		}),
		{ numRuns: HISTORIES, seed },
	);
}, 180_000);
