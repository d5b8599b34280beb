import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installedPackages, isInstalled } from './lockFile.mjs';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** The input files of the build. */
const SOURCES = ['credentials', 'nodes', 'icons', 'index.js', 'gulpfile.js', 'tsconfig.json', 'package.json'];

/** @typedef {{ n8n: { credentials: string[], nodes: string[] } }} PackageJson */

/** Whether everything that the demo needs is in node_modules. */
export const packagesAreInstalled = () => isInstalled(ROOT);

/** Whether the packages for developing are in node_modules, too. */
export function isForDeveloping() {
	return Object.values(installedPackages(ROOT)).some(({ dev }) => dev);
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
