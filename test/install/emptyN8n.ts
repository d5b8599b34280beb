import { RunningVersion } from '../versions/runningVersion';
import type { Version } from '../versions/versions';
import type { NpmRegistry } from './registry';

/** An n8n without this package, which installs it from the registry. */
export async function startEmptyN8n(version: Version, { env }: NpmRegistry): Promise<RunningVersion> {
	return RunningVersion.start({ ...version, env: { ...version.env, ...env } }, null);
}
