import getPort from 'get-port';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { UserError } from '../../demo/stopping.mjs';

/** A server of this machine's own kind, started for a test: on loopback, on a free port, with a folder of its own. */
export interface Server {
	port: number;
	/** Where its programs are, e.g. /usr/lib/postgresql/15/bin */
	bin: string;
	/** Ends it and takes its folder away. */
	stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const START_LIMIT_MS = 60_000;
/** Longer than either needs to end in good order; what they keep is thrown away in any case. */
const STOP_TIMEOUT_MS = 5_000;
/** Where Debian and Ubuntu keep each version of PostgreSQL in a folder of its own, off the PATH. */
const DEBIAN_POSTGRES = '/usr/lib/postgresql';

export async function startRedis(): Promise<Server> {
	const bin = folderOf('redis-server');
	const folder = await mkdtemp(join(tmpdir(), 'llmgenerator-redis-'));
	const port = await getPort();
	const settings = ['--port', String(port), '--bind', HOST, '--save', '', '--appendonly', 'no'];
	const redis = spawn(join(bin, 'redis-server'), settings, { cwd: folder });
	return running(redis, { port, bin, folder, endsOn: 'SIGTERM' });
}

/** The database is called postgres, its user n8n, and it asks for no password. */
export async function startPostgres(): Promise<Server> {
	const bin = folderOf('initdb', postgresOfDebian());
	const folder = await mkdtemp(join(tmpdir(), 'llmgenerator-postgres-'));
	const port = await getPort();
	const user = await unprivilegedUser(folder);
	const as = { cwd: folder, ...user };
	const database = join(folder, 'database');
	const made = ['--pgdata', database, '--username=n8n', '--auth=trust', '--encoding=UTF8', '--no-locale'];
	execFileSync(join(bin, 'initdb'), [...made, '--no-sync'], {
		...as,
		stdio: ['ignore', 'ignore', 'inherit'],
	});
	const settings = ['-D', database, '-p', String(port), '-h', HOST, '-c', 'unix_socket_directories='];
	const postgres = spawn(join(bin, 'postgres'), settings, as);
	// Any other signal would wait for n8n to let go of it first.
	return running(postgres, { port, bin, folder, endsOn: 'SIGINT' });
}

async function running(
	server: ChildProcess,
	{ port, bin, folder, endsOn }: { port: number; bin: string; folder: string; endsOn: NodeJS.Signals },
): Promise<Server> {
	const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
	const stop = async () => {
		server.kill(endsOn);
		const insist = setTimeout(() => server.kill('SIGKILL'), STOP_TIMEOUT_MS);
		await ended;
		clearTimeout(insist);
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

/** Both say so in the same words. */
async function untilReady(server: ChildProcess): Promise<void> {
	let said = '';
	await new Promise<void>((resolve, reject) => {
		const stopped = () => reject(new UserError(`${server.spawnfile} did not start. It said:\n${said}`));
		setTimeout(stopped, START_LIMIT_MS).unref();
		const listen = (chunk: Buffer) => {
			said += chunk.toString();
			if (/ready to accept connections/i.test(said)) resolve();
		};
		server.stdout?.on('data', listen);
		server.stderr?.on('data', listen);
		server.once('exit', stopped).once('error', stopped);
	});
}

/** Where a program is: on the PATH, or in one of these folders. */
function folderOf(program: string, folders: string[] = []): string {
	const places = [...(process.env.PATH ?? '').split(delimiter), ...folders];
	const found = places.find((place) => existsSync(join(place, program)));
	if (found === undefined) {
		throw new UserError(
			`There is no ${program} on this computer. These tests need Redis and PostgreSQL: on Debian and Ubuntu, run ` +
				'test/queue/install.sh; elsewhere install them, and put the folders of their programs on the PATH.',
		);
	}
	// A link on the PATH may stand alone, without the programs that belong to it.
	return dirname(realpathSync(join(found, program)));
}

/** The newest version first. */
function postgresOfDebian(): string[] {
	const versions = existsSync(DEBIAN_POSTGRES) ? readdirSync(DEBIAN_POSTGRES) : [];
	return versions
		.sort((a, b) => Number(b) - Number(a))
		.map((version) => join(DEBIAN_POSTGRES, version, 'bin'));
}

/** PostgreSQL refuses to run as root: whom to run it as instead, and the folder becomes theirs. */
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
			// There is no such user: the next one.
		}
	}
	throw new UserError('PostgreSQL does not run as root. Run the tests as another user.');
}
