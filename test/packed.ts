import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { npm } from './npm';

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
export async function packInto(folder: string): Promise<Packed> {
	const [{ filename, files, unpackedSize }] = JSON.parse(
		await npm(['pack', '--json', '--pack-destination', folder], ROOT),
	) as Array<{ filename: string; files: Array<{ path: string }>; unpackedSize: number }>;
	unpack(readFileSync(join(folder, filename)), folder);
	return { folder: join(folder, 'package'), files: files.map(({ path }) => path), unpackedSize };
}

/** Unpacks a tarball of npm into a folder, where it becomes `package`. */
export function unpack(tarball: Buffer, folder: string): void {
	// No path in the arguments: some versions of tar take C: for the name of a computer.
	execFileSync('tar', ['-xz'], { cwd: folder, input: tarball });
}
