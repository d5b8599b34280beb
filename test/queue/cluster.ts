import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { N8nApi } from '../../demo/n8nApi';
import { ClusterMember, type MemberPlace, type Settings } from './clusterMember';

const PROCESS = resolve(__dirname, 'clusterProcess.mts');
const OWNER = {
	email: 'queue@example.com',
	password: 'Sandbox-2026',
	firstName: 'Queue',
	lastName: 'Owner',
};

/** How many executions a worker runs at a time: n8n's own default. */
export const AT_ONCE_PER_WORKER = 10;

/** How long to wait for something in it: a trigger that polls once a minute, a worker that is found to be gone. */
export const PATIENCE_MS = 120_000;

/** What the process of the cluster is asked to start. */
export interface Order {
	name: string;
	/** What n8n is started as, e.g. ['start'] */
	command: string[];
	env: Settings;
}

/** What that process answers: once of its own accord for the servers, then once for each order. */
export type Reply =
	| { name: 'servers'; postgres: PostgresPlace }
	| ({ name: string } & MemberPlace)
	| { name: string; stopped: string };

interface PostgresPlace {
	port: number;
	/** The folder of its programs. */
	bin: string;
}

/** n8n in queue mode, as an operator runs it: one main, two workers, Redis and PostgreSQL. */
export class Cluster {
	readonly main: ClusterMember;
	readonly workers: ClusterMember[];
	api!: N8nApi;
	private postgres!: PostgresPlace;

	private constructor(
		private readonly child: ChildProcess,
		settings: { main?: Settings; workers?: Settings },
	) {
		const member = (name: string, command: string[], own?: Settings) =>
			new ClusterMember(name, (further) => {
				child.send({ name, command, env: { ...own, ...further } } satisfies Order);
				return this.reply<MemberPlace>(name);
			});
		const worker = ['worker', `--concurrency=${AT_ONCE_PER_WORKER}`];
		this.main = member('main', ['start'], settings.main);
		this.workers = ['worker-1', 'worker-2'].map((name) => member(name, worker, settings.workers));
	}

	/** @param settings environment variables of the main and of the workers, beside those in clusterProcess.mts */
	static async start(settings: { main?: Settings; workers?: Settings } = {}): Promise<Cluster> {
		const child = spawn(process.execPath, ['--import', 'tsx', PROCESS], {
			stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
		});
		const cluster = new Cluster(child, settings);
		try {
			cluster.postgres = (await cluster.reply<{ postgres: PostgresPlace }>('servers')).postgres;
			// The first of them makes the tables.
			await cluster.main.start();
			await Promise.all(cluster.workers.map((worker) => worker.start()));
			cluster.api = new N8nApi(cluster.main.url);
			await cluster.api.setUpOwnerOrLogIn(OWNER);
		} catch (stopped) {
			await cluster.stop();
			throw stopped;
		}
		return cluster;
	}

	/** What the database answers, row by row, the columns separated by |. */
	sql(query: string): string[] {
		const { bin, port } = this.postgres;
		const place = ['-h', '127.0.0.1', '-p', String(port), '-U', 'n8n', 'postgres'];
		const plain = ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '-c', query];
		const answer = execFileSync(join(bin, 'psql'), [...place, ...plain], {
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		return answer.split('\n').filter(Boolean);
	}

	/** Ends all of it and takes its folders away. */
	async stop(): Promise<void> {
		const ended = this.child.exitCode === null ? once(this.child, 'exit') : undefined;
		if (this.child.connected) this.child.disconnect();
		await ended;
	}

	private reply<T>(name: string): Promise<T> {
		return new Promise((resolve, reject) => {
			const settle = (reply: Reply | undefined) => {
				if (reply && reply.name !== name) return;
				this.child.off('message', settle).off('exit', ended);
				if (reply && !('stopped' in reply)) resolve(reply as T);
				else reject(new Error(reply?.stopped ?? 'The process of the cluster ended by itself.'));
			};
			const ended = () => settle(undefined);
			this.child.on('message', settle).on('exit', ended);
		});
	}
}
