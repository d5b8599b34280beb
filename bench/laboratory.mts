import axios from 'axios';
import { fastify } from 'fastify';
import getPort from 'get-port';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureN8n, LOCAL, type N8nProgram } from '../demo/installN8n.mts';
import { startN8n, type RunningN8n } from '../demo/n8n.mts';
import { N8nApi, type SavedCredential } from '../demo/n8nApi.ts';
import type { Report } from './n8nHooks.mts';
import { startSandboxProcess, type SandboxProcess } from './sandboxProcess.mts';
import type { BenchWorkflow } from './workflows.ts';

const HOME = join(LOCAL, 'bench', 'n8n');
const HOOKS = fileURLToPath(new URL('./n8nHooks.mts', import.meta.url));
const OWNER = { email: 'bench@example.com', password: 'Sandbox-2026', firstName: 'Bench', lastName: 'Owner' };
const LARGEST_REPORT = 100 * 1024 * 1024;

/** A real n8n with this package, the sandbox in a process of its own, and an ear for what n8n reports. */
export class Laboratory {
	private port = 0;
	private reportsTo = '';
	private n8n?: RunningN8n;
	private readonly ear = fastify({ bodyLimit: LARGEST_REPORT, forceCloseConnections: true });
	private reported: (report: Report) => void = () => undefined;

	private constructor(
		readonly program: N8nProgram,
		readonly sandbox: SandboxProcess,
		private readonly signal: AbortSignal,
	) {}

	static async open(signal: AbortSignal, tell: (text: string) => void): Promise<Laboratory> {
		const program = await ensureN8n((elapsed) => tell(`Installing n8n, ${elapsed}`), signal);
		await rm(HOME, { recursive: true, force: true });
		const laboratory = new Laboratory(program, await startSandboxProcess(), signal);
		try {
			await laboratory.listen();
			await laboratory.restartN8n();
		} catch (stopped) {
			await laboratory.close();
			throw stopped;
		}
		return laboratory;
	}

	/** A fresh process with nothing in its memory; workflows stay. */
	async restartN8n(): Promise<void> {
		await this.n8n?.stop();
		this.port = await getPort();
		this.n8n = await startN8n({
			program: this.program,
			home: HOME,
			port: this.port,
			env: { EXTERNAL_HOOK_FILES: HOOKS, BENCH_REPORTS_TO: this.reportsTo },
			signal: this.signal,
		});
	}

	/** Saves and switches on what `make` makes of the credential; then `run` can run it. */
	async furnish(make: (credential: SavedCredential) => BenchWorkflow[]): Promise<void> {
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

	/** Runs a workflow once, and waits until n8n has reported what it did. */
	async run(name: string, body: object = {}): Promise<Report> {
		this.signal.throwIfAborted();
		const report = new Promise<Report>((resolve) => (this.reported = resolve));
		await axios.post(`${this.url}/webhook/${name}`, body, {
			proxy: false,
			signal: this.signal,
			// What went wrong is in the report.
			validateStatus: (status) => status === 200 || status === 500,
		});
		const told = await report;
		if (told.status !== 'success')
			throw new Error(`Workflow ${name} ended as ${told.status}: ${told.said ?? ''}`);
		return told;
	}

	async close(): Promise<void> {
		await Promise.all([this.n8n?.stop(), this.sandbox.stop(), this.ear.close()]);
	}

	private get url(): string {
		return `http://127.0.0.1:${this.port}`;
	}

	private async listen(): Promise<void> {
		this.ear.post<{ Body: Report }>('/', ({ body }) => {
			this.reported(body);
			return {};
		});
		await this.ear.listen({ port: 0, host: '127.0.0.1' });
		this.reportsTo = `http://127.0.0.1:${(this.ear.server.address() as AddressInfo).port}/`;
	}
}
