import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** The input files of the build. */
const SOURCES = ['credentials', 'nodes', 'icons', 'index.js', 'gulpfile.js', 'tsconfig.json', 'package.json'];

/**
 * The parts of npm's lock files and of package.json that this file reads.
 * @typedef {Record<string, { version?: string, optional?: boolean }>} Packages
 * @typedef {{ packages: Packages }} Lock
 * @typedef {{ n8n: { credentials: string[], nodes: string[] } }} PackageJson
 */

/** Whether node_modules contains everything in package-lock.json. npm records what it installed in its own lock file. */
export function packagesAreInstalled() {
	const lockFile = join(ROOT, 'node_modules', '.package-lock.json');
	if (!existsSync(lockFile)) return false;
	const installed = /** @type {Lock} */ (readJson(lockFile)).packages;
	const wanted = Object.entries(/** @type {Lock} */ (readJson(join(ROOT, 'package-lock.json'))).packages);
	return wanted.every(
		([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
	);
}

/** Whether all files that n8n loads exist and are newer than their sources. */
export function buildIsCurrent() {
	const { n8n } = /** @type {PackageJson} */ (readJson(join(ROOT, 'package.json')));
	const built = [...n8n.credentials, ...n8n.nodes].map((file) => join(ROOT, file));
	const newestSource = Math.max(...SOURCES.map((source) => lastChange(join(ROOT, source))));
	return built.every((file) => existsSync(file) && statSync(file).mtimeMs >= newestSource);
}

/**
 * When a file, or anything in a folder, last changed. The time of the folder itself shows that files were removed.
 * @param {string} path
 * @returns {number}
 */
function lastChange(path) {
	const changed = statSync(path);
	const inside = changed.isDirectory() ? readdirSync(path) : [];
	return Math.max(changed.mtimeMs, ...inside.map((name) => lastChange(join(path, name))));
}

/** @returns {unknown} */
function readJson(/** @type {string} */ file) {
	return JSON.parse(readFileSync(file, 'utf8'));
}
