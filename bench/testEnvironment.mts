import axios from 'axios';
import { fastify } from 'fastify';
import getPort from 'get-port';
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureN8n, LOCAL, type N8nProgram } from '../demo/installN8n.mjs';
import { startN8n, type RunningN8n } from '../demo/n8n.mts';
import { N8nApi, type SavedCredential } from '../demo/n8nApi.ts';
import type { Report } from './n8nHooks.mts';
import { startSandboxProcess, type SandboxProcess } from './sandboxProcess.mts';
import type { BenchWorkflow } from './workflows.ts';

const HOOKS = fileURLToPath(new URL('./n8nHooks.mts', import.meta.url));
const OWNER = { email: 'bench@example.com', password: 'Sandbox-2026', firstName: 'Bench', lastName: 'Owner' };
const LARGEST_REPORT = 100 * 1024 * 1024;

/** A real n8n with this package, the sandbox in a separate process, and a server that receives the reports of n8n. */
export class TestEnvironment {
	private port = 0;
	private reportsTo = '';
	private n8n?: RunningN8n;
	private readonly reportServer = fastify({ bodyLimit: LARGEST_REPORT, forceCloseConnections: true });
	/** Resolves the promise that waits for the report of an execution, by its token. */
	private readonly pending = new Map<string, (report: Report) => void>();
	/** Reports of executions that a trigger started. */
	readonly triggerReports: Report[] = [];

	private constructor(
		readonly program: N8nProgram,
		readonly sandbox: SandboxProcess,
		private readonly home: string,
		private readonly signal: AbortSignal,
	) {}

	/** @param name the name of its folder in .local/bench, which is deleted first */
	static async open(name: string, signal: AbortSignal): Promise<TestEnvironment> {
		// Every running execution adds a listener to it.
		setMaxListeners(0, signal);
		const program = await ensureN8n(signal);
		const home = join(LOCAL, 'bench', name);
		await rm(home, { recursive: true, force: true });
		const environment = new TestEnvironment(program, await startSandboxProcess(), home, signal);
		try {
			await environment.listen();
			await environment.restartN8n();
		} catch (error) {
			await environment.close();
			throw error;
		}
		return environment;
	}

	/** Starts a new n8n process; the workflows are kept. */
	async restartN8n(): Promise<void> {
		await this.n8n?.stop();
		this.port = await getPort();
		this.n8n = await startN8n({
			program: this.program,
			home: this.home,
			port: this.port,
			env: { EXTERNAL_HOOK_FILES: HOOKS, BENCH_REPORTS_TO: this.reportsTo },
			signal: this.signal,
		});
	}

	/** Saves the credential, and saves and activates the workflows that `make` returns for it. After that, `run` can run them. */
	async addWorkflows(make: (credential: SavedCredential) => BenchWorkflow[]): Promise<void> {
		const api = new N8nApi(this.url);
		await api.setUpOwnerOrLogIn(OWNER);
		const { apiKey, baseUrl } = this.sandbox;
		const credential = await api.saveCredential({
			name: 'LLM Generator Sandbox',
			type: 'llmGeneratorApi',
			data: { apiKey, baseUrl },
		});
		for (const workflow of make(credential)) await api.activate(await api.importWorkflow(workflow));
	}

	/** Runs a workflow and waits for the report of n8n. Several workflows may run at once. */
	async run(name: string, body: object = {}): Promise<Report> {
		this.signal.throwIfAborted();
		const token = randomUUID();
		const report = new Promise<Report>((resolve) => this.pending.set(token, resolve));
		await axios.post(`${this.url}/webhook/${name}?token=${token}`, body, {
			proxy: false,
			signal: this.signal,
			// If the execution fails, the report says why.
			validateStatus: (status) => status === 200 || status === 500,
		});
		return report;
	}

	/** How many bytes n8n's JavaScript holds after all garbage was collected. */
	async heldBytes(): Promise<number> {
		const { signal } = this;
		return (await axios.post<number>(`${this.url}/bench/held`, {}, { proxy: false, signal })).data;
	}

	async close(): Promise<void> {
		await Promise.all([this.n8n?.stop(), this.sandbox.stop(), this.reportServer.close()]);
	}

	private get url(): string {
		return `http://127.0.0.1:${this.port}`;
	}

	private async listen(): Promise<void> {
		this.reportServer.post<{ Body: Report }>('/', ({ body }) => {
			const { token = '' } = body;
			const resolve = this.pending.get(token);
			this.pending.delete(token);
			if (resolve) resolve(body);
			else this.triggerReports.push(body);
			return {};
		});
		await this.reportServer.listen({ port: 0, host: '127.0.0.1' });
		this.reportsTo = `http://127.0.0.1:${(this.reportServer.server.address() as AddressInfo).port}/`;
	}
}
