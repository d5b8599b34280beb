import * as fc from 'fast-check';
import { readLedger } from '../../nodes/LlmGenerator/ledger/reader';
import type { LedgerSource } from '../../nodes/LlmGenerator/ledger/source';
import type { Transaction } from '../../nodes/LlmGenerator/shapes';
import { seed } from './chance';
import { expectEveryRowOnce, play, world, type World } from './ledgerWorld';

const WORLDS = Number(process.env.WORLDS ?? 1500);

/** Found by the test over HTTP: empty pages were counted together although they were at different offsets. */
const EMPTY_AGAIN_AFTER_REMOVAL: World = {
	rows: 101,
	order: 'newestFirst',
	orderBy: 'booking',
	pageCaps: [100],
	total: 'too small',
	hasMore: 'always',
	emptyAnswers: [0, 5],
	events: [{ answer: 2, arrive: 0, late: false, remove: [0.999, 0.999] }],
	delays: [[0, 0]],
};

/** Rows were added at the front twice, just when the reader checked for more rows after the end. */
const ADDED_WHILE_CHECKING_THE_END: World = {
	rows: 1,
	order: 'newestFirst',
	orderBy: 'booking',
	pageCaps: [100],
	total: 'right',
	hasMore: 'always',
	emptyAnswers: [],
	events: [
		{ answer: 12, arrive: 3, late: false, remove: [] },
		{ answer: 6, arrive: 50, late: false, remove: [] },
	],
	delays: [[0, 0]],
};

test(
	`every row is returned exactly once, in ${WORLDS} worlds that change while they are read`,
	async () => {
		await fc.assert(
			fc.asyncProperty(world, async (played) => {
				const outcome = await play(played, (source) =>
					readLedger(source, { wanted: played.wanted, ahead: 32 }),
				);
				expectEveryRowOnce(outcome, played.wanted);
			}),
			{ numRuns: WORLDS, seed, examples: [[EMPTY_AGAIN_AFTER_REMOVAL], [ADDED_WHILE_CHECKING_THE_END]] },
		);
	},
	120_000 + 10 * WORLDS,
);

/** A server without faults, so that only added rows can mislead a reader. */
const HONEST = {
	pageCaps: [100],
	total: 'right' as const,
	hasMore: 'right' as const,
	emptyAnswers: [],
	wanted: undefined,
};

test('the same worlds find the mistake of a reader that only concatenates pages, even if rows are only added', async () => {
	const details = await fc.check(
		fc.asyncProperty(world, async (played) => {
			const events = played.events.map((event) => ({ ...event, late: false, remove: [] }));
			expectEveryRowOnce(await play({ ...played, ...HONEST, events }, concatenatePages));
		}),
		{ numRuns: WORLDS, seed },
	);
	expect(details.failed).toBe(true);
});

/** The usual way to read pages in parallel: as many pages as `total` says, without rows that are there already. */
async function* concatenatePages(source: LedgerSource): AsyncGenerator<Transaction[]> {
	const { signal } = new AbortController();
	const first = await source.page({ limit: 100, offset: 0 }, signal);
	const offsets = Array.from({ length: Math.ceil((first.total ?? 0) / 100) }, (_, page) => page * 100).slice(
		1,
	);
	const rest = await Promise.all(offsets.map((offset) => source.page({ limit: 100, offset }, signal)));
	const rows = [first, ...rest].flatMap(({ transactions }) => transactions);
	yield [...new Map(rows.map((row) => [row.id, row])).values()];
}
