// n8n in queue mode: n8n processes that share one Redis and one PostgreSQL. cluster.ts starts this script as a separate
// process, which first starts the servers, then one n8n after another.
import getPort from 'get-port';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureN8n } from '../../demo/installN8n.mjs';
import { startN8n } from '../../demo/n8n.mts';
import { serveTests, testEnded } from '../serveTests.mts';
import type { MemberOptions, PostgresAddress } from './cluster.ts';
import type { MemberAddress, Settings } from './clusterMember.ts';
import { startPostgres, startRedis, type Server } from './servers.mts';

const HOST = '127.0.0.1';
const home = await mkdtemp(join(tmpdir(), 'llmgenerator-queue-'));
const ports = new Map<string, number>();
const stopMembers: Array<() => Promise<void>> = [];
const stopServers: Array<() => Promise<void>> = [];
let shared: Settings;

await serveTests({ servers, member });
// The servers last: n8n needs them for a clean stop.
for (const group of [stopMembers, stopServers]) await Promise.all(group.map((stop) => stop()));
await rm(home, { recursive: true, force: true });

async function servers(): Promise<PostgresAddress> {
	const redis = await startRedis();
	stopServers.push(() => redis.stop());
	const postgres = await startPostgres();
	stopServers.push(() => postgres.stop());
	shared = sharedSettings(redis, postgres);
	return { port: postgres.port, bin: postgres.bin };
}

async function member({ name, command, env: own, hasPackage }: MemberOptions): Promise<MemberAddress> {
	const program = await ensureN8n(testEnded);
	const port = ports.get(name) ?? (await getPort());
	ports.set(name, port);
	const env = { ...shared, QUEUE_HEALTH_CHECK_PORT: String(port), ...own };
	const n8n = await startN8n({
		program,
		home: join(home, name),
		port,
		packageFolder: hasPackage ? undefined : null,
		command,
		env,
		signal: testEnded,
	});
	stopMembers.push(() => n8n.stop());
	return { url: n8n.url, pid: n8n.pid, logFile: n8n.logFile };
}

/** The settings of the main and of all workers. */
function sharedSettings(redis: Server, postgres: Server): Settings {
	return {
		EXECUTIONS_MODE: 'queue',
		N8N_ENCRYPTION_KEY: randomBytes(24).toString('hex'),
		QUEUE_BULL_REDIS_HOST: HOST,
		QUEUE_BULL_REDIS_PORT: String(redis.port),
		DB_TYPE: 'postgresdb',
		DB_POSTGRESDB_HOST: HOST,
		DB_POSTGRESDB_PORT: String(postgres.port),
		DB_POSTGRESDB_DATABASE: 'postgres',
		DB_POSTGRESDB_USER: 'n8n',
		// A worker has no web page, but it reports on this port whether it is ready.
		QUEUE_HEALTH_CHECK_ACTIVE: 'true',
		N8N_WORKER_SERVER_ADDRESS: HOST,
		// docs/scaling.md says why an operator should set these.
		N8N_EXECUTIONS_QUEUE_KEEP_LAST_COMPLETED: '1000',
		DB_POSTGRESDB_POOL_SIZE: '10',
		// Shorter than n8n's defaults, so that n8n notices a killed worker after seconds instead of minutes.
		QUEUE_WORKER_LOCK_DURATION: '10000',
		QUEUE_WORKER_LOCK_RENEW_TIME: '2000',
		QUEUE_WORKER_STALLED_INTERVAL: '5000',
	};
}
