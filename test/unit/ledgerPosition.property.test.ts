import * as fc from 'fast-check';
import { NodeApiError, type INode } from 'n8n-workflow';
import type { LedgerSource } from '../../nodes/LlmGenerator/api/history';
import { currentPosition, readNews, type LedgerPosition } from '../../nodes/LlmGenerator/api/ledgerPosition';
import type { Ledger, Order } from '../../sandbox/ledger';
import { seed } from './chance';
import { expectEveryRowOnce, history, type History, type Watcher } from './ledgerHistory';

const HISTORIES = 4 * Number(process.env.HISTORIES ?? 150);

/** How a server and n8n's clock treat the trigger, beyond what happens to the ledger. */
interface Treatment {
	total: 'right' | 'missing';
	/** The most rows that the server puts into a page. */
	pageCap: number;
	/** After how many answers time runs out, for one poll after the other; then never. */
	patience: number[];
	/** Answers, by number, that the rate limit turns away. */
	limited: number[];
}

const treatment: fc.Arbitrary<Treatment> = fc.record({
	total: fc.constantFrom('right' as const, 'missing' as const),
	pageCap: fc.constantFrom(100, 100, 30),
	patience: fc.array(fc.nat({ max: 4 }), { maxLength: 6 }),
	limited: fc.array(fc.nat({ max: 40 }), { maxLength: 3 }),
});

test(`every row comes once, oldest first, in ${HISTORIES} histories with little time and a low rate limit`, async () => {
	await fc.assert(
		fc.asyncProperty(history, treatment, async (played, treated) => {
			// Without a count, nothing tells that a row was booked far back.
			const late = ({ steps }: History) => steps.some((step) => step.do === 'book' && step.late > 0);
			fc.pre(treated.total === 'right' || !late(played));
			await expectEveryRowOnce(played, new Model(treated));
		}),
		{ numRuns: HISTORIES, seed },
	);
}, 120_000);

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
				if (this.treated.limited.includes(this.answers++)) throw rateLimited();
				const page = ledger.page({ ...slice, limit: Math.min(slice.limit, this.treated.pageCap), order });
				const [newest] = ledger.recent(1);
				if (newest && this.arriving-- > 0) ledger.book({ createdAt: newest.createdAt });
				await Promise.resolve();
				return this.treated.total === 'right' ? page : { ...page, total: undefined };
			},
			unreadable: (happened) => new Error(happened),
		};
		for (;;) {
			try {
				this.saved = this.position = await currentPosition(this.source);
				return;
			} catch (failure) {
				if (!(failure instanceof NodeApiError)) throw failure;
			}
		}
	}

	async poll(arriving: number) {
		const patience = this.treated.patience[this.polls++] ?? Infinity;
		const outOfTime = this.answers + patience;
		this.arriving = arriving;
		const known = this.position;
		try {
			const { rows, position } = await readNews(this.source, known, () => this.answers < outOfTime);
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
		await expect(readNews(source, position, () => true)).rejects.toThrow('no answer');
	}

	restart() {
		this.position = this.saved;
	}
}

function rateLimited() {
	return new NodeApiError(node, {}, { message: 'The rate limit is used up', httpCode: '429' });
}
