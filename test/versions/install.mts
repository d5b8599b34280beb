// Installs every n8n that the tests start ahead of time, so that no test has to wait for it.
import process from 'node:process';
import { ensureN8n } from '../../demo/installN8n.mts';
import { stopSignal, UserError } from '../../demo/stopping.mjs';
import { NEWEST, OLDEST } from './versions.ts';

try {
	for (const { version, pinned } of [OLDEST, NEWEST]) {
		console.log(
			`Installing n8n ${version}, unless it is there (2 to 3 GB, some minutes, only the first time) …`,
		);
		await ensureN8n((elapsed) => console.log(`  ${elapsed}`), stopSignal, pinned);
	}
	console.log('They are installed.');
} catch (error) {
	if (!stopSignal.aborted && !(error instanceof UserError)) throw error;
	if (error instanceof UserError) console.error(error.message);
	process.exitCode = 1;
}
