import type { IDataObject } from 'n8n-workflow';
import type { Execution } from '../../demo/n8nApi';
import { STEP } from '../e2e/oneStep';
import { packageById } from '../packages';
import { callAll } from '../queue/calls';
import { generatorStep, inARow, step } from '../steps';
import { Account } from '../versions/account';
import type { RunningVersion } from '../versions/runningVersion';

/** Reading them takes longer than an update, if the server takes seconds for each page. */
const ROWS = 20_000;
const PAGE_MS = 2_000;
const LONG_HISTORY = { operation: 'getHistory', returnAll: true, options: { maxRequestsAtOnce: 4 } };
/** Longer than an update takes on a busy computer. */
const CHECKOUT_MS = 45_000;
const WAIT_SECONDS = 120;
const CHECKOUT = {
	operation: 'createCheckout',
	packageId: packageById('pkg_pro'),
	additionalFields: { timeoutSeconds: 300 },
};

/** Executions that are not over when the package is updated. */
export class InProgress {
	private readonly ids = { failed: '', reading: '', buying: '', waiting: '' };

	private constructor(
		private readonly n8n: RunningVersion,
		private readonly accounts: { failed: Account; reading: Account; buying: Account; waiting: Account },
	) {}

	static async open(n8n: RunningVersion, when: string): Promise<InProgress> {
		const open = async (what: string, rows = 150) =>
			Account.open(n8n, `Account of ${what} ${when}`, { ledger: { rows } });
		return new InProgress(n8n, {
			failed: await open('an execution that failed'),
			reading: await open('an execution that reads', ROWS),
			buying: await open('an execution that buys'),
			waiting: await open('an execution that waits'),
		});
	}

	/** Runs one that fails, and starts those that are still running. */
	async start(): Promise<void> {
		const { failed, reading, buying } = this.accounts;
		failed.sandbox.faults.add({ path: '/credits/history', status: 403 });
		const execution = await failed.runOnCall({ operation: 'getHistory', returnAll: true }, [{}]);
		expect(execution.execution.status).toBe('error');
		failed.sandbox.faults.clear();
		this.ids.failed = execution.workflowId;

		reading.sandbox.faults.add({ path: '/credits/history', delayMs: PAGE_MS });
		buying.sandbox.faults.add({ method: 'POST', delayMs: CHECKOUT_MS });
		this.ids.reading = await reading.startOnCall(LONG_HISTORY, [{}]);
		this.ids.waiting = await this.startWaiting();
		this.ids.buying = await buying.startOnCall(CHECKOUT, [{}]);
	}

	/** The status of each in n8n’s words. */
	async statuses(): Promise<Record<keyof InProgress['ids'], string>> {
		const statuses = Object.entries(this.ids).map(async ([what, id]) => [
			what,
			(await this.n8n.api.executionStatusesOf(id)).join(),
		]);
		return Object.fromEntries(await Promise.all(statuses)) as Record<keyof InProgress['ids'], string>;
	}

	/** The requests that the execution that reads has sent since then. */
	requestsSince(milliseconds: number): number {
		return this.accounts.reading.sent('GET').filter(({ at }) => at > milliseconds).length;
	}

	/** Waits for the end of each, retries the failed one, and checks that all returned what they should. */
	async checkResults(): Promise<void> {
		const { failed, reading, buying, waiting } = this.accounts;
		reading.sandbox.faults.clear();
		const [failure] = await this.n8n.executionsOf(this.ids.failed, 1);
		expect(output(await failed.retried(this.ids.failed, failure))).toEqual(
			failed.sandbox.ledger.all('newestFirst'),
		);
		expect(output(await this.end('reading'))).toEqual(reading.sandbox.ledger.all('newestFirst'));
		const links = output(await this.end('buying')).map(({ sessionId }) => sessionId);
		expect(links).toEqual([...buying.sandbox.sessions.keys()]);
		expect([links.length, buying.sent('POST').length]).toEqual([1, 1]);
		expect(output(await this.end('waiting'))).toEqual(waiting.sandbox.ledger.recent(50));
	}

	async close(): Promise<void> {
		await Promise.all(Object.values(this.accounts).map((account) => account.close()));
	}

	private async end(which: keyof InProgress['ids']): Promise<Execution> {
		const [execution, ...others] = await this.n8n.executionsOf(this.ids[which], 1);
		expect(others).toEqual([]);
		return execution;
	}

	/** Its Wait step is so long that n8n stores the execution meanwhile. */
	private async startWaiting(): Promise<string> {
		const { credential } = this.accounts.waiting;
		const path = `waiting-${credential.id}`;
		const webhook = { ...step('Webhook', 'n8n-nodes-base.webhook', 2, { path }), webhookId: path };
		const wait = step('Wait', 'n8n-nodes-base.wait', 1.1, { amount: WAIT_SECONDS, unit: 'seconds' });
		const history = generatorStep(STEP, { operation: 'getHistory' }, credential);
		const id = await this.n8n.api.importWorkflow(
			inARow('Waits', [webhook, { ...wait, webhookId: `${path}-wait` }, history]),
		);
		await this.n8n.api.activate(id);
		await callAll(`${this.n8n.api.url}/webhook/${path}`, { times: 1, atOnce: 1 });
		return id;
	}
}

function output({ status, error, nodes }: Execution): IDataObject[] {
	expect({ status, error: error?.message }).toEqual({ status: 'success', error: undefined });
	return nodes[STEP].items.map(({ json }) => json);
}
