import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { installedPackages, lockedVersion } from './lockFile.mjs';
import { npm } from './npm.mjs';

const SQLITE = 'node_modules/sqlite3';
const DRIVER = `${SQLITE}/build/Release/node_sqlite3.node`;

/**
 * Gets the driver for n8n's database while the rest of n8n is installed: from another n8n here that has the same sqlite3, or
 * else a new one. It works with every version of Node.js.
 *
 * @param {string} lockFolder the folder with the package-lock.json of n8n
 * @param {string[]} installed the folders of the n8n that are already installed
 * @param {AbortSignal} signal
 * @returns {Promise<(n8nFolder: string) => Promise<void>>} copies the driver into an n8n
 */
export async function databaseDriver(lockFolder, installed, signal) {
	const version = lockedVersion(lockFolder, 'sqlite3');
	const same = installed.find(
		(folder) => installedPackages(folder)[SQLITE]?.version === version && existsSync(join(folder, DRIVER)),
	);
	const driver = same ? await readFile(join(same, DRIVER)) : await newDriver(version, lockFolder, signal);
	return async (n8nFolder) => {
		await mkdir(dirname(join(n8nFolder, DRIVER)), { recursive: true });
		await writeFile(join(n8nFolder, DRIVER), driver);
	};
}

/**
 * Creates the driver in a folder of its own. A script of sqlite3 downloads it from GitHub. If that is not possible, the script
 * compiles it, which takes a minute, and which works only in a folder without spaces in its path. No other package may run a
 * script.
 *
 * @param {string} version of sqlite3
 * @param {string} lockFolder
 * @param {AbortSignal} signal
 */
async function newDriver(version, lockFolder, signal) {
	const folder = await mkdtemp(join(tmpdir(), 'n8n-database-'));
	try {
		await writeFile(
			join(folder, 'package.json'),
			JSON.stringify({ private: true, dependencies: { sqlite3: version } }),
		);
		// With n8n's lock file, npm installs the same versions, and it skips all other packages.
		await copyFile(join(lockFolder, 'package-lock.json'), join(folder, 'package-lock.json'));
		await npm(['install', '--ignore-scripts', '--prefer-offline', '--no-audit'], { cwd: folder, signal });
		await npm(['rebuild', '--ignore-scripts=false', 'sqlite3'], { cwd: folder, signal });
		return await readFile(join(folder, DRIVER));
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}
