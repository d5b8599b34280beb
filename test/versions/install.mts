// Installs every n8n of these tests in advance, so that no test has to wait for it.
import process from 'node:process';
import { ensureN8n } from '../../demo/installN8n.mjs';
import { stopSignal, UserError } from '../../demo/stopping.mjs';
import { NEWEST, OLDEST } from './versions.ts';

try {
	for (const { version, pinned } of [OLDEST, NEWEST]) {
		console.log(
			`Installing n8n ${version}, if it is not installed yet (2 to 3 GB, a few minutes, only the first time) …`,
		);
		await ensureN8n(stopSignal, pinned);
	}
	console.log('All versions of n8n are installed.');
} catch (error) {
	if (!stopSignal.aborted && !(error instanceof UserError)) throw error;
	if (error instanceof UserError) console.error(error.message);
	process.exitCode = 1;
}
