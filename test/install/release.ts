import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { WorkflowJson } from '../../demo/n8nApi';
import type { Tarball } from '../packument';
import { readTarball } from './tarball';

const FOLDER = resolve(__dirname, 'released');

/** A version of the package that users have installed. */
export interface Release {
	/** E.g. 1.0.0 */
	version: string;
	tarball: Tarball;
	/** The workflows to import that it was released with. */
	workflows: WorkflowJson[];
}

/** Every version that was ever released, oldest first. released/README.md says how one is added. */
export const releases: Release[] = readdirSync(FOLDER, { withFileTypes: true })
	.filter((entry) => entry.isDirectory())
	.map(({ name }) => read(name))
	.sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }));

function read(version: string): Release {
	const folder = join(FOLDER, version);
	const [fileName] = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
	const workflows = readdirSync(join(folder, 'workflows')).map((file) =>
		readFileSync(join(folder, 'workflows', file), 'utf8'),
	);
	return {
		version,
		tarball: readTarball(join(folder, fileName)),
		workflows: workflows.map((text) => JSON.parse(text) as WorkflowJson),
	};
}
