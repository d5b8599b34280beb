// Installs every n8n that the tests start ahead of time, so that no test has to wait for it.
import process from 'node:process';
import { ensureN8n } from '../../demo/installN8n.mts';
import { PlainStop, stopSignal } from '../../demo/stopping.mjs';
import { NEWEST, OLDEST } from './versions.ts';

try {
	for (const { version, pinned } of [OLDEST, NEWEST]) {
		console.log(
			`Installing n8n ${version}, unless it is there (2 to 3 GB, some minutes, only the first time) …`,
		);
		await ensureN8n((elapsed) => console.log(`  ${elapsed}`), stopSignal, pinned);
	}
	console.log('They are installed.');
} catch (stopped) {
	if (!stopSignal.aborted && !(stopped instanceof PlainStop)) throw stopped;
	if (stopped instanceof PlainStop) console.error(stopped.message);
	process.exitCode = 1;
}
