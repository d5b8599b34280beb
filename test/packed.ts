import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');

export interface Packed {
	/** The unpacked package. */
	folder: string;
	/** What is in it, e.g. dist/index.js */
	files: string[];
	/** In bytes. */
	unpackedSize: number;
}

/** Packs what would be published, and unpacks it into the folder given. It has to be built before. */
export function packInto(folder: string): Packed {
	// npm tells test runs of a library apart from its own settings by these.
	const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
	const pack = ['pack', '--json', '--pack-destination', folder];
	const [{ filename, files, unpackedSize }] = JSON.parse(
		execFileSync('npm', pack, { cwd: ROOT, env, encoding: 'utf8' }),
	) as Array<{ filename: string; files: Array<{ path: string }>; unpackedSize: number }>;
	execFileSync('tar', ['-xzf', join(folder, filename), '-C', folder]);
	return { folder: join(folder, 'package'), files: files.map(({ path }) => path), unpackedSize };
}
