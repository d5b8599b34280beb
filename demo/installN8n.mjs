/* global AbortController, AbortSignal */
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';
import { databaseDriver } from './databaseDriver.mjs';
import { addAddresses, isInstalled } from './lockFile.mjs';
import { installPackages } from './npm.mjs';
import { during } from './progress.mjs';
import { UserError } from './stopping.mjs';

/** Folder for everything that the demo and the tests create; git ignores it. */
export const LOCAL = fileURLToPath(new URL('../.local/', import.meta.url));

/** The n8n of the demo. */
const PINNED = fileURLToPath(new URL('./n8n/', import.meta.url));
const SPACE_NEEDED_GB = 4;
const INSTALLED = 'n8n-';
const UNFINISHED = 'installing-n8n-';

/**
 * @typedef {object} N8nProgram
 * @property {string} version
 * @property {string} node the Node.js that runs it: this one, or, if it is too old for n8n, the one installed with n8n
 * @property {string} script
 *
 * @typedef {{ dependencies: Record<string, string>, engines: { node: string } }} PackageJson
 */

/**
 * Installs the n8n version of demo/n8n/package.json, if it is not installed yet: this takes a few minutes and 3 GB. The
 * folder gets its final name only when it is complete, so an interrupted installation is never used. If two run at the
 * same time, the one that finishes first is kept.
 *
 * @param {AbortSignal} signal
 * @param {string} [pinned] a folder with a package.json and a package-lock.json for another n8n version
 * @returns {Promise<N8nProgram>}
 */
export async function ensureN8n(signal, pinned = PINNED) {
	const { version, folder } = await placeOf(pinned);
	if (!isInstalled(pinned, folder)) {
		await removeUnfinished();
		await checkFreeSpace();
		await install(pinned, folder, signal);
	}
	return { version, node: await nodeFor(folder), script: join(folder, 'node_modules', 'n8n', 'bin', 'n8n') };
}

/** Whether ensureN8n has nothing to install. */
export async function n8nIsInstalled() {
	return isInstalled(PINNED, (await placeOf(PINNED)).folder);
}

async function placeOf(/** @type {string} */ pinned) {
	const { n8n: version } = (await readPackageJson(pinned)).dependencies;
	return { version, folder: join(LOCAL, `${INSTALLED}${version}`) };
}

/**
 * @param {string} pinned
 * @param {string} folder
 * @param {AbortSignal} signal
 */
async function install(pinned, folder, signal) {
	const unfinished = join(LOCAL, `${UNFINISHED}${process.pid}`);
	await cp(pinned, unfinished, { recursive: true });
	addAddresses(unfinished);
	const failed = new AbortController();
	const either = AbortSignal.any([signal, failed.signal]);
	try {
		const [copyDriver] = await Promise.all([
			during(
				() => 'Building n8n’s database driver',
				async () => databaseDriver(unfinished, await installedN8ns(), either),
			),
			installPackages('Installing n8n', { cwd: unfinished, signal: either }),
		]);
		await copyDriver(unfinished);
	} finally {
		// If one of the two fails, the other one is still running.
		failed.abort();
	}
	// Another process may have been faster. Otherwise, what is there is left over from an interrupted removal.
	const removed = isInstalled(pinned, folder) ? unfinished : folder;
	await rm(removed, { recursive: true, force: true });
	if (removed === folder) await rename(unfinished, folder);
}

/** The folders of all n8n that are completely installed. */
async function installedN8ns() {
	const names = await readdir(LOCAL);
	return names.filter((name) => name.startsWith(INSTALLED)).map((name) => join(LOCAL, name));
}

/** Removes interrupted installations, but not one that another process is still running. */
async function removeUnfinished() {
	await mkdir(LOCAL, { recursive: true });
	for (const name of await readdir(LOCAL)) {
		if (!name.startsWith(UNFINISHED) || isRunning(Number(name.slice(UNFINISHED.length)))) continue;
		await rm(join(LOCAL, name), { recursive: true, force: true, maxRetries: 3 });
	}
}

/** @returns {boolean} */
function isRunning(/** @type {number} */ pid) {
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

/** @returns {Promise<string>} */
async function nodeFor(/** @type {string} */ folder) {
	const { engines } = await readPackageJson(join(folder, 'node_modules', 'n8n'));
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

async function readPackageJson(/** @type {string} */ folder) {
	/** @type {unknown} */
	const content = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
	return /** @type {PackageJson} */ (content);
}
