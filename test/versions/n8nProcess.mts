// One n8n of one version, with the package that a folder holds. Started by runningVersion.ts as a process of its own,
// and ends with its n8n once the channel between the two closes: so nothing is left running where the tests were killed.
import getPort from 'get-port';
import process from 'node:process';
import { ensureN8n } from '../../demo/installN8n.mts';
import { startN8n } from '../../demo/n8n.mts';
import { stopSignal } from '../../demo/stopping.mjs';
import type { Order, Reply } from './runningVersion.ts';

const { pinned, packageFolder, home, env } = JSON.parse(process.argv[2]) as Order;
const ending = new AbortController();
const { signal } = ending;
const tell = (reply: Reply) => process.send?.(reply);
const told = new Promise<void>((resolve) =>
	signal.addEventListener('abort', () => resolve(), { once: true }),
);
process.once('disconnect', () => ending.abort());
stopSignal.addEventListener('abort', () => ending.abort());

try {
	const program = await ensureN8n(() => undefined, signal, pinned);
	const n8n = await startN8n({ program, home, port: await getPort(), packageFolder, env, signal });
	tell({ url: n8n.url, pid: n8n.pid });
	await Promise.race([n8n.ended, told]);
	await n8n.stop();
} catch (stopped) {
	tell({ stopped: (stopped as Error).message });
} finally {
	if (process.connected) process.disconnect();
}
