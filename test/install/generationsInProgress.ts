import type { Execution } from '../../demo/n8nApi';
import { STEP } from '../e2e/oneStep';
import { asked, bought, generation } from '../generations';
import { until } from '../until';
import { Account } from '../versions/account';
import type { RunningVersion } from '../versions/runningVersion';

const [ONE, TWO] = ['https://one.example', 'https://two.example'];
/** Less than a generation of these tests takes. */
const SOON = { maxWaitMinutes: 0.02 };

/** Two generations that are not over when the package is updated: one whose execution gave up, and one that is waited for. */
export class GenerationsInProgress {
	private failed!: Execution;
	private readonly ids = { failed: '', waiting: '' };

	private constructor(private readonly account: Account) {}

	static async start(n8n: RunningVersion): Promise<GenerationsInProgress> {
		const account = await Account.open(n8n, 'Account of the generations');
		const generations = new GenerationsInProgress(account);
		const { sandbox } = account;
		sandbox.faults.add({ method: 'POST', path: '/generate', job: { endless: true } });
		const { execution, workflowId } = await account.runOnCall(generation(SOON), [{ url: ONE }]);
		expect(execution.error?.message).toMatch(/Retry this execution/);
		sandbox.requests.clear();
		const waiting = await account.startOnCall(generation(), [{ url: TWO }]);
		await until(() => asked(sandbox).length > 1, 'The generation is not waited for');
		generations.failed = execution;
		Object.assign(generations.ids, { failed: workflowId, waiting });
		return generations;
	}

	/** Lets both jobs end, retries the execution that gave up, and checks that both files came and were bought once. */
	async checkResults(): Promise<void> {
		const { sandbox, n8n } = this.account;
		const jobs = sandbox.jobs.list();
		expect(await n8n.api.executionStatusesOf(this.ids.waiting)).toEqual(['running']);
		for (const job of jobs) sandbox.jobs.finish(job);
		const [waited] = await n8n.executionsOf(this.ids.waiting, 1);
		const retried = await this.account.retried(this.ids.failed, this.failed);
		for (const [execution, url] of [
			[retried, ONE],
			[waited, TWO],
		] as const) {
			expect(execution.nodes[STEP].items.map(({ json }) => json)).toEqual([
				expect.objectContaining({ url, status: 'completed' }),
			]);
		}
		expect(bought(sandbox)).toEqual([ONE, TWO]);
	}

	async close(): Promise<void> {
		await this.account.close();
	}
}
