import axios, { type AxiosInstance, type AxiosRequestConfig, type AxiosResponse } from 'axios';
import { parse } from 'flatted';
import type {
	IBinaryData,
	IDataObject,
	INodeExecutionData,
	INodeTypeDescription,
	IRunExecutionData,
	IWorkflowBase,
} from 'n8n-workflow';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const CHECK_INTERVAL_MS = 100;
/** The longer it has waited, the less often it asks: many that wait would keep n8n busy. It notices the end a tenth later at most. */
const INTERVAL_OF_TIME_WAITED = 0.1;
/** A busy computer needs time. It is shorter than the timeout of an end-to-end test, so that the message is shown. */
const LIMIT_MS = 110_000;

export interface Owner {
	email: string;
	password: string;
	firstName: string;
	lastName: string;
}

export interface Credential {
	name: string;
	type: string;
	data: Record<string, unknown>;
}

export interface SavedCredential extends Credential {
	id: string;
}

/** The credential, as a step refers to it. */
export function credentialOf({ id, name, type }: SavedCredential) {
	return { [type]: { id, name } };
}

export type WorkflowJson = Pick<IWorkflowBase, 'name' | 'nodes' | 'connections'> & Partial<IWorkflowBase>;

export interface Execution {
	id: string;
	/** The status in n8n's words, e.g. success or error. */
	status: string;
	/** Whether the workflow finished. */
	finished: boolean;
	/** The error that stopped it. */
	error?: { message: string; description?: string | null };
	/** Every node that ran, by name: its output and its messages. */
	nodes: Record<string, NodeRun>;
}

export interface NodeRun {
	/** The items of the first output. */
	items: INodeExecutionData[];
	/** The items of every output: the second one is the error output of “Continue (using error output)”. */
	outputs: INodeExecutionData[][];
	error?: { message: string; description?: string | null };
	hints: string[];
}

interface PublicationStatus {
	status: string;
	triggers: Array<{ errorMessage: string | null }>;
}

/** The parts of n8n's internal REST API that the demo and the end-to-end tests need. The editor uses the same API. */
export class N8nApi {
	protected readonly http: AxiosInstance;
	/** How long to wait for the end of an execution, or of anything else. */
	limitMs = LIMIT_MS;

	/** @param url e.g. http://127.0.0.1:5678 */
	constructor(readonly url: string) {
		// A new connection for each request: n8n may close one that was idle just when it is used again.
		this.http = axios.create({ baseURL: url, proxy: false, httpAgent: new Agent({ keepAlive: false }) });
		this.http.interceptors.response.use(undefined, async (error) => this.whenDatabaseIsReady(error));
	}

	/** Creates the owner of a new n8n; later, logs in as this owner. */
	async setUpOwnerOrLogIn(owner: Owner): Promise<void> {
		const { userManagement } = await this.settings();
		const answer = userManagement.showSetupOnFirstLoad
			? await this.http.post('/rest/owner/setup', owner)
			: await this.http.post('/rest/login', { emailOrLdapLoginId: owner.email, password: owner.password });
		this.http.defaults.headers.common.Cookie = (answer.headers['set-cookie'] ?? []).map(
			(line) => line.split(';')[0],
		);
	}

	/** Creates the credential, or updates the credential with this name and type. */
	async saveCredential(credential: Credential): Promise<SavedCredential> {
		const known = await this.get<SavedCredential[]>('/rest/credentials');
		const same = known.find(({ name, type }) => name === credential.name && type === credential.type);
		if (same) await this.http.patch(`/rest/credentials/${same.id}`, credential);
		const { id } = same ?? (await this.post<SavedCredential>('/rest/credentials', credential));
		return { ...credential, id };
	}

	/** The result of a credential's “Test”. It must be a saved credential; its values may differ from the saved ones. */
	async testCredential(credentials: SavedCredential): Promise<{ status: 'OK' | 'Error'; message: string }> {
		return this.post('/rest/credentials/test', { credentials });
	}

	/** Saves a workflow as a new one, or replaces an earlier one, and returns its ID. */
	async importWorkflow(workflow: WorkflowJson, replaced?: string): Promise<string> {
		const { id } = replaced
			? (await this.http.patch<{ data: { id: string } }>(`/rest/workflows/${replaced}`, workflow)).data.data
			: // Older versions of n8n require `active: false` for a new workflow.
				await this.post<{ id: string }>('/rest/workflows', { active: false, ...workflow });
		return id;
	}

	/** The workflow, or undefined if no workflow has this ID or if it was archived. */
	async workflow(id: string): Promise<IWorkflowBase | undefined> {
		const { data, status } = await this.http.get<{ data: IWorkflowBase }>(`/rest/workflows/${id}`, {
			validateStatus: (code) => code === 200 || code === 404,
		});
		return status === 200 && !data.data.isArchived ? data.data : undefined;
	}

	/** Changes a saved workflow, as a user does in the editor. */
	async editWorkflow(id: string, change: (saved: IWorkflowBase) => Partial<WorkflowJson>): Promise<void> {
		const saved = await this.workflow(id);
		if (!saved) throw new Error(`Workflow ${id} does not exist`);
		const { name, nodes, connections, settings } = saved;
		await this.importWorkflow({ name, nodes, connections, settings, ...change(saved) }, id);
	}

	/** Activates a workflow and waits until its triggers are active; rejects with their messages if one fails. */
	async activate(id: string): Promise<void> {
		const { versionId } = await this.get<{ versionId: string }>(`/rest/workflows/${id}`);
		await this.post(`/rest/workflows/${id}/activate`, { versionId });
		await this.untilActive(id);
	}

	/** Waits until the triggers of an activated workflow are active, e.g. after a restart of n8n. */
	async untilActive(id: string): Promise<void> {
		await this.publicationStatus(id, 'published');
	}

	/** Deactivates a workflow and waits until its triggers are no longer active. */
	async deactivate(id: string): Promise<void> {
		await this.post(`/rest/workflows/${id}/deactivate`, {});
		await this.publicationStatus(id, 'not_published');
	}

	/** Does the same as “Execute workflow”, from the first trigger or the given one, and waits for the end. */
	async runWorkflow(id: string, trigger?: string): Promise<Execution> {
		return this.execution(await this.startWorkflow(id, trigger));
	}

	/** The same without waiting for the end. Returns the ID of the execution. */
	async startWorkflow(id: string, trigger?: string): Promise<string> {
		const workflowData = await this.get<IWorkflowBase>(`/rest/workflows/${id}`);
		const name = trigger ?? workflowData.nodes.find(({ type }) => /trigger$/i.test(type))?.name;
		const { executionId } = await this.post<{ executionId: string }>(`/rest/workflows/${id}/run`, {
			triggerToStartFrom: { name },
			// Older versions of n8n do not load it by themselves.
			workflowData,
		});
		return executionId;
	}

	/** The status of an execution in n8n's words, e.g. running or waiting. */
	async executionStatus(id: string): Promise<string> {
		return (await this.get<{ status: string }>(`/rest/executions/${id}`)).status;
	}

	/** Waits until an execution has ended, and reads its result. */
	async execution(id: string): Promise<Execution> {
		type Answer = { status: string; finished: boolean; data: string };
		const { status, finished, data } = await this.until<Answer>(
			`/rest/executions/${id}`,
			(answer) => !['new', 'running', 'waiting', 'unknown'].includes(answer.status),
		);
		const { resultData } = parse(data) as IRunExecutionData;
		// A step that was running when the execution was stopped has an empty list.
		const nodes = Object.entries(resultData.runData)
			.filter(([, runs]) => runs.length > 0)
			.map(([name, runs]) => [name, nodeRun(runs[runs.length - 1])]);
		return {
			id,
			status,
			finished,
			error: resultData.error,
			nodes: Object.fromEntries(nodes) as Execution['nodes'],
		};
	}

	/**
	 * Does the same as “Retry” in the list of executions, and waits until the new execution has ended.
	 *
	 * @param loadWorkflow whether with the currently saved workflow, and not with the original one
	 */
	async retry(executionId: string, { loadWorkflow = false } = {}): Promise<void> {
		await this.post(`/rest/executions/${executionId}/retry`, { loadWorkflow });
	}

	/** Does the same as “Stop” in the list of executions. */
	async stop(executionId: string): Promise<void> {
		await this.post(`/rest/executions/${executionId}/stop`, {});
	}

	/** Waits until the executions of a workflow have ended, and returns them, oldest first. */
	async executionsOf(workflowId: string): Promise<Execution[]> {
		const ids = await this.executionIdsOf(workflowId);
		return Promise.all(ids.map(async (id) => this.execution(id)));
	}

	/** The IDs of the executions of a workflow, running ones included, oldest first. */
	async executionIdsOf(workflowId: string): Promise<string[]> {
		return (await this.listedExecutions({ workflowId })).map(({ id }) => id);
	}

	/** The statuses of the executions of a workflow, running and waiting ones included, oldest first. */
	async executionStatusesOf(workflowId: string): Promise<string[]> {
		return (await this.listedExecutions({ workflowId })).map(({ status }) => status);
	}

	/** The IDs of all executions with a status, e.g. running, oldest first. */
	async executionIdsWith(status: string): Promise<string[]> {
		return (await this.listedExecutions({ status: [status] })).map(({ id }) => id);
	}

	/** The entries that “From List” of a resource locator shows. */
	async listSearch(request: {
		node: { type: string; version: number };
		credential: SavedCredential;
		/** The name of the parameter, e.g. packageId. */
		parameter: string;
		method: string;
		parameters?: Record<string, unknown>;
		filter?: string;
	}): Promise<{ results: Array<{ name: string; value: string; description?: string; url?: string }> }> {
		const { node, credential, parameter, method, parameters = {}, filter } = request;
		return this.post('/rest/dynamic-node-parameters/resource-locator-results', {
			nodeTypeAndVersion: { name: node.type, version: node.version },
			path: `parameters.${parameter}`,
			methodName: method,
			currentNodeParameters: parameters,
			credentials: credentialOf(credential),
			filter,
		});
	}

	/** Does the same as “Install” in Settings → Community nodes, with a version or with the latest one. */
	async installPackage(name: string, version?: string): Promise<void> {
		await this.post('/rest/community-packages', { name, version });
	}

	/** Does the same as “Update” there; with a version, also changes to an older one. */
	async updatePackage(name: string, version?: string): Promise<void> {
		await this.http.patch('/rest/community-packages', { name, version });
	}

	/** Does the same as “Uninstall package” there. */
	async uninstallPackage(name: string): Promise<void> {
		await this.http.delete('/rest/community-packages', { params: { name } });
	}

	/** The descriptions of all nodes in this n8n. */
	async nodeTypes(): Promise<INodeTypeDescription[]> {
		return (await this.http.get<INodeTypeDescription[]>('/types/nodes.json')).data;
	}

	/** A file from n8n, e.g. an icon, as text. */
	async file(path: string): Promise<string> {
		return (await this.http.get<string>(path, { responseType: 'text' })).data;
	}

	/** A file that a step has output, like “Download” in the editor. */
	async download({ id, data }: IBinaryData): Promise<Buffer> {
		// Without an ID, the file is stored in the execution itself.
		if (!id) return Buffer.from(data, 'base64');
		const answer = await this.http.get<Buffer>('/rest/binary-data', {
			params: { id, action: 'download' },
			responseType: 'arraybuffer',
		});
		return answer.data;
	}

	/** Creates a data table in the user's own project, and returns its ID. */
	async createDataTable(
		name: string,
		columns: Array<{ name: string; type: 'string' | 'number' }>,
	): Promise<string> {
		return (await this.post<{ id: string }>(`${await this.dataTables()}`, { name, columns })).id;
	}

	/** The rows of a data table, the first one first. */
	async dataTableRows(id: string): Promise<IDataObject[]> {
		const path = `${await this.dataTables()}/${id}/rows?take=100&sortBy=id:asc`;
		return (await this.get<{ data: IDataObject[] }>(path)).data;
	}

	private async dataTables(): Promise<string> {
		const { id } = await this.get<{ id: string }>('/rest/projects/personal');
		return `/rest/projects/${id}/data-tables`;
	}

	/** n8n's public settings. Older versions of n8n report that they are ready a moment before they provide them. */
	private async settings(): Promise<{ userManagement: { showSetupOnFirstLoad: boolean } }> {
		const deadline = Date.now() + this.limitMs;
		for (;;) {
			try {
				return await this.get('/rest/settings');
			} catch (error) {
				if (!isNotFound(error) || Date.now() > deadline) throw error;
				await sleep(CHECK_INTERVAL_MS);
			}
		}
	}

	private async listedExecutions(
		wanted: { workflowId: string } | { status: string[] },
	): Promise<Array<{ id: string; status: string }>> {
		const filter = encodeURIComponent(JSON.stringify(wanted));
		const { results } = await this.get<{ results: Array<{ id: string; status: string }> }>(
			`/rest/executions?filter=${filter}&limit=100`,
		);
		return results.reverse();
	}

	private async publicationStatus(id: string, wanted: string): Promise<void> {
		try {
			const { status, triggers } = await this.until<PublicationStatus>(
				`/rest/workflows/${id}/publication-status`,
				(answer) => [wanted, 'failed'].includes(answer.status),
			);
			if (status !== wanted) throw new Error(triggers.map(({ errorMessage }) => errorMessage).join('\n'));
		} catch (error) {
			// Older versions of n8n have no such status: they respond only after the change is complete.
			if (!isNotFound(error)) throw error;
		}
	}

	private async until<T>(path: string, isDone: (answer: T) => boolean): Promise<T> {
		const start = Date.now();
		for (;;) {
			const answer = await this.get<T>(path);
			if (isDone(answer)) return answer;
			const waitedMs = Date.now() - start;
			if (waitedMs > this.limitMs)
				throw new Error(`${path} is still ${JSON.stringify(answer).slice(0, 500)}`);
			await sleep(Math.max(CHECK_INTERVAL_MS, waitedMs * INTERVAL_OF_TIME_WAITED));
		}
	}

	/**
	 * If its database does not respond in time for a moment, as on a busy computer, n8n answers 503 before it does anything. Then
	 * sends the request again.
	 */
	private async whenDatabaseIsReady(error: unknown): Promise<AxiosResponse> {
		if (!axios.isAxiosError(error) || error.response?.status !== 503 || !error.config) throw error;
		const config: AxiosRequestConfig & { giveUpAt?: number } = error.config;
		config.giveUpAt ??= Date.now() + this.limitMs;
		if (Date.now() > config.giveUpAt) throw error;
		await sleep(CHECK_INTERVAL_MS);
		return this.http.request(config);
	}

	private async get<T>(path: string): Promise<T> {
		return (await this.http.get<{ data: T }>(path)).data.data;
	}

	private async post<T>(path: string, body: unknown): Promise<T> {
		return (await this.http.post<{ data: T }>(path, body)).data.data;
	}
}

const isNotFound = (error: unknown) => axios.isAxiosError(error) && error.response?.status === 404;

function nodeRun(run: IRunExecutionData['resultData']['runData'][string][number]): NodeRun {
	const outputs = (run.data?.main ?? []).map((items) => items ?? []);
	return {
		items: outputs[0] ?? [],
		outputs,
		error: run.error,
		hints: (run.hints ?? []).map(({ message }) => message),
	};
}
