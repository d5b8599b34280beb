import { rmSync } from 'node:fs';
import { emptyHome, startDemo } from './demoProcess';

/**
 * Before all end-to-end tests: starts a demo and stops it again. Each test file begins with a copy of its folder, because the first
 * start takes half as much time again: n8n creates its database, and the demo imports the workflows. Not if only some files are
 * tested: they start sooner without it.
 */
export default async function startOnce({ nonFlagArgs }: { nonFlagArgs: string[] }): Promise<void> {
	if (nonFlagArgs.length > 0) return;
	const home = await emptyHome();
	process.once('exit', () => rmSync(home, { recursive: true, force: true }));
	const demo = await startDemo({ home });
	await demo.stop();
	process.env.LLMGENERATOR_STARTED_HOME = home;
}
