import { callAll, type WebhookResponse } from '../queue/calls';
import { historyOnCall } from '../queue/workflows';
import { meanwhile } from '../until';
import { Account } from '../versions/account';
import type { RunningVersion } from '../versions/runningVersion';

const AT_ONCE = 3;

/** A published workflow that other programs call all the time. */
export class WebhookCalls {
	private constructor(
		private readonly account: Account,
		private readonly path: string,
	) {}

	workflowId = '';

	static async publish(n8n: RunningVersion): Promise<WebhookCalls> {
		const calls = new WebhookCalls(await Account.open(n8n, 'Account of the calls'), 'called-all-the-time');
		calls.workflowId = await n8n.api.importWorkflow(historyOnCall(calls.path, calls.account.credential));
		await n8n.api.activate(calls.workflowId);
		return calls;
	}

	/** Calls it some times at once. Returns the responses that were not right. */
	async wrongOnes(): Promise<WebhookResponse[]> {
		const url = `${this.account.n8n.api.url}/webhook/${this.path}`;
		const responses = await callAll(url, { times: AT_ONCE, atOnce: AT_ONCE });
		const right = JSON.stringify(this.account.sandbox.ledger.all('newestFirst'));
		return responses.filter(({ status, body }) => status !== 200 || body !== right);
	}

	/** The same as long as something is going on. */
	async during(doing: Promise<unknown>): Promise<WebhookResponse[]> {
		const wrong: WebhookResponse[] = [];
		await meanwhile(doing, async () => void wrong.push(...(await this.wrongOnes())));
		return wrong;
	}

	async close(): Promise<void> {
		await this.account.close();
	}
}
