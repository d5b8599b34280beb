import * as fc from 'fast-check';
import { NumberedPages, type NumberedSource } from '../../nodes/LlmGenerator/paging/numberedPages';
import { readList } from '../../nodes/LlmGenerator/paging/reader';
import type { Transaction } from '../../sandbox/ledger';
import { seed } from './chance';
import { expectEveryRowOnce } from './movingList';
import { numberedWorld, playNumbered, type NumberedWorld } from './numberedWorld';

const WORLDS = Number(process.env.WORLDS ?? 1500);

/** What a user is told where the pages cannot be joined: then nothing is returned. */
const MESSAGES = [
	'The list of URLs changed faster than it could be read',
	'LLM Generator sent the same rows again and again',
	'LLM Generator served an empty page in the middle of the list of URLs',
];
const STILL: NumberedWorld = {
	rows: 0,
	order: 'newestFirst',
	orderBy: 'booking',
	events: [],
	delays: [[0, 0]],
	pageRows: 100,
	isFixed: false,
	pastEnd: 'no rows',
	total: 'right',
	totalPages: 'right',
	emptyAnswers: [],
};
/** The size of the pages showed only when the first one was asked for again: what was asked before was another page. */
const LAST_PAGE_HID_THE_SIZE = { ...STILL, rows: 3, pageRows: 2, isFixed: true };
/** Rows moved two pages back, where they looked like an earlier page that is sent again past the end. */
const MOVED_BACK_BY_PAGES: NumberedWorld = {
	...STILL,
	rows: 7,
	pageRows: 1,
	events: [{ answer: 13, arrive: 2, late: false, remove: [] }],
};

const read = (wanted?: number) => (source: NumberedSource<Transaction>) =>
	readList(new NumberedPages(source), { wanted, ahead: 32 });

test(
	`pages by number: every row is returned exactly once, in ${WORLDS} worlds that change while they are read`,
	async () => {
		let refused = 0;
		await fc.assert(
			fc.asyncProperty(numberedWorld, async (world) => {
				const outcome = await playNumbered(world, read(world.wanted)).catch((error: Error) => {
					expect(MESSAGES).toContain(error.message);
					refused++;
				});
				if (outcome) expectEveryRowOnce(outcome, world.wanted);
			}),
			{ numRuns: WORLDS, seed, examples: [[LAST_PAGE_HID_THE_SIZE], [MOVED_BACK_BY_PAGES]] },
		);
		expect(refused).toBeLessThan(WORLDS / 50);
	},
	120_000 + 20 * WORLDS,
);

test.each([LAST_PAGE_HID_THE_SIZE, MOVED_BACK_BY_PAGES])(
	'the example %j ends without a message',
	async (world) => {
		expectEveryRowOnce(await playNumbered(world, read()));
	},
);

test('the same worlds find the mistake of a reader that only concatenates pages, even if the counts are right', async () => {
	const details = await fc.check(
		fc.asyncProperty(numberedWorld, async (world) => {
			const { events } = world;
			expectEveryRowOnce(await playNumbered({ ...STILL, rows: world.rows, events }, concatenatePages));
		}),
		{ numRuns: WORLDS, seed },
	);
	expect(details.failed).toBe(true);
});

/** The usual way to read pages by number. */
async function* concatenatePages(source: NumberedSource<Transaction>): AsyncGenerator<Transaction[]> {
	const { signal } = new AbortController();
	const seen = new Set<string>();
	for (let page = 1; ; page++) {
		const { rows, totalPages } = await source.page({ page, limit: 100 }, signal);
		yield rows.filter(({ id }) => !seen.has(id));
		for (const { id } of rows) seen.add(id);
		if (page >= Number(totalPages)) return;
	}
}

test.each([
	[0, 1],
	[1, 1],
	[20, 2],
	[100, 2],
	[250, 3],
	[1000, 12],
])('%i rows of a server without faults take %i requests', async (rows, requests) => {
	const outcome = await playNumbered({ ...STILL, rows }, read());
	expectEveryRowOnce(outcome);
	expect(outcome.requests).toBe(requests);
});

test('a row that is in the list twice is returned once, and hides no other', async () => {
	const all = Array.from({ length: 400 }, (_, place) => ({
		id: `row${place % 7 === 3 ? place % 50 : place}`,
	}));
	const source: NumberedSource<{ id: string }> = {
		name: 'list of URLs',
		page: ({ page, limit }) =>
			Promise.resolve({
				rows: all.slice((page - 1) * limit, page * limit),
				total: all.length,
				totalPages: Math.ceil(all.length / limit),
			}),
		keyOf: ({ id }) => id,
		unreadable: (happened) => new Error(happened),
	};
	const ids: string[] = [];
	for await (const rows of readList(new NumberedPages(source), { ahead: 8 }))
		ids.push(...rows.map(({ id }) => id));
	expect(ids).toEqual([...new Set(all.map(({ id }) => id))]);
});
