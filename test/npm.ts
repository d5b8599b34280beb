import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import npmCli from '../demo/npmCli.js';

/** The environment without npm's own variables: if npm runs the tests, they contain its settings. */
export function environmentForNpm(more: Record<string, string> = {}): NodeJS.ProcessEnv {
	const others = Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_'));
	return { ...Object.fromEntries(others), ...more };
}

/** Runs npm and returns its output. */
export async function npm(args: string[], cwd: string, env = environmentForNpm()): Promise<string> {
	return (await promisify(execFile)(process.execPath, [npmCli, ...args], { cwd, env })).stdout;
}
