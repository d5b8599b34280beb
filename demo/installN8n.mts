import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { showingElapsed } from './elapsed.mjs';
import { npm, reachRegistry } from './npm.mjs';
import { UserError } from './stopping.mjs';

/** Folder for everything that the demo and the tests create; git ignores it. */
export const LOCAL = fileURLToPath(new URL('../.local/', import.meta.url));

/** The n8n of the demo. */
const PINNED = fileURLToPath(new URL('./n8n/', import.meta.url));
const SPACE_NEEDED_GB = 4;
const UNFINISHED = 'installing-n8n-';

export interface N8nProgram {
	version: string;
	/** The Node.js that runs it: this one, or, if this one is too old for n8n, the one that was installed with n8n. */
	node: string;
	script: string;
}

/**
 * Installs the n8n version of demo/n8n/package.json, if it is not installed yet: this takes a few minutes and 3 GB. The
 * folder gets its final name only when it is complete, so an interrupted installation is never used. If two run at the
 * same time, the one that finishes first is kept.
 *
 * @param pinned a folder with a package.json and a package-lock.json for another n8n version
 */
export async function ensureN8n(
	onProgress: (text: string) => void,
	signal: AbortSignal,
	pinned = PINNED,
): Promise<N8nProgram> {
	const version = await pinnedVersion(pinned);
	const folder = join(LOCAL, `n8n-${version}`);
	if (!existsSync(folder)) {
		await removeUnfinished();
		await checkFreeSpace();
		await showingElapsed(onProgress, () => install(pinned, folder, signal));
	}
	return { version, node: await nodeFor(folder), script: join(folder, 'node_modules', 'n8n', 'bin', 'n8n') };
}

async function pinnedVersion(pinned: string): Promise<string> {
	const { dependencies } = JSON.parse(await readFile(join(pinned, 'package.json'), 'utf8')) as {
		dependencies: { n8n: string };
	};
	return dependencies.n8n;
}

async function install(pinned: string, folder: string, signal: AbortSignal) {
	await reachRegistry({ cwd: LOCAL, signal });
	const unfinished = join(LOCAL, `${UNFINISHED}${process.pid}`);
	await mkdir(unfinished, { recursive: true });
	await cp(pinned, unfinished, { recursive: true });
	// No package may run scripts during installation, except sqlite3: n8n needs it for its database.
	await npm(['ci', '--ignore-scripts', '--include=optional'], { cwd: unfinished, signal });
	await npm(['rebuild', '--ignore-scripts=false', 'sqlite3'], { cwd: unfinished, signal });
	await rename(unfinished, folder).catch(async (cause: unknown) => {
		if (!existsSync(folder)) throw cause;
		await rm(unfinished, { recursive: true, force: true });
	});
}

/** Removes interrupted installations, but not one that another process is still running. */
async function removeUnfinished() {
	await mkdir(LOCAL, { recursive: true });
	for (const name of await readdir(LOCAL)) {
		if (!name.startsWith(UNFINISHED) || isRunning(Number(name.slice(UNFINISHED.length)))) continue;
		await rm(join(LOCAL, name), { recursive: true, force: true });
	}
}

function isRunning(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

async function checkFreeSpace() {
	const { bavail, bsize } = await statfs(LOCAL);
	const free = (bavail * bsize) / 1e9;
	if (free > SPACE_NEEDED_GB) return;
	throw new UserError(
		`The installation of n8n needs about ${SPACE_NEEDED_GB} GB, but only ${free.toFixed(1)} GB are free in ${LOCAL}.\n` +
			'Free some disk space, then run npm start again.',
	);
}

async function nodeFor(folder: string): Promise<string> {
	const { engines } = JSON.parse(
		await readFile(join(folder, 'node_modules', 'n8n', 'package.json'), 'utf8'),
	) as { engines: { node: string } };
	const oldest = Number(/\d+/.exec(engines.node)?.[0]);
	if (Number(process.versions.node.split('.')[0]) >= oldest) return process.execPath;

	const file = process.platform === 'win32' ? 'node.exe' : 'node';
	const installed = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', file);
	if (existsSync(installed)) return installed;
	throw new UserError(
		`n8n needs Node.js ${oldest} or newer. This is Node.js ${process.versions.node}, and npm has no newer version for\n` +
			`${process.platform} ${process.arch}. Install one from https://nodejs.org, then run npm start again.`,
	);
}
