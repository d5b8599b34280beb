import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { N8nApi, type Owner, type SavedCredential } from '../../demo/n8nApi';

const START = resolve(__dirname, '../../demo/start.mjs');

/** A demo as `npm start` makes it, on free ports and with a folder of its own, and n8n's API logged in to it. */
export interface RunningDemo {
	api: N8nApi;
	/** Who is logged in there. */
	owner: Owner;
	credential: SavedCredential;
	workflowId: string;
	n8nUrl: string;
	n8nPid: number;
	sandboxUrl: string;
	home: string;
	/** When the demo has ended, by itself or not. */
	ended: Promise<unknown>;
	/** Sends the demo a signal, as Ctrl-C does, and returns its exit code when it has ended. */
	end(signal?: NodeJS.Signals): Promise<number | null>;
	/** Ends the demo if it still runs, and takes its folder away. */
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
	email: string;
	password: string;
	firstName: string;
	lastName: string;
}

/**
 * @param options.home the folder of an earlier demo, to start it again
 * @param options.env further environment variables for the demo and its n8n
 */
export async function startDemo(
	options: { home?: string; env?: Record<string, string> } = {},
): Promise<RunningDemo> {
	const home = options.home ?? (await mkdtemp(join(tmpdir(), 'llmgenerator-demo-')));
	const demo = spawnDemo(['--json', '--port', '0', '--sandbox-port', '0', '--home', home], options.env);
	const said = await demo.firstLine;
	const { credentialId, baseUrl, apiKey, ...announced } = JSON.parse(said) as Announcement;

	const api = new N8nApi(announced.n8nUrl);
	await api.setUpOwnerOrLogIn(announced);
	const end = async (signal: NodeJS.Signals = 'SIGINT') => {
		demo.process.kill(signal);
		return (await demo.ended).code;
	};
	const clear = async () => {
		await end();
		endGroup(announced.n8nPid);
		await rm(home, { recursive: true, force: true });
	};
	const credential = {
		id: credentialId,
		name: 'LLM Generator Sandbox',
		type: 'llmGeneratorApi',
		data: { apiKey, baseUrl },
	};
	return { ...announced, api, owner: announced, credential, home, ended: demo.ended, end, clear };
}

/** Runs the demo with the arguments given, for as long as it lasts. */
export async function runDemo(args: string[]): Promise<{ code: number | null; output: string }> {
	return spawnDemo(args).ended;
}

function spawnDemo(args: string[], env?: Record<string, string>) {
	const child = spawn(process.execPath, [START, ...args], {
		stdio: ['ignore', 'pipe', 'pipe'],
		env: { ...process.env, ...env },
	});
	let output = '';
	child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
	child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
	const ended = whenEnded(child).then((code) => ({ code, output }));
	const firstLine = new Promise<string>((found, reject) => {
		let line = '';
		child.stdout.on('data', (chunk: Buffer) => {
			line += chunk.toString();
			if (line.includes('\n')) found(line);
		});
		void ended.then(() => reject(new Error(`The demo ended before it was ready:\n${output}`)));
	});
	// Whoever only waits for the end does not care whether a line came.
	firstLine.catch(() => undefined);
	return { process: child, ended, firstLine };
}

/** For when a test found n8n still running: the next one must not. */
function endGroup(pid: number): void {
	try {
		process.kill(-pid, 'SIGKILL');
	} catch {
		// As it should be: nothing was left.
	}
}

async function whenEnded(child: ChildProcess): Promise<number | null> {
	const [code] = (await once(child, 'close')) as [number | null];
	return code;
}
