import getPort from 'get-port';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { UserError } from '../../demo/stopping.mjs';

/** A server that was started for a test: on 127.0.0.1, on a free port, with its own folder. */
export interface Server {
	port: number;
	/** Where its programs are, e.g. /usr/lib/postgresql/15/bin */
	bin: string;
	/** Stops it and deletes its folder. */
	stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const START_LIMIT_MS = 60_000;
/** Longer than each of them needs for a clean stop. Their data is always deleted. */
const STOP_TIMEOUT_MS = 5_000;
/** Debian and Ubuntu have one folder here for each version of PostgreSQL. It is not on the PATH. */
const DEBIAN_POSTGRES = '/usr/lib/postgresql';

export async function startRedis(): Promise<Server> {
	const bin = folderOf('redis-server');
	const folder = await mkdtemp(join(tmpdir(), 'llmgenerator-redis-'));
	const port = await getPort();
	const settings = ['--port', String(port), '--bind', HOST, '--save', '', '--appendonly', 'no'];
	const redis = spawn(join(bin, 'redis-server'), settings, { cwd: folder });
	return running(redis, { port, bin, folder, stopSignal: 'SIGTERM' });
}

/** The database is named postgres, the user is n8n, and no password is needed. */
export async function startPostgres(): Promise<Server> {
	const bin = folderOf('initdb', postgresOfDebian());
	const folder = await mkdtemp(join(tmpdir(), 'llmgenerator-postgres-'));
	const port = await getPort();
	const user = await unprivilegedUser(folder);
	const as = { cwd: folder, ...user };
	const database = join(folder, 'database');
	const options = ['--pgdata', database, '--username=n8n', '--auth=trust', '--encoding=UTF8', '--no-locale'];
	execFileSync(join(bin, 'initdb'), [...options, '--no-sync'], {
		...as,
		stdio: ['ignore', 'ignore', 'inherit'],
	});
	const settings = ['-D', database, '-p', String(port), '-h', HOST, '-c', 'unix_socket_directories='];
	const postgres = spawn(join(bin, 'postgres'), settings, as);
	// With SIGTERM, PostgreSQL would first wait until n8n has closed its connections.
	return running(postgres, { port, bin, folder, stopSignal: 'SIGINT' });
}

async function running(
	server: ChildProcess,
	{
		port,
		bin,
		folder,
		stopSignal,
	}: { port: number; bin: string; folder: string; stopSignal: NodeJS.Signals },
): Promise<Server> {
	const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
	const stop = async () => {
		server.kill(stopSignal);
		const killTimer = setTimeout(() => server.kill('SIGKILL'), STOP_TIMEOUT_MS);
		await exited;
		clearTimeout(killTimer);
		await rm(folder, { recursive: true, force: true });
	};
	try {
		await untilReady(server);
	} catch (error) {
		await stop();
		throw error;
	}
	return { port, bin, stop };
}

/** Redis and PostgreSQL print the same words when they are ready. */
async function untilReady(server: ChildProcess): Promise<void> {
	let output = '';
	await new Promise<void>((resolve, reject) => {
		const fail = () => reject(new UserError(`${server.spawnfile} did not start. Its output:\n${output}`));
		setTimeout(fail, START_LIMIT_MS).unref();
		const listen = (chunk: Buffer) => {
			output += chunk.toString();
			if (/ready to accept connections/i.test(output)) resolve();
		};
		server.stdout?.on('data', listen);
		server.stderr?.on('data', listen);
		server.once('exit', fail).once('error', fail);
	});
}

/** The folder of a program: on the PATH, or one of these folders. */
function folderOf(program: string, folders: string[] = []): string {
	const candidates = [...(process.env.PATH ?? '').split(delimiter), ...folders];
	const found = candidates.find((candidate) => existsSync(join(candidate, program)));
	if (found === undefined) {
		throw new UserError(
			`${program} is not installed on this computer. These tests need Redis and PostgreSQL: on Debian and Ubuntu, run ` +
				'test/queue/install.sh; on other systems, install them and add the folders of their programs to the PATH.',
		);
	}
	// The program on the PATH may be a link. The other programs are next to the real file.
	return dirname(realpathSync(join(found, program)));
}

/** The newest version first. */
function postgresOfDebian(): string[] {
	const versions = existsSync(DEBIAN_POSTGRES) ? readdirSync(DEBIAN_POSTGRES) : [];
	return versions
		.sort((a, b) => Number(b) - Number(a))
		.map((version) => join(DEBIAN_POSTGRES, version, 'bin'));
}

/** PostgreSQL does not run as root. Returns another user, and makes this user the owner of the folder. */
async function unprivilegedUser(folder: string): Promise<{ uid?: number; gid?: number }> {
	if (process.getuid?.() !== 0) return {};
	for (const name of ['postgres', 'nobody']) {
		try {
			const [uid, gid] = ['-u', '-g'].map((which) =>
				Number(execFileSync('id', [which, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })),
			);
			await chown(folder, uid, gid);
			return { uid, gid };
		} catch {
			// This user does not exist: try the next one.
		}
	}
	throw new UserError('PostgreSQL does not run as root. Run the tests as another user.');
}
