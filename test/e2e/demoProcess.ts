import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { N8nApi, type Owner, type SavedCredential } from '../../demo/n8nApi';
import { outputOf } from '../output';

const START = resolve(__dirname, '../../demo/start.mjs');
const STOP_WITH_PARENT = resolve(__dirname, '../../demo/stopWithParent.js');

/** A demo as `npm start` runs it, on free ports and with its own folder; `api` is logged in to its n8n. */
export interface RunningDemo {
	api: N8nApi;
	/** The user who is logged in. */
	owner: Owner;
	credential: SavedCredential;
	/** The quick tour. */
	workflowId: string;
	/** The workflow that generates a file. */
	generateWorkflowId: string;
	n8nUrl: string;
	n8nPid: number;
	sandboxUrl: string;
	home: string;
	/** Resolves when the demo has exited, for whatever reason. */
	ended: Promise<unknown>;
	/** Sends a signal to the demo, as Ctrl-C does, and returns its exit code. */
	stop(signal?: NodeJS.Signals): Promise<number | null>;
	/** Stops the demo if it is still running, and deletes its folder. */
	clear(): Promise<void>;
}

/** What the demo prints with --json. */
interface Announcement {
	n8nUrl: string;
	n8nPid: number;
	sandboxUrl: string;
	baseUrl: string;
	apiKey: string;
	credentialId: string;
	workflowId: string;
	generateWorkflowId: string;
	email: string;
	password: string;
	firstName: string;
	lastName: string;
}

/**
 * @param options.home the folder of an earlier demo, to start it again, or an empty one; default: a new demo
 * @param options.env more environment variables for the demo and its n8n
 */
export async function startDemo(
	options: { home?: string; env?: Record<string, string> } = {},
): Promise<RunningDemo> {
	const home = options.home ?? (await newHome());
	const demo = spawnDemo(['--json', '--port', '0', '--sandbox-port', '0', '--home', home], options.env);
	const line = await demo.firstLine;
	const { credentialId, baseUrl, apiKey, ...announced } = JSON.parse(line) as Announcement;

	const api = new N8nApi(announced.n8nUrl);
	await api.setUpOwnerOrLogIn(announced);
	const stop = async (signal: NodeJS.Signals = 'SIGINT') => {
		demo.process.kill(signal);
		return (await demo.ended).code;
	};
	const clear = async () => {
		await stop();
		killGroup(announced.n8nPid);
		await rm(home, { recursive: true, force: true });
	};
	const credential = {
		id: credentialId,
		name: 'LLM Generator Sandbox',
		type: 'llmGeneratorApi',
		data: { apiKey, baseUrl },
	};
	return { ...announced, api, owner: announced, credential, home, ended: demo.ended, stop, clear };
}

/** An empty folder for a demo. */
export async function emptyHome(): Promise<string> {
	return mkdtemp(join(tmpdir(), 'llmgenerator-demo-'));
}

/** A copy of the folder of startOnce.ts; without it, an empty one. */
async function newHome(): Promise<string> {
	const home = await emptyHome();
	const started = process.env.LLMGENERATOR_STARTED_HOME;
	if (started) await cp(started, home, { recursive: true });
	return home;
}

/** Kills the n8n of a demo as a power cut does, and starts the demo again with the same folder. */
export async function killAndRestart(
	{ n8nPid, ended, home }: RunningDemo,
	env?: Record<string, string>,
): Promise<RunningDemo> {
	process.kill(-n8nPid, 'SIGKILL');
	await ended;
	return startDemo({ home, env });
}

/** Runs the demo with these arguments until it exits. */
export async function runDemo(args: string[]): Promise<{ code: number | null; output: string }> {
	return spawnDemo(args).ended;
}

function spawnDemo(args: string[], env?: Record<string, string>) {
	// If the test process ends too early to stop the demo, the channel between the two closes, and stopWithParent.js stops the
	// process group of the demo.
	const child = spawn(process.execPath, ['--require', STOP_WITH_PARENT, START, ...args], {
		detached: true,
		stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
		env: { ...process.env, ...env },
	});
	const ended = outputOf(child);
	const firstLine = new Promise<string>((resolve, reject) => {
		let line = '';
		child.stdout!.on('data', (chunk: Buffer) => {
			line += chunk.toString();
			if (line.includes('\n')) resolve(line);
		});
		void ended.then(({ output }) => reject(new Error(`The demo exited before it was ready:\n${output}`)));
	});
	// For callers that only wait until the demo has exited.
	firstLine.catch(() => undefined);
	return { process: child, ended, firstLine };
}

/** If a test left n8n running, kills it before the next test. */
function killGroup(pid: number): void {
	try {
		process.kill(-pid, 'SIGKILL');
	} catch {
		// Nothing was left running.
	}
}
