import * as fc from 'fast-check';
import { Ledger, type Order } from '../../sandbox/ledger';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import type { Transaction } from '../../sandbox/transaction';
import { seed } from '../unit/chance';
import { expectEveryRowOnce, history, type Watcher } from '../unit/ledgerHistory';
import { ActiveTrigger } from './trigger';

const HISTORIES = Number(process.env.HISTORIES ?? 150);
const THRESHOLD = 100;
let sandbox: Sandbox;

beforeAll(async () => {
	sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

test(`every row comes once, oldest first, in ${HISTORIES} histories of arrivals, polls, restarts and faults`, async () => {
	await fc.assert(
		fc.asyncProperty(history, async (played) => {
			await expectEveryRowOnce(played, new WatchingNode());
		}),
		{ numRuns: HISTORIES, seed },
	);
}, 180_000);

class WatchingNode implements Watcher {
	private readonly trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction' });

	async activate(ledger: Ledger, order: Order) {
		sandbox.reset({ order });
		sandbox.ledger = ledger;
		expect(await this.trigger.activate()).toEqual([]);
	}

	async poll(arriving: number) {
		sandbox.faults.add({ times: arriving, arrivals: { count: 1, when: 'after', ties: true } });
		const items = await this.trigger.poll();
		sandbox.faults.clear();
		return items as unknown as Transaction[];
	}

	async fail() {
		sandbox.faults.add({ status: 403 });
		await expect(this.trigger.poll()).rejects.toThrow();
		sandbox.faults.clear();
	}

	restart() {
		this.trigger.restart();
	}
}

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
