import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { N8nApi } from '../../demo/n8nApi';
import { OwnProcess } from '../ownProcess';
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

/** Where the tests find the database. */
export interface PostgresPlace {
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
		private readonly process: OwnProcess,
		settings: { main?: Settings; workers?: Settings },
	) {
		const member = (name: string, command: string[], own?: Settings) =>
			new ClusterMember(name, async (further) => {
				const order: Order = { name, command, env: { ...own, ...further } };
				return process.ask<MemberPlace>('member', order);
			});
		const worker = ['worker', `--concurrency=${AT_ONCE_PER_WORKER}`];
		this.main = member('main', ['start'], settings.main);
		this.workers = ['worker-1', 'worker-2'].map((name) => member(name, worker, settings.workers));
	}

	/** @param settings environment variables of the main and of the workers, beside those in clusterProcess.mts */
	static async start(settings: { main?: Settings; workers?: Settings } = {}): Promise<Cluster> {
		const cluster = new Cluster(new OwnProcess(PROCESS), settings);
		try {
			cluster.postgres = await cluster.process.ask<PostgresPlace>('servers');
			// The first of them makes the tables.
			await cluster.main.start();
			await Promise.all(cluster.workers.map((worker) => worker.start()));
			cluster.api = new N8nApi(cluster.main.url);
			await cluster.api.setUpOwnerOrLogIn(OWNER);
		} catch (error) {
			await cluster.stop();
			throw error;
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
		await this.process.end();
	}
}
