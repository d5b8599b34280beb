import fc from 'fast-check';
import {
	believableLedger,
	Ledger,
	type Order,
	ORDERS,
	type Transaction,
	TRANSACTION_TYPES,
} from '../../sandbox/ledger';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');

function at(createdAt: string): Partial<Transaction> {
	return { createdAt };
}

describe('a believable ledger', () => {
	test('is the same for the same seed, and different for another seed', () => {
		const one = believableLedger({ rows: 200, seed: 7, now: NOW }).all('oldestFirst');
		expect(believableLedger({ rows: 200, seed: 7, now: NOW }).all('oldestFirst')).toEqual(one);
		expect(believableLedger({ rows: 200, seed: 8, now: NOW }).all('oldestFirst')).not.toEqual(one);
	});

	test('never goes below zero, ends a little above 100, and its balance is the sum of its amounts', () => {
		fc.assert(
			fc.property(fc.integer({ min: 2, max: 600 }), fc.integer(), (rows, seed) => {
				const ledger = believableLedger({ rows, seed, now: NOW });
				let balance = 0;
				const balances = ledger.all('oldestFirst').map(({ amount }) => (balance += amount));
				expect(Math.min(...balances)).toBeGreaterThanOrEqual(0);
				expect(ledger.all('oldestFirst')).toHaveLength(rows);
				expect(ledger.balance).toBe(balance);
				expect(balance).toBeGreaterThan(100);
				expect(balance).toBeLessThanOrEqual(210);
			}),
		);
	});

	test('has every type, several usages per site, some rows with the same time, and only rows of the last 90 days', () => {
		const rows = believableLedger({ rows: 400, seed: 3, now: NOW }).all('oldestFirst');
		expect(new Set(rows.map(({ type }) => type))).toEqual(new Set(TRANSACTION_TYPES));
		expect(new Set(rows.map(({ id }) => id)).size).toBe(400);
		expect(new Set(rows.map(({ siteId }) => siteId)).size).toBeLessThan(20);
		const moments = rows.map(({ createdAt }) => createdAt);
		expect(new Set(moments).size).toBeLessThan(400);
		expect([...moments].sort()).toEqual(moments);
		expect(Date.parse(moments[0])).toBeGreaterThan(NOW - 90 * 24 * 60 * 60 * 1000);
		expect(Date.parse(moments[399])).toBeLessThanOrEqual(NOW);
	});

	test('gives each site one ID, a UUID', () => {
		const idOf = new Map<string, string | null>();
		for (const { type, description, siteId } of believableLedger({ rows: 300, seed: 5 }).all('oldestFirst')) {
			if (type !== 'usage') continue;
			const domain = description.split(' ')[3];
			expect(idOf.get(domain) ?? siteId).toBe(siteId);
			idOf.set(domain, siteId);
			expect(siteId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
		}
		expect(idOf.size).toBeGreaterThan(5);
	});

	test('can be large', () => {
		const ledger = believableLedger({ rows: 100_000, seed: 1 });
		const { transactions, total } = ledger.page({ limit: 3, offset: 99_998, order: 'newestFirst' });
		expect([transactions.length, total]).toEqual([2, 100_000]);
	});
});

describe('pages', () => {
	const [believable] = believableLedger({ rows: 1, now: NOW }).all('oldestFirst');

	test('together are the ledger, with any order, type and page size', () => {
		const ledger = believableLedger({ rows: 137, seed: 2, now: NOW });
		fc.assert(
			fc.property(
				fc.constantFrom(...ORDERS),
				fc.option(fc.constantFrom(...TRANSACTION_TYPES), { nil: undefined }),
				fc.integer({ min: 1, max: 150 }),
				(order, type, limit) => {
					const read: Transaction[] = [];
					for (let more = true; more; ) {
						const page = ledger.page({ limit, offset: read.length, type, order });
						read.push(...page.transactions);
						more = page.hasMore;
						expect(page.total).toBe(ledger.all(order).filter((row) => !type || row.type === type).length);
					}
					expect(read).toEqual(ledger.all(order).filter((row) => !type || row.type === type));
				},
			),
		);
	});

	test('can be ordered by type, by amount, or by time beginning in the middle', () => {
		const served = (order: Order) => {
			const rows = (
				[
					['usage', -1],
					['purchase', 9],
					['usage', -5],
					['refund', 5],
					['purchase', 9],
					['usage', -1],
				] as const
			).map(([type, amount], i) => ({ ...believable, id: String(i), type, amount }));
			return new Ledger(rows, { rotatedBy: 0.5 })
				.all(order)
				.map(({ id }) => id)
				.join('');
		};
		expect(served('byType')).toBe('415203');
		expect(served('byTypeOldestFirst')).toBe('140253');
		expect(served('byAmount')).toBe('250341');
		expect(served('rotated')).toBe('210543');
		expect(served('rotatedOldestFirst')).toBe('345012');
	});

	test('keep the order of two rows while others are added and removed', () => {
		const change = fc.tuple(fc.constantFrom(...TRANSACTION_TYPES), fc.integer({ min: -3, max: 3 }), fc.nat());
		const cases = fc.tuple(fc.constantFrom(...ORDERS), fc.array(change, { maxLength: 8 }), fc.boolean());
		fc.assert(
			fc.property(cases, ([order, changes, byDate]) => {
				const ledger = new Ledger(believableLedger({ rows: 30, now: NOW }).all('oldestFirst'), {
					orderBy: byDate ? 'createdAt' : 'booking',
				});
				for (const [type, amount, place] of changes) {
					const before = ledger.all(order);
					const { id, createdAt } = before[place % before.length];
					if (amount === 0) ledger.remove(id);
					else ledger.book({ type, amount, createdAt });
					const after = ledger.all(order);
					expect(after.filter((row) => before.includes(row))).toEqual(
						before.filter((row) => after.includes(row)),
					);
				}
			}),
		);
	});

	test('after the end are empty', () => {
		const ledger = believableLedger({ rows: 5 });
		for (const order of ['newestFirst', 'oldestFirst'] as const) {
			expect(ledger.page({ limit: 10, offset: 9, order })).toEqual({
				transactions: [],
				total: 5,
				hasMore: false,
			});
		}
	});
});

describe('added rows', () => {
	test('a late row is served in the order of adding, or by createdAt if the ledger has this order', () => {
		const moments = ['2026-01-01T00:00:00.000Z', '2026-01-03T00:00:00.000Z', '2026-01-02T00:00:00.000Z'];
		const served = (ledger: Ledger) => {
			moments.forEach((moment) => ledger.book(at(moment)));
			return ledger.all('oldestFirst').map(({ createdAt }) => createdAt);
		};
		expect(served(new Ledger())).toEqual(moments);
		expect(served(new Ledger([], { orderBy: 'createdAt' }))).toEqual([...moments].sort());
	});

	test('rows with the same time stay in the order of adding', () => {
		const ledger = new Ledger([], { orderBy: 'createdAt' });
		const tied = [1, 2, 3].map(() => ledger.book(at('2026-01-01T00:00:00.000Z')).id);
		expect(ledger.all('oldestFirst').map(({ id }) => id)).toEqual(tied);
		expect(ledger.recent(2).map(({ id }) => id)).toEqual([tied[2], tied[1]]);
	});

	test('change balance and totals, until they are removed', () => {
		const ledger = new Ledger();
		ledger.book({ type: 'purchase', amount: 500 });
		ledger.book({ type: 'refund', amount: 10 });
		const { id } = ledger.book({ amount: -30 });
		expect([ledger.balance, ledger.totalPurchased, ledger.totalUsed]).toEqual([480, 500, 30]);
		expect(ledger.remove(id)).toBe(true);
		expect(ledger.remove(id)).toBe(false);
		expect([ledger.balance, ledger.totalUsed]).toEqual([510, 0]);
		expect(ledger.page({ limit: 5, offset: 0, type: 'usage', order: 'newestFirst' }).total).toBe(0);
		expect(ledger.book().id).not.toBe(id);
	});

	test('do not contain adjustments of the balance', () => {
		const ledger = new Ledger();
		ledger.book({ type: 'purchase', amount: 500 });
		ledger.adjust(-20.5);
		ledger.adjust(4);
		expect([ledger.balance, ledger.totalPurchased, ledger.totalUsed]).toEqual([483.5, 500, 0]);
		expect(ledger.all('oldestFirst')).toHaveLength(1);
	});
});
