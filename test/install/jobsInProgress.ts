import type { IDataObject, INode } from 'n8n-workflow';
import type { Execution } from '../../demo/n8nApi';
import type { Sandbox } from '../../sandbox/server';
import { boughtDiscoveries, discovery } from '../discoveries';
import { STEP } from '../e2e/oneStep';
import { asked, bought, generation } from '../generations';
import { until } from '../until';
import { Account } from '../versions/account';
import type { RunningVersion } from '../versions/runningVersion';

const [ONE, TWO] = ['https://one.example', 'https://two.example'];
/** Less than a job of these tests takes. */
const SOON = { maxWaitMinutes: 0.02 };
/** Of each website. */
const URLS = 230;

interface Kind {
	/** Where such a job is started. */
	path: string;
	parameters(options?: IDataObject): INode['parameters'];
	/** Ends all of them. */
	finish(sandbox: Sandbox): void;
	/** The websites of the jobs that n8n has bought; each was charged once. */
	bought(sandbox: Sandbox): string[];
	/** What the node returns for a website. */
	output(url: string): unknown[];
}

const KINDS: Record<'generations' | 'discoveries', Kind> = {
	generations: {
		path: '/generate',
		parameters: generation,
		finish: ({ jobs }) => jobs.list().forEach((job) => jobs.finish(job)),
		bought,
		output: (url) => [expect.objectContaining({ url, status: 'completed' })] as unknown[],
	},
	discoveries: {
		path: '/discovery',
		parameters: (options) => discovery({ ...options, maxUrls: URLS }),
		finish: ({ discoveries }) => discoveries.list().forEach((job) => discoveries.finish(job)),
		bought: boughtDiscoveries,
		output: (url) =>
			new Array(URLS).fill(
				expect.objectContaining({ url: expect.stringContaining(url) as string }),
			) as unknown[],
	},
};

/** Two jobs that are not over when the package is updated: one whose execution gave up, and one that is waited for. */
export class JobsInProgress {
	private failed!: Execution;
	private readonly ids = { failed: '', waiting: '' };

	private constructor(
		private readonly account: Account,
		private readonly kind: Kind,
	) {}

	static async start(n8n: RunningVersion, what: keyof typeof KINDS): Promise<JobsInProgress> {
		const account = await Account.open(n8n, `Account of the ${what}`, { ledger: { rows: 0 } });
		const kind = KINDS[what];
		const inProgress = new JobsInProgress(account, kind);
		const { sandbox } = account;
		sandbox.ledger.book({ type: 'purchase', amount: 1000 });
		for (const url of [ONE, TWO]) sandbox.websites.resize(url, URLS);
		sandbox.faults.add({ method: 'POST', path: kind.path, job: { endless: true } });
		const { execution, workflowId } = await account.runOnCall(kind.parameters(SOON), [{ url: ONE }]);
		expect(execution.error?.message).toMatch(/Retry this execution/);
		sandbox.requests.clear();
		const waiting = await account.startOnCall(kind.parameters(), [{ url: TWO }]);
		await until(() => asked(sandbox).length > 1, `What the ${what} lead to is not waited for`);
		inProgress.failed = execution;
		Object.assign(inProgress.ids, { failed: workflowId, waiting });
		return inProgress;
	}

	/** Lets both jobs end, retries the execution that gave up, and checks that both results came and were bought once. */
	async checkResults(): Promise<void> {
		const { sandbox, n8n } = this.account;
		expect(await n8n.api.executionStatusesOf(this.ids.waiting)).toEqual(['running']);
		this.kind.finish(sandbox);
		const [waited] = await n8n.executionsOf(this.ids.waiting, 1);
		const retried = await this.account.retried(this.ids.failed, this.failed);
		for (const [{ error, nodes }, url] of [
			[retried, ONE],
			[waited, TWO],
		] as const) {
			expect(error?.message).toBeUndefined();
			expect(nodes[STEP].items.map(({ json }) => json)).toEqual(this.kind.output(url));
		}
		expect(this.kind.bought(sandbox)).toEqual([ONE, TWO]);
	}

	async close(): Promise<void> {
		await this.account.close();
	}
}
