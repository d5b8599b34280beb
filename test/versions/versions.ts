import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A version of n8n that the package is tested on. */
export interface Version {
	/** E.g. 2.0.0 */
	version: string;
	/** The folder with the package.json and package-lock.json of this n8n. */
	pinned: string;
	/** Environment variables, in addition to those of the demo's n8n. */
	env?: Record<string, string>;
}

/** The oldest n8n 2. The demo disables a module that this version does not know, and an unknown name stops it. */
export const OLDEST = pinnedBy(require.resolve('./n8n-2.0.0/package.json'), { N8N_DISABLED_MODULES: '' });

/** The newest n8n that is tested: the one of the demo. */
export const NEWEST = pinnedBy(require.resolve('../../demo/n8n/package.json'));

function pinnedBy(file: string, env?: Version['env']): Version {
	const { dependencies } = JSON.parse(readFileSync(file, 'utf8')) as { dependencies: { n8n: string } };
	return { version: dependencies.n8n, pinned: dirname(file), env };
}
