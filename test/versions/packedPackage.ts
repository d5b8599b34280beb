import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/** Packs what would be published and unpacks it into a new temporary folder. Returns that folder, and the package in it. */
export function packPackage(): { folder: string; packageFolder: string } {
	const folder = mkdtempSync(join(tmpdir(), 'llmgenerator-packed-'));
	// npm tells test runs of a library apart from its own settings by these.
	const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
	const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
	const [{ filename }] = JSON.parse(execFileSync('npm', pack, { cwd: ROOT, env, encoding: 'utf8' })) as [
		{ filename: string },
	];
	execFileSync('tar', ['-xzf', join(folder, filename), '-C', folder]);
	return { folder, packageFolder: join(folder, 'package') };
}
