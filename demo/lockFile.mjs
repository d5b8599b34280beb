// What npm's lock files say about packages.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = 'node_modules/';

/**
 * The parts of npm's lock files that the demo reads.
 * @typedef {{ name?: string, version: string, integrity?: string, resolved?: string, link?: boolean, extraneous?: boolean, dev?: boolean, optional?: boolean }} Entry
 * @typedef {{ packages: Record<string, Entry> }} Lock the keys are folders
 */

/**
 * The packages that every computer needs, with their folders: all except optional ones, which npm leaves out if they are
 * for another system, and those for developing.
 * @param {string} folder
 * @param {{ dev?: boolean }} [options] `dev`: whether also those for developing
 */
export function requiredPackages(folder, { dev = false } = {}) {
	return Object.entries(readLock(join(folder, 'package-lock.json')).packages).filter(
		([path, entry]) =>
			path.startsWith(FOLDER) && !entry.link && !entry.extraneous && !entry.optional && (dev || !entry.dev),
	);
}

/**
 * Whether the packages that a lock file requires are in a folder, all of them: an installation or a removal that was
 * interrupted does not count.
 * @param {string} lockFolder
 * @param {string} [folder]
 */
export function isInstalled(lockFolder, folder = lockFolder) {
	const installed = installedPackages(folder);
	return requiredPackages(lockFolder).every(
		([path, { version }]) =>
			installed[path]?.version === version && existsSync(join(folder, path, 'package.json')),
	);
}

/** The packages that npm has installed. npm writes this list last, so it does not list half an installation. */
export function installedPackages(/** @type {string} */ folder) {
	const list = join(folder, FOLDER, '.package-lock.json');
	return existsSync(list) ? readLock(list).packages : {};
}

/** The version of a package in node_modules. */
export function lockedVersion(/** @type {string} */ folder, /** @type {string} */ name) {
	return readLock(join(folder, 'package-lock.json')).packages[FOLDER + name].version;
}

/**
 * Adds the address of each package to a lock file. The committed ones have no addresses (.npmrc), and without them npm first
 * asks the registry for a list of all versions of each package: 2,200 requests more for n8n. npm replaces this registry
 * with the one that the user has set.
 */
export function addAddresses(/** @type {string} */ folder) {
	const file = join(folder, 'package-lock.json');
	const lock = readLock(file);
	for (const [path, entry] of Object.entries(lock.packages)) {
		if (!entry.integrity || entry.resolved) continue;
		const name = entry.name ?? path.slice(path.lastIndexOf(FOLDER) + FOLDER.length);
		entry.resolved = `https://registry.npmjs.org/${name}/-/${name.split('/').at(-1)}-${entry.version}.tgz`;
	}
	writeFileSync(file, JSON.stringify(lock));
}

function readLock(/** @type {string} */ file) {
	/** @type {unknown} */
	const content = JSON.parse(readFileSync(file, 'utf8'));
	return /** @type {Lock} */ (content);
}
