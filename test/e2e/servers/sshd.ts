import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Credential } from '../../../demo/n8nApi';
import { until } from '../../until';
import { freePort, startNetwork, type Network } from './network';

const SSHD = '/usr/sbin/sshd';
/** Debian's account of web servers. It has no password and no shell, and needs none here. */
const ACCOUNT = 'www-data';
/** sshd only locks users into a folder if nobody but root can write in any folder above it: not so in /tmp. */
const PARENT = '/run';
/** sshd refuses to start without this empty folder, which Debian makes when it starts its own sshd. */
const PRIVILEGE_SEPARATION = '/run/sshd';

/** OpenSSH's own server, as a web host runs it: SFTP only, with a key, and the user sees nothing above one folder. */
export interface SftpServer {
	/** For n8n's FTP node. */
	credential: Credential;
	/** The folder that the user sees as “/”. Only root may write in it, but the user may write in the folders inside. */
	root: string;
	/** What n8n's connections go through. */
	network: Network;
	/** What the server has written about logins and files. */
	log(): string;
	/** Makes a folder in which the user may write, e.g. public_html, and returns its path. */
	addFolder(name: string): Promise<string>;
	/** Ends the server and all sessions, and deletes its folders. */
	close(): Promise<void>;
}

/** Starts it on a free port of 127.0.0.1, with new keys. */
export async function startSftpServer(): Promise<SftpServer> {
	checkInstalled();
	await mkdir(PRIVILEGE_SEPARATION, { recursive: true });
	const folder = await mkdtemp(join(PARENT, 'llmgenerator-sshd-'));
	await chmod(folder, 0o755);
	const root = join(folder, 'root');
	await mkdir(root);
	const port = await freePort();
	const privateKey = writeKeys(folder);
	await writeFile(join(folder, 'sshd_config'), settings(folder, root, port));

	// If the tests are killed, Linux ends the server, too.
	const options = ['-D', '-e', '-f', join(folder, 'sshd_config')];
	const sshd = spawn('setpriv', ['--pdeathsig', 'KILL', SSHD, ...options], {
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	let log = '';
	sshd.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
	const network = await startNetwork(port);
	const close = async () => {
		await network.close();
		await endSessions(sshd);
		if (sshd.exitCode === null && sshd.kill()) await once(sshd, 'exit');
		await rm(folder, { recursive: true, force: true });
	};
	try {
		const isReady = () => sshd.exitCode !== null || log.includes(`listening on 127.0.0.1 port ${port}`);
		await until(isReady, () => `sshd did not start:\n${log}`);
		if (sshd.exitCode !== null) throw new Error(`sshd exited:\n${log}`);
	} catch (error) {
		await close();
		throw error;
	}

	const data = {
		host: '127.0.0.1',
		port: network.port,
		username: ACCOUNT,
		password: '',
		privateKey,
		passphrase: '',
	};
	return {
		credential: { name: 'SFTP server', type: 'sftp', data },
		root,
		network,
		log: () => log,
		addFolder: async (name) => makeFolder(join(root, name)),
		close,
	};
}

function checkInstalled(): void {
	const what = 'The tests of SFTP start an OpenSSH server';
	if (!existsSync(SSHD))
		throw new Error(`${what}, which is not installed. On Debian and Ubuntu, run test/e2e/install.sh`);
	if (process.getuid?.() !== 0)
		throw new Error(`${what} that locks its user into a folder. Only root can do this: run them as root.`);
}

/** Makes the keys of the server and of the user, and returns the user's private key. */
function writeKeys(folder: string): string {
	for (const name of ['host_key', 'user_key']) {
		execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(folder, name)]);
	}
	return readFileSync(join(folder, 'user_key'), 'utf8');
}

function settings(folder: string, root: string, port: number): string {
	return `
ListenAddress 127.0.0.1
Port ${port}
PidFile ${join(folder, 'pid')}
HostKey ${join(folder, 'host_key')}
AuthorizedKeysFile ${join(folder, 'user_key.pub')}
AuthenticationMethods publickey
UsePAM no
# The key is in a folder of root, not in one of the user.
StrictModes no
AllowUsers ${ACCOUNT}
ChrootDirectory ${root}
Subsystem sftp internal-sftp
ForceCommand internal-sftp -u 0022
DisableForwarding yes
LogLevel VERBOSE
`;
}

async function makeFolder(path: string): Promise<string> {
	await mkdir(path, { recursive: true });
	const [uid, gid] = ['-u', '-g'].map((which) => Number(execFileSync('id', [which, ACCOUNT])));
	await chown(path, uid, gid);
	return path;
}

/** Every session is a process of its own, which ends when its connection does. */
async function endSessions({ pid, exitCode }: ChildProcess): Promise<void> {
	if (exitCode !== null) return;
	const sessions = () => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
	await until(
		() => sessions() === '',
		() => `Sessions of the SFTP server did not end: ${sessions()}`,
	);
}
