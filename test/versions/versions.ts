import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A version of n8n that the package is tested on. */
export interface Version {
	/** E.g. 2.0.0 */
	version: string;
	/** The folder whose package.json and package-lock.json say what to install. */
	pinned: string;
	/** What it has to be told beyond what the demo tells its n8n. */
	env?: Record<string, string>;
}

/** The oldest n8n 2. It stops at the name of a module that it does not know yet, and the demo switches one off. */
export const OLDEST = pinnedBy(require.resolve('./n8n-2.0.0/package.json'), { N8N_DISABLED_MODULES: '' });

/** The newest that can be installed: the demo's. */
export const NEWEST = pinnedBy(require.resolve('../../demo/n8n/package.json'));

function pinnedBy(file: string, env?: Version['env']): Version {
	const { dependencies } = JSON.parse(readFileSync(file, 'utf8')) as { dependencies: { n8n: string } };
	return { version: dependencies.n8n, pinned: dirname(file), env };
}
