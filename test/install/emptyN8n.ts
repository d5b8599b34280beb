import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RunningVersion } from '../versions/runningVersion';
import type { Version } from '../versions/versions';
import type { NpmRegistry } from './registry';

/** An n8n without this package, which installs it from the registry. */
export async function startEmptyN8n(version: Version, { env, npmrc }: NpmRegistry): Promise<RunningVersion> {
	const n8n = await RunningVersion.start({ ...version, env: { ...version.env, ...env } }, null);
	// n8n 2.0.0 looks for updates with an npm that gets none of its environment variables.
	await writeFile(join(n8n.home, '.n8n', 'nodes', '.npmrc'), npmrc);
	return n8n;
}
