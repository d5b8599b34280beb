import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { N8nApi, type Execution, type Owner } from '../../demo/n8nApi';
import { OwnProcess } from '../ownProcess';
import { until } from '../until';
import type { Version } from './versions';

const PROCESS = resolve(__dirname, 'n8nProcess.mts');
const OWNER: Owner = {
	email: 'old@example.com',
	password: 'Sandbox-2026',
	firstName: 'Old',
	lastName: 'Owner',
};
/** After n8n has started, each poll takes seconds, more on a busy machine. */
export const POLL_LIMIT_MS = 180_000;
const LINES_TO_SHOW = 30;

/** What the process of an n8n must start. */
export interface VersionOptions {
	pinned: string;
	packageFolder: string | null;
	home: string;
	env?: Record<string, string>;
}

/** Its response. */
export interface N8nAddress {
	url: string;
	pid: number;
}

/** An n8n of one version, on a free port and with its own folder; `api` is logged in to it. */
export class RunningVersion {
	api!: N8nApi;
	/** The user whom `api` is logged in as. */
	readonly owner = OWNER;
	private address!: N8nAddress;
	private process!: OwnProcess;

	private constructor(private readonly options: VersionOptions) {}

	/** @param packageFolder the folder with package.json and dist of the package to install; null: without the package */
	static async start({ pinned, env }: Version, packageFolder: string | null): Promise<RunningVersion> {
		const home = await mkdtemp(join(tmpdir(), 'llmgenerator-versions-'));
		const running = new RunningVersion({ pinned, packageFolder, home, env });
		await running.start();
		return running;
	}

	/** The folder where it stores everything. */
	get home(): string {
		return this.options.home;
	}

	/** Kills n8n, calls `meanwhile` while it is off, and starts it again. */
	async killed<T>(meanwhile: () => T): Promise<T> {
		process.kill(-this.address.pid, 'SIGKILL');
		await this.process.stop();
		const result = meanwhile();
		await this.start();
		return result;
	}

	/** Stops n8n and deletes its folder. */
	async clear(): Promise<void> {
		await this.process.stop();
		await rm(this.options.home, { recursive: true, force: true });
	}

	/** The executions of a workflow, when there are at least `count`. */
	async executionsOf(workflowId: string, count: number): Promise<Execution[]> {
		return until(
			async () => {
				const found = await this.api.executionsOf(workflowId);
				return found.length >= count && found;
			},
			() => this.withEndOfLog(`There are fewer than ${count} executions`),
			POLL_LIMIT_MS,
		);
	}

	/** A message with the end of n8n's log, which may show the reason. */
	async withEndOfLog(what: string): Promise<string> {
		const log = await readFile(join(this.options.home, 'n8n.log'), 'utf8');
		return `${what}. n8n's log ends:\n${log.split('\n').slice(-LINES_TO_SHOW).join('\n')}`;
	}

	private async start(): Promise<void> {
		this.process = new OwnProcess(PROCESS);
		try {
			this.address = await this.process.request<N8nAddress>('n8n', this.options);
			this.api = new N8nApi(this.address.url);
			await this.api.setUpOwnerOrLogIn(OWNER);
		} catch (error) {
			await this.process.stop();
			throw error;
		}
	}
}
