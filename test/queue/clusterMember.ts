import { readFile } from 'node:fs/promises';

export type Settings = Record<string, string>;

export interface MemberPlace {
	/** E.g. http://127.0.0.1:5678; it stays the same from start to start. */
	url: string;
	pid: number;
	logFile: string;
}

/** One of the n8n processes of a cluster: its main, or a worker. */
export class ClusterMember {
	private place?: MemberPlace;

	constructor(
		readonly name: string,
		private readonly begin: (further: Settings) => Promise<MemberPlace>,
	) {}

	/** Starts it, or starts it again where it was, and waits until it answers. */
	async start(further: Settings = {}): Promise<void> {
		this.place = await this.begin(further);
	}

	/** Ends it and its task runner on the spot, as a power cut does. */
	kill(): void {
		process.kill(-this.known.pid, 'SIGKILL');
	}

	/** Asks it to end, as an update of n8n does. */
	askToEnd(): void {
		process.kill(this.known.pid, 'SIGTERM');
	}

	get isRunning(): boolean {
		try {
			return process.kill(this.known.pid, 0);
		} catch {
			return false;
		}
	}

	get url(): string {
		return this.known.url;
	}

	/** The IDs of the executions that a worker ran to their end, and is running, since it was started last. */
	async executions(): Promise<{ finished: string[]; running: string[] }> {
		const log = await readFile(this.known.logFile, 'utf8');
		const ids = (what: string) =>
			[...log.matchAll(new RegExp(`Worker ${what} execution (\\d+)`, 'g'))].map(([, id]) => id);
		const finished = ids('finished');
		return { finished, running: ids('started').filter((id) => !finished.includes(id)) };
	}

	private get known(): MemberPlace {
		if (!this.place) throw new Error(`${this.name} was not started`);
		return this.place;
	}
}
