import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { N8nApi } from '../../demo/n8nApi';
import { OwnProcess } from '../ownProcess';
import { ClusterMember, type MemberAddress, type Settings } from './clusterMember';

const PROCESS = resolve(__dirname, 'clusterProcess.mts');
const OWNER = {
	email: 'queue@example.com',
	password: 'Sandbox-2026',
	firstName: 'Queue',
	lastName: 'Owner',
};

/** How many executions a worker runs at a time: n8n's own default. */
export const AT_ONCE_PER_WORKER = 10;

/** How long to wait for something, e.g. for a trigger that polls once a minute, or until n8n notices a killed worker. */
export const WAIT_LIMIT_MS = 120_000;

/** What the process of the cluster must start. */
export interface MemberOptions {
	name: string;
	/** The n8n command, e.g. ['start'] */
	command: string[];
	env: Settings;
	/** Whether this package is in the folder of the member before it starts. */
	hasPackage: boolean;
}

/** Environment variables of the main and of the workers, in addition to those in clusterProcess.mts. */
export interface ClusterSettings {
	main?: Settings;
	workers?: Settings;
	/** Default: true. Otherwise it can be installed through n8n. */
	hasPackage?: boolean;
}

/** Where the database is. */
export interface PostgresAddress {
	port: number;
	/** The folder of its programs. */
	bin: string;
}

/** n8n in queue mode, as an operator runs it: one main, two workers, Redis and PostgreSQL. */
export class Cluster {
	readonly main: ClusterMember;
	readonly workers: ClusterMember[];
	api!: N8nApi;
	private postgres!: PostgresAddress;

	private constructor(
		private readonly process: OwnProcess,
		{ hasPackage = true, ...settings }: ClusterSettings,
	) {
		const member = (name: string, command: string[], own?: Settings) =>
			new ClusterMember(name, async (moreSettings) => {
				const options: MemberOptions = { name, command, env: { ...own, ...moreSettings }, hasPackage };
				return process.request<MemberAddress>('member', options);
			});
		const worker = ['worker', `--concurrency=${AT_ONCE_PER_WORKER}`];
		this.main = member('main', ['start'], settings.main);
		this.workers = ['worker-1', 'worker-2'].map((name) => member(name, worker, settings.workers));
	}

	static async start(settings: ClusterSettings = {}): Promise<Cluster> {
		const cluster = new Cluster(new OwnProcess(PROCESS), settings);
		try {
			cluster.postgres = await cluster.process.request<PostgresAddress>('servers');
			// The first n8n creates the tables.
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

	/** Runs a query and returns its rows, with the columns separated by |. */
	sql(query: string): string[] {
		const { bin, port } = this.postgres;
		const address = ['-h', '127.0.0.1', '-p', String(port), '-U', 'n8n', 'postgres'];
		const plain = ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '-c', query];
		const output = execFileSync(join(bin, 'psql'), [...address, ...plain], {
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		return output.split('\n').filter(Boolean);
	}

	/** Stops all processes and deletes their folders. */
	async stop(): Promise<void> {
		await this.process.stop();
	}
}
