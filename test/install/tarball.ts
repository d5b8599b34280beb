import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { version as currentVersion } from '../../package.json';
import { packInto } from '../packed';
import type { Tarball } from '../packument';

export function readTarball(file: string): Tarball {
	const content = readFileSync(file);
	const manifest = execFileSync('tar', ['-xzO', 'package/package.json'], {
		input: content,
		encoding: 'utf8',
	});
	return { manifest: JSON.parse(manifest) as Tarball['manifest'], content };
}

/**
 * Packs this repository, as it would be published, as a version that is higher than the current one. The package must
 * already be built.
 */
export async function packAsNext(higherBy = 1): Promise<Tarball> {
	const folder = mkdtempSync(join(tmpdir(), 'llmgenerator-next-'));
	try {
		const { folder: unpacked } = await packInto(folder);
		const manifestFile = join(unpacked, 'package.json');
		const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as Tarball['manifest'];
		writeFileSync(manifestFile, JSON.stringify({ ...manifest, version: nextVersion(higherBy) }));
		const file = 'next.tgz';
		execFileSync('tar', ['-czf', file, 'package'], { cwd: folder });
		return readTarball(join(folder, file));
	} finally {
		rmSync(folder, { recursive: true });
	}
}

function nextVersion(higherBy: number): string {
	const [major, minor, patch] = currentVersion.split('.');
	return [major, minor, Number(patch) + higherBy].join('.');
}
