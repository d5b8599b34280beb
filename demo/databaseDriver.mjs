import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { lockedVersion } from './lockFile.mjs';
import { npm } from './npm.mjs';

const DRIVER = 'node_modules/sqlite3/build/Release/node_sqlite3.node';

/**
 * Creates the driver for n8n's database in a folder of its own, so that the rest of n8n can be installed meanwhile. A script of
 * sqlite3 downloads it from GitHub. If that is not possible, the script compiles it, which takes a minute, and which works
 * only in a folder without spaces in its path. No other package may run a script.
 *
 * @param {string} lockFolder the folder with the package-lock.json of n8n
 * @param {AbortSignal} signal
 * @returns {Promise<(n8nFolder: string) => Promise<void>>} copies the driver into an n8n
 */
export async function createDatabaseDriver(lockFolder, signal) {
	const folder = await mkdtemp(join(tmpdir(), 'n8n-database-'));
	try {
		const dependencies = { sqlite3: lockedVersion(lockFolder, 'sqlite3') };
		await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
		// With n8n's lock file, npm installs the same versions, and it skips all other packages.
		await copyFile(join(lockFolder, 'package-lock.json'), join(folder, 'package-lock.json'));
		await npm(['install', '--ignore-scripts', '--prefer-offline', '--no-audit'], { cwd: folder, signal });
		await npm(['rebuild', '--ignore-scripts=false', 'sqlite3'], { cwd: folder, signal });
		const driver = await readFile(join(folder, DRIVER));
		return async (n8nFolder) => {
			await mkdir(dirname(join(n8nFolder, DRIVER)), { recursive: true });
			await writeFile(join(n8nFolder, DRIVER), driver);
		};
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}
