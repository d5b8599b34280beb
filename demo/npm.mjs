// Runs npm without its chatter, and says in plain words what kept it from finishing.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { endGroup, GROUP } from './processGroup.mjs';
import { PlainStop } from './stopping.mjs';

const LINES_TO_SHOW = 15;

/** What npm's output gives away about the cause, and what a person can do about it. */
const CAUSES = [
	{
		sign: /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT/,
		advice:
			'The npm registry could not be reached. Check the internet connection, and the proxy if your network\n' +
			'has one (npm config get registry, npm config get https-proxy). Then run npm start again.',
	},
	{
		sign: /ENOSPC/,
		advice: 'The disk is full. The demo takes about 4 GB: make room, then run npm start again.',
	},
	{
		sign: /EACCES|EPERM/,
		advice:
			'npm may not write here. Give this user access to the folder and to its npm cache, then run npm start again.',
	},
];

/**
 * Runs npm to its end, or rejects with a PlainStop.
 * @param {string[]} args
 * @param {{ cwd: string, signal: AbortSignal }} options aborting ends npm and what it started
 * @returns {Promise<void>}
 */
export async function npm(args, { cwd, signal }) {
	signal.throwIfAborted();
	// npm is a .cmd file on Windows, which only a shell can start.
	const child = spawn('npm', args, { cwd, ...GROUP, shell: process.platform === 'win32' });
	let output = '';
	child.stdout.on('data', (chunk) => (output += chunk));
	child.stderr.on('data', (chunk) => (output += chunk));

	const end = () => void endGroup(child);
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
	if (code !== 0) throw new PlainStop(explain(args, output));
}

/**
 * Asks the registry for one small thing, once. Without this, npm would try to reach it for many minutes.
 * @param {{ cwd: string, signal: AbortSignal }} options
 */
export function reachRegistry(options) {
	return npm(['view', 'tsx', 'version', '--fetch-retries=0', '--fetch-timeout=20000'], options);
}

function explain(/** @type {string[]} */ args, /** @type {string} */ output) {
	const lines = output.split('\n').filter((line) => line.replace(/^npm (error|warn.*)/, '').trim() !== '');
	for (const { sign, advice } of CAUSES) {
		const said = lines.findLast((line) => sign.test(line));
		if (said) return `${advice}\n\nnpm said: ${said.replace('npm error ', '')}`;
	}
	const lastLines = lines.slice(-LINES_TO_SHOW).join('\n');
	return `“npm ${args.join(' ')}” did not finish. Its last lines:\n\n${lastLines}\n\nSee to what they say, then run npm start again.`;
}
