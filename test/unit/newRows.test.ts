/** What the trigger's looks at the ledger cost, what they know afterwards, and what a failing request leaves. */
import { NodeApiError, type INode } from 'n8n-workflow';
import { currentPosition, newestRow } from '../../nodes/LlmGenerator/ledger/firstLook';
import { fingerprintsIn, type LedgerPosition } from '../../nodes/LlmGenerator/ledger/position';
import { readNewRows } from '../../nodes/LlmGenerator/ledger/newRows';
import type { LedgerSource } from '../../nodes/LlmGenerator/ledger/source';
import type { HistoryPage } from '../../nodes/LlmGenerator/shapes';
import { Ledger, type Order } from '../../sandbox/ledger';
import { EXAMPLES } from '../../sandbox/transaction';

const node = { name: 'LLM Generator Trigger', type: 'llmGeneratorTrigger', typeVersion: 1 } as INode;
const at = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();
const row = (i: number) => ({ ...EXAMPLES.usage, id: `row${i}`, createdAt: at(i) });
const idsOf = (rows: Array<{ id: unknown }>) => rows.map(({ id }) => id);

/** A server that notes where it was asked, and can turn down an answer. */
class Server implements LedgerSource {
	readonly ledger: Ledger;
	offsets: number[] = [];
	/** Turns down the answer with this number, from 0, since the last `begin`. */
	refusal?: { answer: number; httpCode: string };
	pageRows = 100;
	change: (page: HistoryPage) => HistoryPage = (page) => page;
	/** What happens just before an answer. */
	before: (answer: number) => void = () => undefined;

	constructor(
		rows: number,
		private readonly order: Order,
		orderBy: 'booking' | 'createdAt' = 'booking',
	) {
		this.ledger = new Ledger(
			Array.from({ length: rows }, (_, i) => row(i)),
			{ orderBy },
		);
	}

	async page({ limit, offset }: { limit: number; offset: number }): Promise<HistoryPage> {
		const answer = this.offsets.length;
		this.offsets.push(offset);
		this.before(answer);
		if (this.refusal?.answer === answer)
			throw new NodeApiError(node, {}, { message: 'Refused', httpCode: this.refusal.httpCode });
		const size = Math.min(limit, this.pageRows);
		return await Promise.resolve(this.change(this.ledger.page({ limit: size, offset, order: this.order })));
	}

	unreadable(happened: string): Error {
		return new Error(happened);
	}

	begin(): this {
		this.offsets = [];
		return this;
	}

	/** Rows with these numbers, each a second apart. */
	book(from: number, count: number): string[] {
		return Array.from({ length: count }, (_, i) => this.ledger.book(row(from + i)).id);
	}
}

const withoutTotal = (page: HistoryPage): HistoryPage => ({ ...page, total: undefined });
const known = (position: LedgerPosition) => fingerprintsIn(position).length;
const always = () => true;

describe.each(['newestFirst', 'oldestFirst'] as const)('a ledger served %s', (order) => {
	const isFront = order === 'newestFirst';

	test.each([
		[0, 1, 0],
		[1, 1, 1],
		[99, 1, 99],
		[100, 1, 100],
		[101, 2, 101],
		[199, 2, 199],
		[200, 2, 200],
	])('a first look at %i rows costs %i requests and knows them all', async (rows, requests, knownRows) => {
		const server = new Server(rows, order);
		const position = await currentPosition(server);
		expect(server.offsets).toHaveLength(requests);
		expect(position.complete).toBe(true);
		expect(known(position)).toBe(knownRows);
		expect(position.total).toBe(rows);
	});

	test.each([201, 300, 1000])('a first look at %i rows costs three requests and knows 200', async (rows) => {
		const server = new Server(rows, order);
		const position = await currentPosition(server);
		expect(server.offsets).toEqual([0, rows - 100, isFront ? 100 : rows - 200]);
		expect(position).toMatchObject({ complete: false, total: rows, newestAt: isFront ? 0 : rows - 1 });
		expect(position).toMatchObject({ newest: at(rows - 1), newEnd: isFront ? 'front' : 'back' });
		expect(known(position)).toBe(200);
		expect(position.unfinished).toBeFalsy();
	});

	test.each([
		[1, isFront ? 100 : 0],
		[2, 100],
	])('the rate limit ends a first look at its answer %i: %i rows are known', async (answer, knownRows) => {
		const server = new Server(1000, order);
		server.refusal = { answer, httpCode: '429' };
		const position = await currentPosition(server);
		expect(server.offsets).toHaveLength(answer + 1);
		expect(known(position)).toBe(knownRows);
		expect(position).toMatchObject({ complete: false, total: 1000, newestAt: isFront ? 0 : 999 });
		expect(position.newEnd).toBe(isFront ? 'front' : 'back');
		server.refusal = undefined;
		const booked = server.book(1000, 3);
		expect(idsOf((await readNewRows(server, position, always)).rows)).toEqual(booked);
	});

	test.each([0, 1, 2])('any other failure of its answer %i ends a first look', async (answer) => {
		const server = new Server(1000, order);
		server.refusal = { answer, httpCode: '503' };
		await expect(currentPosition(server)).rejects.toMatchObject({ httpCode: '503' });
	});

	test('the rate limit ends a first look at its first answer: there is nothing to know', async () => {
		const server = new Server(1000, order);
		server.refusal = { answer: 0, httpCode: '429' };
		await expect(currentPosition(server)).rejects.toMatchObject({ httpCode: '429' });
	});

	test('a first look where all rows have one time, and the rate limit lets no other row be read', async () => {
		const server = new Server(0, order);
		for (let i = 0; i < 300; i++) server.ledger.book({ ...row(i), createdAt: at(0) });
		server.refusal = { answer: 1, httpCode: '429' };
		for (const change of [(page: HistoryPage) => page, withoutTotal]) {
			server.change = change;
			await expect(currentPosition(server.begin())).rejects.toMatchObject({ httpCode: '429' });
		}
	});

	test('a first look without a count knows 500 rows', async () => {
		const server = new Server(1000, order);
		server.change = withoutTotal;
		const position = await currentPosition(server);
		expect(known(position)).toBe(500);
		expect(position).toMatchObject({ complete: false, newestAt: isFront ? 0 : 999, newest: at(999) });
		expect(position.total).toBeUndefined();
		expect(position.unfinished).toBeFalsy();
		if (isFront) expect(server.offsets.length).toBeLessThanOrEqual(10);
	});

	test('a first look without a count, and without time or with a low limit', async () => {
		for (const mayGoOn of [always, () => false]) {
			const server = new Server(1000, order);
			server.change = withoutTotal;
			if (mayGoOn === always) server.refusal = { answer: 2, httpCode: '429' };
			let position = await currentPosition(server, mayGoOn);
			expect(known(position)).toBeGreaterThanOrEqual(100);
			expect(Boolean(position.unfinished)).toBe(!isFront);
			for (let looks = 0; position.unfinished && looks < 20; looks++)
				position = await currentPosition(server.begin(), mayGoOn, position);
			expect(position.unfinished).toBeFalsy();
			expect(position.newest).toBe(at(999));
			server.refusal = undefined;
			const booked = server.book(1000, 2);
			expect(idsOf((await readNewRows(server, position, always)).rows)).toEqual(booked);
		}
	});

	test('the rate limit ends a first look without a count after the front page', async () => {
		const server = new Server(250, order);
		server.change = withoutTotal;
		server.refusal = { answer: 1, httpCode: '429' };
		let position = await currentPosition(server);
		expect(position).toMatchObject({ newEnd: isFront ? 'front' : 'back', complete: false });
		expect(known(position)).toBe(isFront ? 100 : 0);
		expect(Boolean(position.unfinished)).toBe(!isFront);
		server.refusal = undefined;
		if (position.unfinished) position = await currentPosition(server, always, position);
		const booked = server.book(250, 2);
		expect(idsOf((await readNewRows(server, position, always)).rows)).toEqual(booked);
	});

	test('the rate limit ends a first look after all rows, if the API does not say that there are no more', async () => {
		const server = new Server(50, order);
		server.change = (page) => ({ ...page, hasMore: undefined });
		server.before = (answer) => {
			if (answer > 0) server.refusal = { answer, httpCode: '429' };
		};
		let position = await currentPosition(server);
		expect(position.complete).toBe(false);
		expect(known(position)).toBe(isFront ? 50 : 0);
		server.before = () => undefined;
		server.refusal = undefined;
		if (position.unfinished) position = await currentPosition(server.begin(), always, position);
		expect(known(position)).toBe(50);
		expect(position.newEnd).toBe(isFront ? 'front' : 'back');
		const booked = server.book(50, 2);
		expect(idsOf((await readNewRows(server, position, always)).rows)).toEqual(booked);
	});

	test.each([
		[0, 1],
		[0, 30],
		[1, 19],
		[1, 30],
		[1, 150],
		[1, 480],
	])('the end at which rows appear is learned when %i rows become %i more', async (rows, count) => {
		const server = new Server(rows, order);
		let position = await currentPosition(server);
		const booked = server.book(rows, count);
		let news = await readNewRows(server, position, always);
		expect(idsOf(news.rows)).toEqual(booked);
		if (rows + count > 1) expect(news.position.newEnd).toBe(isFront ? 'front' : 'back');
		position = news.position;
		const more = server.book(rows + count, 400);
		news = await readNewRows(server, position, always);
		expect(idsOf(news.rows)).toEqual(more);
		expect(news.position.newEnd).toBe(isFront ? 'front' : 'back');
		expect((await readNewRows(server.begin(), news.position, always)).rows).toEqual([]);
		expect(server.offsets).toHaveLength(1);
	});

	test('a rate limit before a known row is found, where a page has one row: nothing is emitted, nothing is lost', async () => {
		const server = new Server(10, order);
		server.pageRows = 1;
		const position = await currentPosition(server);
		const booked = server.book(10, 40);
		server.refusal = { answer: 12, httpCode: '429' };
		const emitted: unknown[] = [];
		const poll = async (from: LedgerPosition) => {
			const news = await readNewRows(server.begin(), from, always);
			emitted.push(...idsOf(news.rows));
			return news.position;
		};
		const next = await poll(position).catch((failure: NodeApiError) => {
			expect(failure.httpCode).toBe('429');
			return position;
		});
		server.refusal = undefined;
		await poll(await poll(next));
		expect(emitted).toEqual(booked);
	});

	test('a small ledger without a count is known as a whole', async () => {
		const server = new Server(9, order);
		server.change = withoutTotal;
		const position = await currentPosition(server);
		expect(position).toMatchObject({ complete: true, newEnd: isFront ? 'front' : 'back' });
		expect(known(position)).toBe(9);
	});

	test('rows come between the first two answers of a first look, one of them booked late', async () => {
		for (const refused of [undefined, 2]) {
			const server = new Server(900, order, 'createdAt');
			if (refused) server.refusal = { answer: refused, httpCode: '429' };
			server.before = (answer) => {
				if (answer !== 1) return;
				server.book(900, 2);
				server.ledger.book({ ...row(2000), createdAt: at(890) });
			};
			const position = await currentPosition(server);
			expect(server.offsets).toHaveLength(3);
			expect(position.newEnd).toBe(isFront ? 'front' : 'back');
			server.refusal = undefined;
			server.before = () => undefined;
			const { rows, position: next } = await readNewRows(server.begin(), position, always);
			expect(idsOf(rows).filter((id) => Number(String(id).slice(3)) < 900)).toEqual([]);
			const booked = server.book(1000, 3);
			expect(idsOf((await readNewRows(server, next, always)).rows)).toEqual(booked);
		}
	});

	test.each([
		[50, 1],
		[150, 2],
		[1000, 2],
	])('the newest row of %i costs %i requests', async (rows, requests) => {
		const server = new Server(rows, order);
		expect((await newestRow(server, always))?.id).toBe(`row${rows - 1}`);
		expect(server.offsets).toHaveLength(requests);
		expect((await newestRow(server, ({ id }) => id === `row${rows - 40}`))?.id).toBe(`row${rows - 40}`);
		expect(await newestRow(server, () => false)).toBeUndefined();
	});

	test('the newest row, with a rate limit', async () => {
		const server = new Server(1000, order);
		server.before = () => {
			server.refusal = { answer: Math.max(1, server.offsets.length - 1), httpCode: '429' };
		};
		if (isFront) expect((await newestRow(server, always))?.id).toBe('row999');
		else await expect(newestRow(server, always)).rejects.toMatchObject({ httpCode: '429' });
	});

	test('the newest row without a count', async () => {
		const server = new Server(250, order);
		server.change = withoutTotal;
		expect((await newestRow(server, always))?.id).toBe('row249');
	});

	test.each([
		['with a count', (page: HistoryPage) => page, 1],
		['without a count', withoutTotal, isFront ? 3 : 8],
	])('a poll without anything new %s', async (_what, change, requests) => {
		const server = new Server(1000, order);
		server.change = change;
		const position = await currentPosition(server);
		const { rows, position: same } = await readNewRows(server.begin(), position, always);
		expect(rows).toEqual([]);
		expect(server.offsets.length).toBeLessThanOrEqual(requests);
		expect({ ...same, unfinished: undefined }).toEqual({
			...position,
			seen: same.seen,
			unfinished: undefined,
		});
		expect(known(same)).toBeGreaterThanOrEqual(known(position));
	});

	test.each<[string, (page: HistoryPage) => HistoryPage]>([
		['hasMore is always false', (page) => ({ ...page, hasMore: false })],
		['total counts the rows of the page', (page) => ({ ...page, total: page.transactions.length })],
	])('a ledger is not taken for complete because %s', async (_what, change) => {
		const server = new Server(300, order);
		server.change = change;
		let position = await currentPosition(server);
		for (let polls = 0; polls < 2; polls++) {
			const news = await readNewRows(server, position, always);
			expect(news.rows).toEqual([]);
			position = news.position;
			// Where the whole list was read from its front to its back, it is.
			if (isFront) expect(position.complete).toBe(known(position) === 300);
		}
	});

	test('a row that is booked late among 200 known ones costs a look at all of them', async () => {
		const server = new Server(1000, order, 'createdAt');
		const position = await currentPosition(server);
		const late = server.ledger.book({ ...row(2000), createdAt: at(830) });
		const { rows, position: next } = await readNewRows(server.begin(), position, always);
		expect(idsOf(rows)).toEqual([late.id]);
		expect(server.offsets.length).toBeLessThanOrEqual(6);
		expect((await readNewRows(server.begin(), next, always)).rows).toEqual([]);
		expect(server.offsets).toHaveLength(1);
	});

	test('rows that are booked late beside the oldest of 200 known ones', async () => {
		const server = new Server(1000, order, 'createdAt');
		const position = await currentPosition(server);
		const late = Array.from({ length: 5 }, (_, i) =>
			server.ledger.book({ ...row(2000 + i), createdAt: at(800.5 + i / 10) }),
		);
		const news = await readNewRows(server, position, always);
		expect(idsOf(news.rows)).toEqual(idsOf(late));
		expect((await readNewRows(server, news.position, always)).rows).toEqual([]);
	});

	test('without a count, a row that is booked late is noticed 130 rows back', async () => {
		const server = new Server(1000, order, 'createdAt');
		server.change = withoutTotal;
		const position = await currentPosition(server);
		const late = server.ledger.book({ ...row(2000), createdAt: at(870) });
		const news = await readNewRows(server, position, always);
		expect(idsOf(news.rows)).toEqual([late.id]);
		expect((await readNewRows(server, news.position, always)).rows).toEqual([]);
	});

	test('a row that was removed further back than is known costs no more than a look at the known ones', async () => {
		const server = new Server(1000, order);
		server.refusal = { answer: 2, httpCode: '429' };
		const position = await currentPosition(server);
		server.refusal = undefined;
		expect(known(position)).toBe(100);
		server.ledger.remove('row3');
		const news = await readNewRows(server.begin(), position, always);
		expect(news.rows).toEqual([]);
		expect(server.offsets.length).toBeLessThanOrEqual(isFront ? 1 : 4);
		await readNewRows(server.begin(), news.position, always);
		expect(server.offsets).toHaveLength(1);
	});

	test('a count that is wrong costs no further look at a ledger that was read as a whole', async () => {
		const server = new Server(9, order);
		const position = await currentPosition(server);
		server.change = (page) => ({ ...page, total: 8 });
		const news = await readNewRows(server.begin(), position, always);
		expect(news.rows).toEqual([]);
		expect(server.offsets).toHaveLength(1);
	});

	test.each(['no time', 'a rate limit'])('a late row that %s keeps from view comes later', async (what) => {
		const server = new Server(1000, order, 'createdAt');
		let position = await currentPosition(server);
		const late = server.ledger.book({ ...row(2000), createdAt: at(830) });
		const booked = server.book(1000, 2);
		if (what === 'a rate limit') server.refusal = { answer: 1, httpCode: '429' };
		const first = await readNewRows(server.begin(), position, () => what !== 'no time');
		expect(idsOf(first.rows)).toEqual(booked);
		// What was not found is not counted.
		expect(first.position.total).toBe(1002);
		server.refusal = undefined;
		position = first.position;
		const second = await readNewRows(server.begin(), position, always);
		expect(idsOf(second.rows)).toEqual([late.id]);
		expect((await readNewRows(server.begin(), second.position, always)).rows).toEqual([]);
		expect(server.offsets).toHaveLength(1);
	});

	test('after a long absence every request brings about a page of new rows, the oldest first', async () => {
		const server = new Server(1000, order);
		let position = await currentPosition(server);
		const booked = server.book(1000, 2000);
		const emitted: unknown[] = [];
		let requests = 0;
		for (let polls = 0; emitted.length < booked.length && polls < 20; polls++) {
			const news = await readNewRows(server.begin(), position, () => server.offsets.length < 5);
			requests += server.offsets.length;
			position = news.position;
			emitted.push(...idsOf(news.rows));
			expect(emitted).toEqual(booked.slice(0, emitted.length));
			if (emitted.length < booked.length) expect(news.rows.length).toBeGreaterThan(200);
			expect(position).toMatchObject({ newest: at(999 + emitted.length), total: 1000 + emitted.length });
		}
		expect(emitted).toEqual(booked);
		expect(requests).toBeLessThanOrEqual(50);
	});

	test('after a long absence without a count, the known rows are found all the same', async () => {
		const server = new Server(300, order);
		server.change = withoutTotal;
		const position = await currentPosition(server);
		const booked = server.book(300, 1500);
		const { rows, position: next } = await readNewRows(server.begin(), position, always);
		expect(idsOf(rows)).toEqual(booked);
		expect(next.total).toBeUndefined();
		expect(server.offsets.length).toBeLessThanOrEqual(40);
	});

	test.each([1, 2, 3, 30])('after a long absence, from a server with %i rows a page', async (pageRows) => {
		const server = new Server(40, order);
		server.pageRows = pageRows;
		const position = await currentPosition(server);
		const booked = server.book(40, 90);
		expect(idsOf((await readNewRows(server.begin(), position, always)).rows)).toEqual(booked);
		expect(server.offsets.length).toBeLessThanOrEqual(20 + Math.ceil(130 / pageRows) * 2);
	});

	test('rows that come while a long absence is caught up with come once', async () => {
		const server = new Server(1000, order);
		let position = await currentPosition(server);
		const booked = server.book(1000, 600);
		server.before = (answer) => {
			if (answer > 0 && answer < 6) booked.push(...server.book(1600 + 50 * answer, 50));
		};
		const emitted: unknown[] = [];
		for (let polls = 0; polls < 4; polls++) {
			const news = await readNewRows(server.begin(), position, always);
			server.before = () => undefined;
			position = news.position;
			emitted.push(...idsOf(news.rows));
		}
		expect(emitted).toEqual(booked);
	});

	test.each([1, 19, 60, 150])('the newest %i rows were removed: what comes then is new', async (removed) => {
		const server = new Server(1000, order);
		const position = await currentPosition(server);
		for (const { id } of server.ledger.recent(removed)) server.ledger.remove(id);
		const booked = server.book(2000, 2);
		const { rows, position: next } = await readNewRows(server.begin(), position, always);
		expect(idsOf(rows)).toEqual(booked);
		expect(server.offsets.length).toBeLessThanOrEqual(removed < 20 ? 1 : 6);
		expect(next.total).toBe(1002 - removed);
		expect((await readNewRows(server.begin(), next, always)).rows).toEqual([]);
		expect(server.offsets).toHaveLength(1);
	});

	test('a poll that is cut off before the place where the list ended keeps what it cannot tell for the next', async () => {
		const server = new Server(100, order);
		server.pageRows = 7;
		server.refusal = { answer: 1, httpCode: '429' };
		const position = await currentPosition(server);
		server.refusal = undefined;
		const booked = server.book(100, 3);
		const cut = await readNewRows(server.begin(), position, () => false);
		expect(idsOf(cut.rows)).toEqual(isFront ? booked : []);
		const rest = await readNewRows(server.begin(), cut.position, always);
		expect(idsOf(rest.rows)).toEqual(isFront ? [] : booked);
		expect((await readNewRows(server.begin(), rest.position, always)).rows).toEqual([]);
	});

	test('every known row was removed: what has the time of the newest one, or a later one, is new', async () => {
		const server = new Server(1000, order);
		const position = await currentPosition(server);
		for (const { id } of server.ledger.recent(250)) server.ledger.remove(id);
		const booked = [998, 999, 1000, 1001].map(
			(second, i) => server.ledger.book({ ...row(2000 + i), createdAt: at(second) }).id,
		);
		const news = await readNewRows(server, position, always);
		expect(idsOf(news.rows)).toEqual(booked.slice(1));
		expect((await readNewRows(server, news.position, always)).rows).toEqual([]);
	});

	test('rows of one instant come in the order in which they were booked', async () => {
		const server = new Server(1000, order);
		const position = await currentPosition(server);
		const booked = [1, 2, 3].map((i) => server.ledger.book({ ...row(2000 + i), createdAt: at(999) }).id);
		expect(idsOf((await readNewRows(server, position, always)).rows)).toEqual(booked);
	});

	test('an API that begins to count, and stops', async () => {
		const server = new Server(1000, order);
		const counted = (page: HistoryPage) => page;
		for (const [before, after, requests] of [
			[withoutTotal, counted, 4],
			[counted, withoutTotal, isFront ? 1 : 8],
		] as const) {
			server.change = before;
			const position = await currentPosition(server);
			server.change = after;
			const booked = server.book(server.ledger.all(order).length, 3);
			const news = await readNewRows(server.begin(), position, always);
			expect(idsOf(news.rows)).toEqual(booked);
			expect(server.offsets.length).toBeLessThanOrEqual(requests);
			expect(news.position.total).toBe(after === counted ? 1003 : undefined);
		}
	});

	test('no more rows are kept as known than 500, and no complete ledger is claimed then', async () => {
		const server = new Server(100, order);
		let position = await currentPosition(server);
		for (const from of [100, 300, 500]) {
			const booked = server.book(from, 200);
			const news = await readNewRows(server, position, always);
			expect(idsOf(news.rows)).toEqual(booked);
			position = news.position;
			expect(known(position)).toBe(Math.min(500, from + 200));
			expect(position.complete).toBe(from < 500);
		}
	});
});
