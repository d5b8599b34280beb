import type { INode } from 'n8n-workflow';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Transaction } from '../../sandbox/ledger';
import { inARow, POLL_TIMES, TRIGGER, triggerStep } from '../steps';
import { meanwhile, until } from '../until';
import { Account } from '../versions/account';
import { POLL_LIMIT_MS, type RunningVersion } from '../versions/runningVersion';

/** How far below the balance is when the alert is published. */
const BELOW = 1000;
const ROW_EVERY_MS = 300;

/** Published triggers of all kinds, and the account that they watch. */
export class WatchedTriggers {
	private readonly ids: Record<'all' | 'purchases' | 'low', string> = { all: '', purchases: '', low: '' };
	private readonly added: Transaction[] = [];

	private constructor(private readonly account: Account) {}

	static async publish(n8n: RunningVersion): Promise<WatchedTriggers> {
		const triggers = new WatchedTriggers(await Account.open(n8n, 'Account that the triggers watch'));
		const threshold = triggers.account.sandbox.ledger.balance + BELOW;
		await triggers.add('all', { event: 'newTransaction' });
		await triggers.add('purchases', { event: 'newTransaction', filters: { types: ['purchase'] } });
		await triggers.add('low', { event: 'lowBalance', threshold });
		return triggers;
	}

	/** Adds purchases of 1 credit and usages of 1 credit. */
	addRows(count: number): void {
		for (let i = 0; i < count; i++) {
			const type = this.added.length % 2 === 0 ? 'purchase' : 'usage';
			this.added.push(this.account.sandbox.ledger.book({ type, amount: type === 'purchase' ? 1 : -1 }));
		}
	}

	/** Adds rows as long as something is going on. */
	async addRowsDuring<T>(doing: Promise<T>): Promise<T> {
		return meanwhile(doing, async () => {
			this.addRows(1);
			await sleep(ROW_EVERY_MS);
		});
	}

	/** Tops up, and lets the balance fall again: the next alert is due. */
	async fallAgain(): Promise<void> {
		const { ledger } = this.account.sandbox;
		this.added.push(ledger.book({ type: 'purchase', amount: 2 * BELOW }));
		await this.untilPolled(2);
		this.added.push(ledger.book({ type: 'usage', amount: -2 * BELOW }));
		await this.untilPolled(2);
	}

	/** Waits until all rows should have been emitted, and returns what the triggers have emitted since they were published. */
	async emitted(): Promise<{ all: unknown[]; purchases: unknown[]; alerts: number }> {
		await this.untilPolled(2);
		const rows = async (which: 'all' | 'purchases') => (await this.items(which)).map(({ json }) => json.id);
		return {
			all: await rows('all'),
			purchases: await rows('purchases'),
			alerts: (await this.items('low')).length,
		};
	}

	/** The IDs of the added rows, by what the triggers are to emit. */
	get expected(): { all: unknown[]; purchases: unknown[] } {
		const purchases = this.added.filter(({ type }) => type === 'purchase');
		return { all: this.added.map(({ id }) => id), purchases: purchases.map(({ id }) => id) };
	}

	async close(): Promise<void> {
		await this.account.close();
	}

	private async add(which: 'all' | 'purchases' | 'low', parameters: INode['parameters']): Promise<void> {
		const { api } = this.account.n8n;
		const trigger = triggerStep(parameters, this.account.credential, POLL_TIMES.everyFiveSeconds);
		this.ids[which] = await api.importWorkflow(inARow(`Watched: ${which}`, [trigger]));
		await api.activate(this.ids[which]);
	}

	private async items(which: 'all' | 'purchases' | 'low') {
		const executions = await this.account.n8n.api.executionsOf(this.ids[which]);
		return executions.flatMap(({ nodes }) => nodes[TRIGGER].items);
	}

	/** Waits for so many polls of each trigger. What one poll found is emitted before the next one begins. */
	private async untilPolled(times: number): Promise<void> {
		const { sandbox, n8n } = this.account;
		const before = sandbox.requests.entries.length;
		const polls = (path: string, triggers: number) =>
			sandbox.requests.entries
				.slice(before)
				.filter((request) => request.path === path && Number(request.query.offset ?? 0) === 0).length >
			times * triggers;
		await until(
			() => polls('/credits/history/api', 2) && polls('/credits/balance/api', 1),
			() => n8n.withEndOfLog('The triggers no longer poll'),
			POLL_LIMIT_MS,
		);
	}
}
