import * as fc from 'fast-check';
import type { FaultRule } from '../../sandbox/faults';
import { Ledger, type Order, type Transaction, TRANSACTION_TYPES } from '../../sandbox/ledger';
import { startSandbox } from '../../sandbox/server';
import { seed } from '../unit/chance';
import { anyOrder, expectEveryRowOnce, ledgerOf } from '../unit/ledgerWorld';
import { runNode } from './n8n';

/** Worlds run in parallel, so that one that waits for its server does not delay the others. */
const IN_PARALLEL = 20;
const WORLDS = Number(process.env.HTTP_WORLDS ?? 300);

interface World {
	rows: number;
	order: Order;
	orderBy: 'booking' | 'createdAt';
	rotatedBy: number;
	/** The faults of every page. */
	server: Pick<FaultRule, 'pageCap' | 'total' | 'hasMore' | 'jitterMs'>;
	/** The faults of single responses. */
	events: FaultRule[];
	rateLimit?: { limit: number; windowMs: number };
	retryAfter: 'seconds' | 'date' | 'none';
	wanted?: number;
}

const sometimes = <T>(weight: number, arbitrary: fc.Arbitrary<T>) =>
	fc.oneof({ weight, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const when = fc.constantFrom('before' as const, 'after' as const);
const burst = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 50, max: 320 }));

const movement = fc.oneof(
	fc.record({
		arrivals: fc.record({
			count: burst,
			when,
			ties: fc.boolean(),
			type: fc.constantFrom(...TRANSACTION_TYPES),
		}),
	}),
	fc.record({ remove: fc.record({ count: fc.integer({ min: 1, max: 120 }), when }) }),
);
const MAX_MOVEMENTS = 4;
const MAX_REMOVED = MAX_MOVEMENTS * 120;
/** Each one makes the node wait, so they are rare. There are always fewer than the tries of a request. */
const failure = fc.constantFrom<FaultRule>(
	{ status: 500 },
	{ status: 502 },
	{ reset: 'before' },
	{ reset: 'after' },
	{ status: 429 },
	{ status: 429, headers: { 'Retry-After': '0.01' } },
	{ status: 503, headers: { 'Retry-After': '0.01' } },
);
const atOneResponse = <T extends FaultRule>(effect: fc.Arbitrary<T>) =>
	fc.tuple(fc.nat({ max: 14 }), effect).map(([skip, made]): FaultRule => ({ ...made, skip, times: 1 }));

const world: fc.Arbitrary<World> = fc
	.record({
		rows: fc.oneof(fc.nat({ max: 8 }), fc.nat({ max: 250 }), fc.nat({ max: 800 })),
		order: anyOrder,
		rotatedBy: fc.double({ min: 0, max: 1, noNaN: true }),
		orderBy: fc.constantFrom('booking' as const, 'createdAt' as const),
		pageCap: sometimes(3, fc.integer({ min: 1, max: 99 })),
		total: fc.constantFrom(undefined, 'omit' as const, 9999, 1),
		hasMore: fc.constantFrom(undefined, 'omit' as const, true, false),
		jitterMs: fc.nat({ max: 5 }),
		movements: fc.array(atOneResponse(movement), { maxLength: MAX_MOVEMENTS }),
		failures: fc.oneof(
			{ weight: 3, arbitrary: fc.constant([]) },
			{ weight: 1, arbitrary: fc.array(atOneResponse(failure), { maxLength: 3 }) },
		),
		empty: fc.array(atOneResponse(fc.constant({ emptyPage: true })), { maxLength: 2 }),
		rateLimit: sometimes(
			24,
			fc.record({ limit: fc.integer({ min: 4, max: 12 }), windowMs: fc.integer({ min: 200, max: 700 }) }),
		),
		retryAfter: fc.constantFrom('seconds' as const, 'date' as const, 'none' as const),
		wanted: sometimes(1, fc.integer({ min: 1, max: 400 })),
	})
	// As in ledgerWorld: an empty page must contradict the rest of its response, total and hasMore must not both claim a
	// false end, and rows must remain if both say that there are rows.
	.map(({ rows, pageCap, total, hasMore, jitterMs, movements, failures, empty, ...made }) => {
		const claimsMore = total === undefined || total === 9999 || hasMore === true;
		const falseEnd = total === 1 && hasMore === false;
		const deniesEmptiness = hasMore === true && typeof total === 'number';
		return {
			...made,
			rows: ((pageCap ?? 100) < 20 ? rows % 80 : rows) + (deniesEmptiness ? MAX_REMOVED : 0),
			server: { pageCap, total, hasMore: falseEnd ? undefined : hasMore, jitterMs },
			events: [...failures, ...movements, ...(claimsMore ? empty : [])],
		};
	});

test(`every row is returned exactly once over HTTP, in ${WORLDS} worlds that change while they are read`, async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(world, { minLength: IN_PARALLEL, maxLength: IN_PARALLEL }), async (worlds) => {
			await Promise.all(worlds.map(play));
		}),
		// The time limit is for shrinking, because each of its steps runs a batch again.
		{ numRuns: WORLDS / IN_PARALLEL, seed, interruptAfterTimeLimit: 900_000, markInterruptAsFailure: true },
	);
}, 1_000_000);

async function play(world: World): Promise<void> {
	const { order, server, events, rateLimit, retryAfter, wanted } = world;
	const ledger = new WatchedLedger(ledgerOf(world).all('oldestFirst'), world);
	const before = ledger.all(order).map(({ id }) => id);
	const sandbox = await startSandbox({ ledger, order, rateLimit, retryAfter });
	try {
		sandbox.faults.add(...events, withoutUndefined(server));
		const { items, error } = await runNode({
			parameters: { operation: 'getHistory', ...(wanted ? { limit: wanted } : { returnAll: true }) },
			credential: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
		});
		if (error) throw new Error(error.message);
		const requests = sandbox.requests.entries.length;
		const returned = items.map(({ json }) => json.id as string);
		const allRows = new Set([...before, ...ledger.added]);
		expectEveryRowOnce({ returned, before, removed: ledger.removed, allRows, requests }, wanted);
		if (sandbox.requests.maxInFlight > 16) throw new Error('more than 16 requests were open at once');
	} finally {
		await sandbox.close();
	}
}

/** Records which rows were added and removed. */
class WatchedLedger extends Ledger {
	readonly added: string[] = [];
	readonly removed = new Set<string>();

	override book(partial?: Partial<Transaction>): Transaction {
		const added = super.book(partial);
		this.added.push(added.id);
		return added;
	}

	override remove(id: string): boolean {
		this.removed.add(id);
		return super.remove(id);
	}
}

/** Without undefined effects, because they would override those of another rule. */
function withoutUndefined(rule: FaultRule): FaultRule {
	return Object.fromEntries(Object.entries(rule).filter(([, effect]) => effect !== undefined));
}
