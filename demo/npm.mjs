// Runs npm without its output. If npm fails, says in plain words why.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';
import { requiredPackages } from './lockFile.mjs';
import NPM from './npmCli.js';
import { GROUP, stopGroup } from './processGroup.mjs';
import { during } from './progress.mjs';
import { UserError } from './stopping.mjs';

/** If the demo is killed, npm stops, too: two of them must never work in one folder. */
const PRELOAD = fileURLToPath(new URL('./stopWithParent.js', import.meta.url));
const LINES_TO_SHOW = 15;
const NOT_WRITTEN = 'TAR_ENTRY_ERROR';

/** Patterns in npm's output that show the cause, and what the user can do. */
const CAUSES = [
	{
		pattern: /gyp ERR! (stack Error|find)/,
		advice:
			'The database driver of n8n (sqlite3) could not be downloaded from github.com, and building it failed: this needs\n' +
			'Python, make and a C++ compiler. Install them, or allow the download. Then run npm start again.',
	},
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
	const child = spawn(process.execPath, ['--require', PRELOAD, NPM, ...args], {
		...GROUP,
		cwd,
		stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
	});
	let output = '';
	child.stdout?.on('data', (chunk) => (output += chunk));
	child.stderr?.on('data', (chunk) => (output += chunk));

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
	// If a file cannot be written, e.g. because the disk is full, npm only warns, and says that it succeeded.
	if (code !== 0 || output.includes(NOT_WRITTEN)) throw new UserError(explain(args, output));
}

/**
 * Installs what the package-lock.json of a folder lists, and shows how far it is. What npm downloaded for an earlier
 * installation, even for one that was interrupted, is in its cache, and is not downloaded again.
 * @param {string} title e.g. “Installing n8n”
 * @param {{ cwd: string, signal: AbortSignal, dev?: boolean }} options `dev`: whether also the packages for developing
 */
export async function installPackages(title, { cwd, signal, dev = false }) {
	await reachRegistry({ cwd, signal });
	// npm would remove them in any order. The list of installed packages must not outlive the packages.
	const list = join(cwd, 'node_modules', '.package-lock.json');
	for (const old of [list, join(cwd, 'node_modules')]) {
		await rm(old, { recursive: true, force: true, maxRetries: 3 });
	}
	const install = ['ci', dev ? '--include=dev' : '--omit=dev', '--include=optional', '--ignore-scripts'];
	const folders = requiredPackages(cwd, { dev }).map(([path]) => join(cwd, path));
	try {
		await during(countPackages(title, folders), () =>
			npm([...install, '--prefer-offline', '--no-audit', '--loglevel=warn'], { cwd, signal }),
		);
	} catch (error) {
		await rm(list, { force: true });
		throw error;
	}
}

/** Sends one small request to the registry. Without this check, npm would try to reach it for many minutes. */
function reachRegistry(/** @type {{ cwd: string, signal: AbortSignal }} */ options) {
	return npm(['view', 'tsx', 'version', '--fetch-retries=0', '--fetch-timeout=20000'], options);
}

/** Returns a function that counts the packages that npm has begun to unpack: “Installing n8n: 812 of 2,113 packages”. */
function countPackages(/** @type {string} */ title, /** @type {string[]} */ folders) {
	const total = folders.length.toLocaleString('en');
	let missing = folders;
	return () => {
		missing = missing.filter((folder) => !existsSync(join(folder, 'package.json')));
		return `${title}: ${(folders.length - missing.length).toLocaleString('en')} of ${total} packages`;
	};
}

function explain(/** @type {string[]} */ args, /** @type {string} */ output) {
	const lines = output
		.split('\n')
		.filter((line) => line.replace(/^npm (error|warn(?! tar).*)/, '').trim() !== '');
	for (const { pattern, advice } of CAUSES) {
		const line = lines.findLast((each) => pattern.test(each));
		if (line) return `${advice}\n\nnpm said: ${line.replace('npm error ', '')}`;
	}
	const lastLines = lines.slice(-LINES_TO_SHOW).join('\n');
	return `“npm ${args.join(' ')}” failed. Its last lines:\n\n${lastLines}\n\nFix the cause, then run npm start again.`;
}
