// One n8n of one version, with the package that a folder holds. Started by runningVersion.ts as a process of its own.
import getPort from 'get-port';
import { ensureN8n } from '../../demo/installN8n.mts';
import { startN8n, type RunningN8n } from '../../demo/n8n.mts';
import { ended, serveTests } from '../serveTests.mts';
import type { N8nPlace, Order } from './runningVersion.ts';

let n8n: RunningN8n | undefined;

await serveTests({
	async n8n({ pinned, packageFolder, home, env }: Order): Promise<N8nPlace> {
		const program = await ensureN8n(() => undefined, ended, pinned);
		n8n = await startN8n({ program, home, port: await getPort(), packageFolder, env, signal: ended });
		return { url: n8n.url, pid: n8n.pid };
	},
});
await n8n?.stop();
