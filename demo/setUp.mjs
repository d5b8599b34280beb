// From a fresh clone to the running demo: installs n8n and the packages of the demo side by side, builds the node if it is out
// of date, then runs main.mts in this process. It imports only modules of Node.js, because no package may be installed yet.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { ensureN8n, LOCAL, n8nIsInstalled } from './installN8n.mjs';
import { installPackages, npm } from './npm.mjs';
import { during } from './progress.mjs';
import { stop, stopSignal, UserError } from './stopping.mjs';
import { buildIsCurrent, isForDeveloping, packagesAreInstalled, ROOT } from './upToDate.mjs';

try {
	if (!(await n8nIsInstalled())) announceInstallation();
	const [n8n] = await Promise.all([ensureN8n(stopSignal), ensurePackagesAndBuild()]);
	// From here on, TypeScript files can be loaded directly, with require and with import.
	(await import('tsx/cjs/api')).register();
	(await import('tsx/esm/api')).register();
	const { main } = await import('./main.mts');
	await main(process.argv.slice(2), n8n, stopSignal);
} catch (error) {
	process.exitCode = stopSignal.aborted ? 130 : 1;
	if (!stopSignal.aborted && !(error instanceof UserError)) throw error;
	if (!stopSignal.aborted) process.stderr.write(`\n${error.message}\n`);
} finally {
	// If one of the two installations fails, the other one is still running.
	stop();
}

function announceInstallation() {
	process.stderr.write(
		'The first start takes a few minutes. It downloads 0.5 GB and needs 3.5 GB of disk space: 2.8 GB for n8n in\n' +
			`${LOCAL}, the rest for this project and npm’s cache.\n` +
			'If it is interrupted, start it again: what was downloaded is in npm’s cache.\n\n',
	);
}

async function ensurePackagesAndBuild() {
	if (!packagesAreInstalled()) {
		await installPackages('Installing the demo', { cwd: ROOT, signal: stopSignal, dev: isForDeveloping() });
	}
	if (!buildIsCurrent()) await during(() => 'Building the node', build);
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
