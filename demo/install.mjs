/* global console */
// Installs the n8n of the demo in advance, so that no test has to wait for it.
import process from 'node:process';
import { ensureN8n } from './installN8n.mjs';
import { stopSignal, UserError } from './stopping.mjs';

console.log('Installing n8n, if it is not installed yet (3 GB, a few minutes, only the first time) …');
try {
	const { version } = await ensureN8n(stopSignal);
	console.log(`n8n ${version} is installed.`);
} catch (error) {
	if (!stopSignal.aborted && !(error instanceof UserError)) throw error;
	if (error instanceof UserError) console.error(error.message);
	process.exitCode = 1;
}
