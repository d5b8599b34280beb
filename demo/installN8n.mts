import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { showingElapsed } from './elapsed.mjs';
import { npm, reachRegistry } from './npm.mjs';
import { PlainStop } from './stopping.mjs';

/** Where the demo and the tests keep what they make; git ignores it. */
export const LOCAL = fileURLToPath(new URL('../.local/', import.meta.url));

/** The n8n of the demo. */
const PINNED = fileURLToPath(new URL('./n8n/', import.meta.url));
const ROOM_NEEDED_GB = 4;
const UNFINISHED = 'installing-n8n-';

export interface N8nProgram {
	version: string;
	/** The Node.js to run it with: this one, or the one that was installed beside n8n where this one is too old for it. */
	node: string;
	script: string;
}

/**
 * Installs the n8n that demo/n8n/package.json names, unless it is there: some minutes and 3 GB. The folder gets its
 * final name only when it is complete, so an installation that was cut off is never taken for a finished one, and of
 * two at the same time the first to finish stays.
 *
 * @param pinned a folder whose package.json and package-lock.json name another n8n
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
		await checkRoom();
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
	// No package runs code of its own while it is installed, except this one by name: n8n keeps its data with it.
	await npm(['ci', '--ignore-scripts', '--include=optional'], { cwd: unfinished, signal });
	await npm(['rebuild', '--ignore-scripts=false', 'sqlite3'], { cwd: unfinished, signal });
	await rename(unfinished, folder).catch(async (cause: unknown) => {
		if (!existsSync(folder)) throw cause;
		await rm(unfinished, { recursive: true, force: true });
	});
}

/** Clears away installations that were cut off, and leaves alone one that is under way elsewhere. */
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

async function checkRoom() {
	const { bavail, bsize } = await statfs(LOCAL);
	const free = (bavail * bsize) / 1e9;
	if (free > ROOM_NEEDED_GB) return;
	throw new PlainStop(
		`n8n takes about ${ROOM_NEEDED_GB} GB while it is installed, and ${free.toFixed(1)} GB are free in ${LOCAL}.\n` +
			'Make room, then run npm start again.',
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
	throw new PlainStop(
		`n8n needs Node.js ${oldest} or newer, this is Node.js ${process.versions.node}, and npm has no newer one for\n` +
			`${process.platform} ${process.arch}. Get one from https://nodejs.org, then run npm start again.`,
	);
}
