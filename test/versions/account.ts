import axios from 'axios';
import type { IDataObject, INode } from 'n8n-workflow';
import type { Execution, NodeRun, SavedCredential } from '../../demo/n8nApi';
import type { LoggedRequest } from '../../sandbox/requestLog';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/server';
import { runStep, STEP } from '../e2e/oneStep';
import { callWithItems, onCallWorkflow } from '../onCall';
import { generatorStep, sandboxAccount } from '../steps';
import type { RunningVersion } from './runningVersion';

/** The header of requests that the tests send themselves. */
const OWN = 'x-from-the-test';

/** An account for one group of tests: a sandbox, which keeps running when n8n is killed, and its credential in n8n. */
export class Account {
	private calls = 0;

	private constructor(
		readonly n8n: RunningVersion,
		readonly sandbox: Sandbox,
		readonly credential: SavedCredential,
		private readonly name: string,
	) {}

	static async open(n8n: RunningVersion, name: string, options?: SandboxOptions): Promise<Account> {
		const sandbox = await startSandbox(options);
		return new Account(n8n, sandbox, await n8n.api.saveCredential(sandboxAccount(name, sandbox)), name);
	}

	/** Runs one step with “Execute workflow”. */
	async run(
		parameters: INode['parameters'],
		more: { items?: IDataObject[]; settings?: Partial<INode> } = {},
	): Promise<NodeRun & { status: string }> {
		return runStep(this.n8n.api, parameters, this.credential, more);
	}

	/** Activates a workflow with one step that its webhook calls, calls it once, and returns its execution. */
	async runOnCall(
		parameters: INode['parameters'],
		items: IDataObject[],
		settings: Partial<INode> = {},
	): Promise<{ workflowId: string; execution: Execution }> {
		const path = `${this.name.replace(/\W+/g, '-').toLowerCase()}-${++this.calls}`;
		const each = { ...generatorStep(STEP, parameters, this.credential), ...settings };
		const workflowId = await this.n8n.api.importWorkflow(onCallWorkflow(path, each));
		await this.n8n.api.activate(workflowId);
		await callWithItems(this.n8n.api.url, path, items);
		const [execution] = await this.n8n.executionsOf(workflowId, 1);
		return { workflowId, execution };
	}

	/** Retries an execution as n8n’s list of executions does, and returns the new one. */
	async retried(workflowId: string, { id }: Execution): Promise<Execution> {
		const before = await this.n8n.api.executionIdsOf(workflowId);
		await this.n8n.api.retry(id);
		return (await this.n8n.executionsOf(workflowId, before.length + 1)).at(-1)!;
	}

	/** What the API itself answers. */
	async answer<T = IDataObject>(path: string): Promise<T> {
		const { apiKey } = this.credential.data as { apiKey: string };
		const headers = { authorization: `Bearer ${apiKey}`, [OWN]: 'yes' };
		return (await axios.get<T>(this.sandbox.baseUrl + path, { headers, proxy: false })).data;
	}

	/** The requests that n8n has sent, of this method. */
	sent(method?: 'GET' | 'POST'): LoggedRequest[] {
		return this.sandbox.requests.entries.filter(
			(request) => request.headers[OWN] === undefined && (method ?? request.method) === request.method,
		);
	}

	async close(): Promise<void> {
		await this.sandbox.close();
	}
}
