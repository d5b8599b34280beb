import axios from 'axios';
import getPort from 'get-port';
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LOCAL, type N8nProgram } from './installN8n.mjs';
import { claimHome, releaseHome } from './places.mts';
import { GROUP, stopGroup } from './processGroup.mjs';
import { UserError } from './stopping.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HOST = '127.0.0.1';
const CHECK_INTERVAL_MS = 200;
const START_LIMIT_MS = 180_000;
/**
 * Node.js gives new objects room in steps, and clears it each time that it is full. n8n creates so many at its start that
 * with enough room from the beginning (in MiB), it needs a twelfth less processor time.
 */
const ROOM_FOR_NEW_OBJECTS = ['--min-semi-space-size=64', '--max-semi-space-size=64'];
const LINES_TO_SHOW = 15;

export interface N8nOptions {
	program: N8nProgram;
	/** The folder where this n8n stores everything: accounts, workflows, keys, its log. */
	home: string;
	port: number;
	/** Folder with package.json and dist of the package to install; default: this repository. null: nothing is installed. */
	packageFolder?: string | null;
	/** The n8n command, e.g. ['worker', '--concurrency=10']; default: ['start']. */
	command?: string[];
	/** More environment variables for this n8n; they override the ones below. */
	env?: Record<string, string>;
	signal: AbortSignal;
}

export interface RunningN8n {
	/** E.g. http://127.0.0.1:5678 */
	url: string;
	pid: number;
	logFile: string;
	/** Resolves when n8n has exited, with a message for the case that it was not asked to stop. */
	ended: Promise<UserError>;
	/** Stops n8n and its task runner. */
	stop(): Promise<void>;
}

/** Starts n8n with this package installed under its real name, and waits until it responds. */
export async function startN8n(options: N8nOptions): Promise<RunningN8n> {
	const { program, home, port, packageFolder = ROOT, command = ['start'], env, signal } = options;
	signal.throwIfAborted();
	const url = `http://${HOST}:${port}`;
	await mkdir(home, { recursive: true });
	await claimHome(home, url);
	if (packageFolder !== null) await installPackage(packageFolder, home);
	const logFile = join(home, 'n8n.log');
	const log = openSync(logFile, 'w');
	const preload = fileURLToPath(new URL('./stopWithParent.js', import.meta.url));
	const child = spawn(
		program.node,
		[...ROOM_FOR_NEW_OBJECTS, '--require', preload, program.script, ...command],
		{
			...GROUP,
			cwd: home,
			env: { ...inheritedSettings(), ...(await settings(home, port)), ...env },
			stdio: ['ignore', log, log, 'ipc'],
		},
	);
	closeSync(log);

	const exited = whenExited(child).then(() => keepLog(logFile, home));
	const ended = exited.then(() => errorWithLog('n8n exited unexpectedly.', logFile));
	const stop = async () => {
		await stopGroup(child);
		await exited;
		await releaseHome(home);
	};
	try {
		await Promise.race([untilReady(url, logFile, signal), ended.then((error) => Promise.reject(error))]);
	} catch (error) {
		await stop();
		throw error;
	}
	return { url, pid: child.pid ?? 0, logFile, ended, stop };
}

/**
 * Copies the package into the folder of community nodes that are installed from npm: there, the nodes get their real type
 * names. The published files are copied, not linked, so that the node uses the libraries of n8n, as it does for users,
 * and not those of this repository.
 */
async function installPackage(packageFolder: string, home: string) {
	const folder = join(home, '.n8n', 'nodes', 'node_modules', 'n8n-nodes-llmgenerator');
	await rm(folder, { recursive: true, force: true });
	for (const published of ['package.json', 'dist']) {
		await cp(join(packageFolder, published), join(folder, published), { recursive: true });
	}
}

/** The environment variables of the user, except settings for another n8n or for a test runner. */
function inheritedSettings(): NodeJS.ProcessEnv {
	const unwanted =
		/^(N8N|DB|EXECUTIONS|QUEUE|CREDENTIALS|NODES|EXTERNAL|WORKFLOWS|GENERIC|WEBHOOK)_|^(NODE_ENV|ENVIRONMENT|E2E_TESTS)$/;
	return Object.fromEntries(Object.entries(process.env).filter(([name]) => !unwanted.test(name)));
}

async function settings(home: string, port: number): Promise<Record<string, string>> {
	// The sandbox is on this computer: never use a proxy for it.
	const noProxy = [process.env.NO_PROXY ?? process.env.no_proxy, 'localhost', HOST].filter(Boolean).join(',');
	return {
		N8N_USER_FOLDER: home,
		N8N_HOST: HOST,
		N8N_LISTEN_ADDRESS: HOST,
		N8N_PORT: String(port),
		N8N_RUNNERS_BROKER_PORT: String(await getPort()),
		// Node.js compiles n8n once and not at every start, which saves a tenth of the time.
		NODE_COMPILE_CACHE: join(LOCAL, 'compile-cache'),
		NO_PROXY: noProxy,
		no_proxy: noProxy,
		// Safari does not send secure cookies to http pages, even on this computer.
		N8N_SECURE_COOKIE: 'false',
		// n8n evaluates the expressions of each execution in a JavaScript engine of their own (an isolate). It compiles the libraries
		// of these once and not each time, and creates one only if there is an expression.
		N8N_EXPRESSION_ENGINE_COMPILE_CACHE: 'true',
		N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE: 'true',
		// Agents and the AI assistant are not used here, and take a tenth of the time to start. The registry is on another server.
		N8N_DISABLED_MODULES: 'agents,instance-ai,mcp-registry',
		// n8n sends no data to other servers, and no pop-up covers the first page.
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_DYNAMIC_BANNERS_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		// This package is not verified by n8n, and n8n 3 loads unverified packages only with this setting.
		N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
	};
}

async function untilReady(url: string, logFile: string, signal: AbortSignal): Promise<void> {
	const deadline = Date.now() + START_LIMIT_MS;
	while (Date.now() < deadline) {
		const answers = await axios.get(`${url}/healthz/readiness`, { proxy: false, signal }).then(
			() => true,
			() => false,
		);
		if (answers) return;
		await sleep(CHECK_INTERVAL_MS, undefined, { signal });
	}
	throw await errorWithLog(`n8n did not respond within ${START_LIMIT_MS / 60_000} minutes.`, logFile);
}

async function whenExited(child: ChildProcess): Promise<void> {
	await new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
}

/** Tests delete the folder of their n8n, but a copy of its log stays where test/n8nLogs/keep.ts says. */
async function keepLog(logFile: string, home: string): Promise<void> {
	const folder = process.env.LLMGENERATOR_KEEP_LOGS_IN;
	if (!folder) return;
	const stoppedAt = new Date().toISOString().replaceAll(':', '.');
	await cp(logFile, join(folder, `${stoppedAt} ${basename(home)}.log`));
}

async function errorWithLog(what: string, logFile: string): Promise<UserError> {
	const log = await readFile(logFile, 'utf8').catch(() => '');
	const lines = log.split('\n').filter((line) => line.trim() && !/^\s+at /.test(line));
	const lastLines = lines.slice(-LINES_TO_SHOW).join('\n');
	return new UserError(`${what} The last lines of its log:\n\n${lastLines}\n\nThe full log is ${logFile}`);
}
