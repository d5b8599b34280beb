import { bookedAt, OrderProof, sorted, type Direction } from '../../nodes/LlmGenerator/ledger/order';
import type { Transaction } from '../../nodes/LlmGenerator/shapes';

const DAY = Date.UTC(2026, 0, 1);
/** One row per letter: "b3" has the time of second 3. */
const rows = (text: string) =>
	(text.match(/\w\d+/g) ?? []).map(
		(name) =>
			({ id: name, createdAt: new Date(DAY + Number(name.slice(1)) * 1000).toISOString() }) as Transaction,
	);
const names = (list: Transaction[]) => list.map(({ id }) => id).join(' ');

test('the time of a row', () => {
	expect(bookedAt(rows('a5')[0])).toBe(DAY + 5000);
	expect(bookedAt({} as Transaction)).toBeNaN();
});

describe('the direction of the list', () => {
	test.each<[string[], Direction | undefined]>([
		[[], undefined],
		[[''], undefined],
		[['a1'], undefined],
		[['a1 b1', 'c1'], undefined],
		[['a1 b1 c2'], 'oldestFirst'],
		[['a1', 'b2'], 'oldestFirst'],
		[['a1', '', 'b0'], 'newestFirst'],
		[['a3 b2 c2 d1'], 'newestFirst'],
		[['a1 b2', 'c1'], undefined],
		[['a2 b1', 'c3 d4'], undefined],
	])('of %j: %s', (pages, direction) => {
		const proof = new OrderProof();
		for (const page of pages) proof.add(rows(page));
		expect(proof.direction).toBe(direction);
	});
});

describe('rows sorted by time, those of the same time in the order in which they were added', () => {
	test.each([
		['', ''],
		['a1', 'a1'],
		['a1 b1 c2 d2', 'a1 b1 c2 d2'],
		['d2 c2 b1 a1', 'a1 b1 c2 d2'],
		['a1 b1 c1', 'a1 b1 c1'],
		['a1 c3 b2 d3', 'a1 b2 c3 d3'],
		['d3 b2 c3 a1', 'a1 b2 c3 d3'],
	])('%s', (served, oldestFirst) => {
		const list = rows(served);
		expect(names(sorted(list, 'oldestFirst'))).toBe(oldestFirst);
		expect(names(sorted(list, 'newestFirst'))).toBe(names(rows(oldestFirst).reverse()));
		expect(names(list)).toBe(served);
	});
});

test('rows that all have the same time keep the order in which they were added, which the whole list has shown', () => {
	expect(names(sorted(rows('c1 b1 a1'), 'newestFirst', 'newestFirst'))).toBe('c1 b1 a1');
	expect(names(sorted(rows('c1 b1 a1'), 'oldestFirst', 'newestFirst'))).toBe('a1 b1 c1');
});
