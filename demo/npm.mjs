// Runs npm without its output. If npm fails, says in plain words why.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { GROUP, stopGroup } from './processGroup.mjs';
import { UserError } from './stopping.mjs';

const LINES_TO_SHOW = 15;

/** Patterns in npm's output that show the cause, and what the user can do. */
const CAUSES = [
	{
		pattern:
			/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT/,
		advice:
			'The npm registry could not be reached. Check the internet connection, and the proxy if your network\n' +
			'has one (npm config get registry, npm config get https-proxy). Then run npm start again.',
	},
	{
		pattern: /ENOSPC/,
		advice: 'The disk is full. The demo needs about 4 GB. Free some disk space, then run npm start again.',
	},
	{
		pattern: /EACCES|EPERM/,
		advice:
			'npm has no permission to write here. Give this user access to the folder and to its npm cache, then run npm start again.',
	},
];

/**
 * Runs npm until it exits; rejects with a UserError if it fails.
 * @param {string[]} args
 * @param {{ cwd: string, signal: AbortSignal }} options aborting stops npm and the processes that it started
 * @returns {Promise<void>}
 */
export async function npm(args, { cwd, signal }) {
	signal.throwIfAborted();
	// On Windows, npm is a .cmd file, which only a shell can start.
	const child = spawn('npm', args, { cwd, ...GROUP, shell: process.platform === 'win32' });
	let output = '';
	child.stdout.on('data', (chunk) => (output += chunk));
	child.stderr.on('data', (chunk) => (output += chunk));

	const end = () => void stopGroup(child);
	signal.addEventListener('abort', end);
	const code = await /** @type {Promise<number | null>} */ (
		new Promise((resolve) => {
			child.on('close', resolve);
			child.on('error', ({ message }) => {
				output += message;
				resolve(1);
			});
		})
	);
	signal.removeEventListener('abort', end);
	signal.throwIfAborted();
	if (code !== 0) throw new UserError(explain(args, output));
}

/**
 * Sends one small request to the registry. Without this check, npm would try to reach it for many minutes.
 * @param {{ cwd: string, signal: AbortSignal }} options
 */
export function reachRegistry(options) {
	return npm(['view', 'tsx', 'version', '--fetch-retries=0', '--fetch-timeout=20000'], options);
}

function explain(/** @type {string[]} */ args, /** @type {string} */ output) {
	const lines = output.split('\n').filter((line) => line.replace(/^npm (error|warn.*)/, '').trim() !== '');
	for (const { pattern, advice } of CAUSES) {
		const line = lines.findLast((each) => pattern.test(each));
		if (line) return `${advice}\n\nnpm said: ${line.replace('npm error ', '')}`;
	}
	const lastLines = lines.slice(-LINES_TO_SHOW).join('\n');
	return `“npm ${args.join(' ')}” failed. Its last lines:\n\n${lastLines}\n\nFix the cause, then run npm start again.`;
}
