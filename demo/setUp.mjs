// From a fresh clone to the running demo: installs missing packages, builds the node if it is out of date, then runs
// main.mts in this process. It imports only modules of Node.js, because no package may be installed yet.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { showingElapsed } from './elapsed.mjs';
import { npm, reachRegistry } from './npm.mjs';
import { stopSignal, UserError } from './stopping.mjs';
import { buildIsCurrent, packagesAreInstalled, ROOT } from './upToDate.mjs';

try {
	if (!packagesAreInstalled()) await step('Installing the packages of this project', install);
	if (!buildIsCurrent()) await step('Building the node', build);
	// From here on, TypeScript files can be loaded directly, with require and with import.
	(await import('tsx/cjs/api')).register();
	(await import('tsx/esm/api')).register();
	const { main } = await import('./main.mts');
	await main(process.argv.slice(2), stopSignal);
} catch (error) {
	process.exitCode = stopSignal.aborted ? 130 : 1;
	if (!stopSignal.aborted && !(error instanceof UserError)) throw error;
	if (!stopSignal.aborted) process.stderr.write(`\n${error.message}\n`);
}

async function install() {
	await reachRegistry({ cwd: ROOT, signal: stopSignal });
	await npm(['ci', '--include=dev'], { cwd: ROOT, signal: stopSignal });
}

async function build() {
	try {
		await npm(['run', 'build'], { cwd: ROOT, signal: stopSignal });
	} catch (error) {
		// tsc writes its files even if there are type errors: the next start must not use them as a finished build.
		rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
		throw error;
	}
}

/** Prints the progress to stderr; stdout is for output that a program may read. */
async function step(/** @type {string} */ title, /** @type {() => Promise<void>} */ work) {
	const { stderr } = process;
	const print = (/** @type {string} */ text) => stderr.write(stderr.isTTY ? `\r${text}` : `${text}\n`);
	print(`${title} …`);
	await showingElapsed((elapsed) => print(`${title} … ${elapsed}`), work);
	if (stderr.isTTY) stderr.write('\n');
}
