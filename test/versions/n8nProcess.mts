// One n8n of one version, with the package from a folder. runningVersion.ts starts this script as a separate process.
import getPort from 'get-port';
import { ensureN8n } from '../../demo/installN8n.mjs';
import { startN8n, type RunningN8n } from '../../demo/n8n.mts';
import { serveTests, testEnded } from '../serveTests.mts';
import type { N8nAddress, VersionOptions } from './runningVersion.ts';

let n8n: RunningN8n | undefined;

await serveTests({
	async n8n({ pinned, packageFolder, home, env }: VersionOptions): Promise<N8nAddress> {
		const program = await ensureN8n(testEnded, pinned);
		n8n = await startN8n({ program, home, port: await getPort(), packageFolder, env, signal: testEnded });
		return { url: n8n.url, pid: n8n.pid };
	},
});
await n8n?.stop();
