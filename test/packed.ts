import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');

export interface Packed {
	/** The unpacked package. */
	folder: string;
	/** Its files, e.g. dist/index.js */
	files: string[];
	/** In bytes. */
	unpackedSize: number;
}

/** Packs what would be published, and unpacks it into the folder. The package must already be built. */
export function packInto(folder: string): Packed {
	// Without these variables, because npm would use them as its settings.
	const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
	const pack = ['pack', '--json', '--pack-destination', folder];
	const [{ filename, files, unpackedSize }] = JSON.parse(
		execFileSync('npm', pack, { cwd: ROOT, env, encoding: 'utf8' }),
	) as Array<{ filename: string; files: Array<{ path: string }>; unpackedSize: number }>;
	execFileSync('tar', ['-xzf', join(folder, filename), '-C', folder]);
	return { folder: join(folder, 'package'), files: files.map(({ path }) => path), unpackedSize };
}
