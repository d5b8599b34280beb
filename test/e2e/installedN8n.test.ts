import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { dependencies } from '../../demo/n8n/package.json';

const FOLDER = resolve(__dirname, '../../.local', `n8n-${dependencies.n8n}`);

/** The packages of the demo's n8n, as folders, e.g. node_modules/sqlite3. */
async function installedPackages(): Promise<Array<{ folder: string; hasInstallScript: boolean }>> {
	const { packages } = JSON.parse(
		await readFile(join(FOLDER, 'node_modules/.package-lock.json'), 'utf8'),
	) as { packages: Record<string, { hasInstallScript?: boolean }> };
	return Object.entries(packages).map(([folder, { hasInstallScript = false }]) => ({
		folder,
		hasInstallScript,
	}));
}

const writtenAt = async (path: string) => (await stat(join(FOLDER, path))).mtimeMs;

/** When the newest file of a package was written, without the packages inside it. */
async function newestFileOf(folder: string): Promise<number> {
	const entries = await readdir(join(FOLDER, folder), { withFileTypes: true });
	const times = entries
		.filter(({ name }) => name !== 'node_modules')
		.map(async (entry) => {
			const path = join(folder, entry.name);
			if (entry.isDirectory()) return newestFileOf(path);
			return entry.isFile() ? writtenAt(path) : 0;
		});
	return Math.max(0, ...(await Promise.all(times)));
}

/**
 * npm unpacks every package before it runs the first script, and sets the time of all files to the time of unpacking. So
 * every file that a script has built, downloaded or changed is newer than the last unpacked package.
 */
test('of all packages of the demo’s n8n, only sqlite3 has run its install script', async () => {
	const packages = await installedPackages();
	const manifests = packages.map(({ folder }) => writtenAt(join(folder, 'package.json')));
	const unpackedAt = Math.max(...(await Promise.all(manifests)));

	const withScript = packages.filter(({ hasInstallScript }) => hasInstallScript);
	expect(withScript.length).toBeGreaterThan(10);
	const times = await Promise.all(withScript.map(({ folder }) => newestFileOf(folder)));
	const ran = withScript.filter((_each, index) => times[index] > unpackedAt);
	expect(ran.map(({ folder }) => folder)).toEqual(['node_modules/sqlite3']);
});
