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

/** Runs steps with one credential in a real n8n. */
export class StepRunner {
	private calls = 0;

	constructor(
		readonly n8n: RunningVersion,
		readonly credential: SavedCredential,
	) {}

	/** Runs one step with “Execute workflow”. */
	async run(
		parameters: INode['parameters'],
		more: { items?: IDataObject[]; settings?: Partial<INode> } = {},
	): Promise<NodeRun & { status: string }> {
		return runStep(this.n8n.api, parameters, this.credential, more);
	}

	/** Activates a workflow with one step that its webhook calls, and calls it once. Returns the ID of the workflow. */
	async startOnCall(parameters: INode['parameters'], items: IDataObject[]): Promise<string> {
		const path = `on-call-${this.credential.id}-${++this.calls}`;
		const each = generatorStep(STEP, parameters, this.credential);
		const workflowId = await this.n8n.api.importWorkflow(onCallWorkflow(path, each));
		await this.n8n.api.activate(workflowId);
		await callWithItems(this.n8n.api.url, path, items);
		return workflowId;
	}

	/** The same; waits for the execution. */
	async runOnCall(
		parameters: INode['parameters'],
		items: IDataObject[],
	): Promise<{ workflowId: string; execution: Execution }> {
		const workflowId = await this.startOnCall(parameters, items);
		const [execution] = await this.n8n.executionsOf(workflowId, 1);
		return { workflowId, execution };
	}

	/** Retries an execution as n8n’s list of executions does, and returns the new one. */
	async retried(workflowId: string, { id }: Execution): Promise<Execution> {
		const before = await this.n8n.api.executionIdsOf(workflowId);
		await this.n8n.api.retry(id);
		return (await this.n8n.executionsOf(workflowId, before.length + 1)).at(-1)!;
	}
}

/** An account for one group of tests: a sandbox, which keeps running when n8n is killed, and its credential in n8n. */
export class Account extends StepRunner {
	private constructor(
		n8n: RunningVersion,
		credential: SavedCredential,
		readonly sandbox: Sandbox,
	) {
		super(n8n, credential);
	}

	static async open(n8n: RunningVersion, name: string, options?: SandboxOptions): Promise<Account> {
		const sandbox = await startSandbox(options);
		return new Account(n8n, await n8n.api.saveCredential(sandboxAccount(name, sandbox)), sandbox);
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
