import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export type Settings = Record<string, string>;

export interface MemberAddress {
	/** E.g. http://127.0.0.1:5678; it stays the same when the member is started again. */
	url: string;
	pid: number;
	logFile: string;
}

/** One of the n8n processes of a cluster: its main, or a worker. */
export class ClusterMember {
	private address?: MemberAddress;

	constructor(
		readonly name: string,
		private readonly startProcess: (moreSettings: Settings) => Promise<MemberAddress>,
	) {}

	/** Starts it, or starts it again at the same address, and waits until it responds. */
	async start(moreSettings: Settings = {}): Promise<void> {
		this.address = await this.startProcess(moreSettings);
	}

	/** Kills it and its task runner, as a power failure does. */
	kill(): void {
		process.kill(-this.running.pid, 'SIGKILL');
	}

	/** Asks it to stop, as an update of n8n does. */
	askToStop(): void {
		process.kill(this.running.pid, 'SIGTERM');
	}

	get isRunning(): boolean {
		try {
			return process.kill(this.running.pid, 0);
		} catch {
			return false;
		}
	}

	get url(): string {
		return this.running.url;
	}

	/** The folder where it stores everything. */
	get home(): string {
		return dirname(this.running.logFile);
	}

	/** The IDs of the executions that a worker has finished, and of those that it is running, since its last start. */
	async executions(): Promise<{ finished: string[]; running: string[] }> {
		const log = await readFile(this.running.logFile, 'utf8');
		const ids = (what: string) =>
			[...log.matchAll(new RegExp(`Worker ${what} execution (\\d+)`, 'g'))].map(([, id]) => id);
		const finished = ids('finished');
		return { finished, running: ids('started').filter((id) => !finished.includes(id)) };
	}

	private get running(): MemberAddress {
		if (!this.address) throw new Error(`${this.name} was not started`);
		return this.address;
	}
}
