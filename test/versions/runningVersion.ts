import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { N8nApi, type Execution } from '../../demo/n8nApi';
import { OwnProcess } from '../ownProcess';
import { until } from '../until';
import type { Version } from './versions';

const PROCESS = resolve(__dirname, 'n8nProcess.mts');
const OWNER = { email: 'old@example.com', password: 'Sandbox-2026', firstName: 'Old', lastName: 'Owner' };
/** Each poll comes within seconds, once n8n has started: this is for a busy machine. */
export const POLL_LIMIT_MS = 180_000;
const LINES_TO_SHOW = 30;

/** What the process of an n8n is asked to start. */
export interface Order {
	pinned: string;
	packageFolder: string;
	home: string;
	env?: Record<string, string>;
}

/** What it answers. */
export interface N8nPlace {
	url: string;
	pid: number;
}

/** An n8n of one version, on a free port and with a folder of its own, and its API logged in. */
export class RunningVersion {
	api!: N8nApi;
	private place!: N8nPlace;
	private process!: OwnProcess;

	private constructor(private readonly order: Order) {}

	/** @param packageFolder holds package.json and dist of what is to be installed in it */
	static async start({ pinned, env }: Version, packageFolder: string): Promise<RunningVersion> {
		const home = await mkdtemp(join(tmpdir(), 'llmgenerator-versions-'));
		const running = new RunningVersion({ pinned, packageFolder, home, env });
		await running.start();
		return running;
	}

	/** Kills n8n on the spot, does what is to happen while it is off, and starts it again. */
	async killed<T>(meanwhile: () => T): Promise<T> {
		process.kill(-this.place.pid, 'SIGKILL');
		await this.process.end();
		const result = meanwhile();
		await this.start();
		return result;
	}

	/** Ends n8n and takes its folder away. */
	async clear(): Promise<void> {
		await this.process.end();
		await rm(this.order.home, { recursive: true, force: true });
	}

	/** The executions of a workflow, once there are so many. */
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

	/** A message that shows why n8n did not do something. */
	async withEndOfLog(what: string): Promise<string> {
		const log = await readFile(join(this.order.home, 'n8n.log'), 'utf8');
		return `${what}. n8n's log ends:\n${log.split('\n').slice(-LINES_TO_SHOW).join('\n')}`;
	}

	private async start(): Promise<void> {
		this.process = new OwnProcess(PROCESS);
		try {
			this.place = await this.process.ask<N8nPlace>('n8n', this.order);
			this.api = new N8nApi(this.place.url);
			await this.api.setUpOwnerOrLogIn(OWNER);
		} catch (error) {
			await this.process.end();
			throw error;
		}
	}
}
