// Installs the n8n of the demo in advance, so that no test must wait for it.
import process from 'node:process';
import { ensureN8n } from './installN8n.mts';
import { PlainStop, stopSignal } from './stopping.mjs';

console.log('Installing n8n, if it is not installed yet (3 GB, a few minutes, only the first time) …');
try {
	const { version } = await ensureN8n(() => undefined, stopSignal);
	console.log(`n8n ${version} is installed.`);
} catch (stopped) {
	if (!stopSignal.aborted && !(stopped instanceof PlainStop)) throw stopped;
	if (stopped instanceof PlainStop) console.error(stopped.message);
	process.exitCode = 1;
}
