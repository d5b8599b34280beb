import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { N8nApi } from '../../demo/n8nApi';
import type { Version } from './versions';

const PROCESS = resolve(__dirname, 'n8nProcess.mts');
const OWNER = { email: 'old@example.com', password: 'Sandbox-2026', firstName: 'Old', lastName: 'Owner' };
const LINES_TO_SHOW = 30;

/** What the process of an n8n is asked to start. */
export interface Order {
	pinned: string;
	packageFolder: string;
	home: string;
	env?: Record<string, string>;
}

/** What it answers. */
export type Reply = N8nPlace | { stopped: string };

interface N8nPlace {
	url: string;
	pid: number;
}

/** An n8n of one version, on a free port and with a folder of its own, and its API logged in. */
export class RunningVersion {
	api!: N8nApi;
	private place!: N8nPlace;
	private end!: () => Promise<void>;

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
		await this.end();
		const result = meanwhile();
		await this.start();
		return result;
	}

	/** Ends n8n and takes its folder away. */
	async clear(): Promise<void> {
		await this.end();
		await rm(this.order.home, { recursive: true, force: true });
	}

	/** For a message that says why n8n did not do something. */
	async endOfLog(): Promise<string> {
		const log = await readFile(join(this.order.home, 'n8n.log'), 'utf8');
		return log.split('\n').slice(-LINES_TO_SHOW).join('\n');
	}

	private async start(): Promise<void> {
		const child = spawn(process.execPath, ['--import', 'tsx', PROCESS, JSON.stringify(this.order)], {
			stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
		});
		const ended = once(child, 'exit');
		this.end = async () => {
			if (child.connected) child.disconnect();
			await ended;
		};
		const reply = await Promise.race([
			once(child, 'message').then(([message]) => message as Reply),
			ended.then(() => ({ stopped: 'The process of n8n ended by itself.' })),
		]);
		if ('stopped' in reply) throw new Error(reply.stopped);
		this.place = reply;
		this.api = new N8nApi(reply.url);
		await this.api.setUpOwnerOrLogIn(OWNER);
	}
}
