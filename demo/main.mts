import { Listr } from 'listr2';
import { startSandbox, type Sandbox } from '../sandbox/server.ts';
import type { N8nProgram } from './installN8n.mjs';
import { startN8n, type RunningN8n } from './n8n.mts';
import { N8nApi, type SavedCredential } from './n8nApi.ts';
import { readOptions, type DemoOptions } from './options.mts';
import { freePort } from './places.mts';
import { UserError } from './stopping.mjs';
import { importTemplates, type FirstWorkflows } from './templates.mts';

const OWNER = { email: 'demo@example.com', password: 'Sandbox-2026', firstName: 'Demo', lastName: 'Owner' };
const API_KEY = 'llmgen_sandbox_key';
/** Long enough to see the progress on the page of the sandbox, which is loaded again every few seconds. */
const GENERATION_MS = 8000;

/** What each step creates for the next steps. */
interface Demo {
	sandbox: Sandbox;
	n8n: RunningN8n;
	credential: SavedCredential;
	workflows: FirstWorkflows;
}

/**
 * Runs the demo until the signal aborts: the sandbox, n8n, a user account, a credential, the workflows.
 * However it ends, no process is left running.
 */
export async function main(args: string[], program: N8nProgram, signal: AbortSignal): Promise<void> {
	const options = readOptions(args);
	const demo: Partial<Demo> = {};
	try {
		const ready = await prepare(demo as Demo, program, options, signal);
		signal.throwIfAborted();
		announce(ready, options);
		const error = await Promise.race([ready.n8n.ended, aborted(signal)]);
		if (error) throw error;
	} finally {
		await Promise.all([demo.n8n?.stop(), demo.sandbox?.close()]);
	}
}

async function prepare(
	demo: Demo,
	program: N8nProgram,
	options: DemoOptions,
	signal: AbortSignal,
): Promise<Demo> {
	const port = await freePort(options.port, 'n8n', '--port');
	const sandboxPort = await freePort(options.sandboxPort, 'the sandbox', '--sandbox-port');
	const steps = new Listr<Demo>(
		[
			{
				title: 'Starting the sandbox',
				task: async (ctx, task) => {
					ctx.sandbox = await startSandbox({
						port: sandboxPort,
						ledger: { rows: 300, seed: 1 },
						order: 'newestFirst',
						generation: { durationMs: GENERATION_MS },
					});
					task.title = `The sandbox is running at ${ctx.sandbox.origin}`;
				},
			},
			{
				title: `Starting n8n ${program.version}`,
				task: async (ctx, task) => {
					ctx.n8n = await startN8n({ program, home: options.home, port, signal });
					task.title = `n8n ${program.version} is running at ${ctx.n8n.url}`;
				},
			},
			{
				title: 'Adding the credential and the workflows',
				task: async (ctx, task) => {
					await addCredentialAndWorkflows(ctx, options.home);
					task.title = 'The credential and the workflows are added';
				},
			},
		],
		{
			silentRendererCondition: options.json,
			registerSignalListeners: false,
			// setUp.mjs prints the message if a step fails.
			rendererOptions: { showErrorMessage: false },
		},
	);
	return steps.run(demo);
}

async function addCredentialAndWorkflows(demo: Demo, home: string): Promise<void> {
	const api = new N8nApi(demo.n8n.url);
	await api.setUpOwnerOrLogIn(OWNER).catch(() => {
		throw new UserError(
			`${OWNER.email} can no longer log in to the n8n in ${home} with the demo's password. Delete this folder with\n` +
				'everything that n8n stores in it, or choose another folder: npm start -- --home .local/second-demo',
		);
	});
	demo.credential = await api.saveCredential({
		name: 'LLM Generator Sandbox',
		type: 'llmGeneratorApi',
		data: { apiKey: API_KEY, baseUrl: demo.sandbox.baseUrl },
	});
	demo.workflows = await importTemplates(api, demo.credential, home);
}

function announce({ n8n, sandbox, credential, workflows }: Demo, { json, home }: DemoOptions): void {
	const quickTourUrl = `${n8n.url}/workflow/${workflows.quickTour}`;
	const generateUrl = `${n8n.url}/workflow/${workflows.generate}`;
	if (json) {
		console.log(
			JSON.stringify({
				n8nUrl: n8n.url,
				n8nPid: n8n.pid,
				pid: process.pid,
				sandboxUrl: sandbox.origin,
				baseUrl: sandbox.baseUrl,
				apiKey: API_KEY,
				credentialId: credential.id,
				workflowId: workflows.quickTour,
				generateWorkflowId: workflows.generate,
				quickTourUrl,
				generateUrl,
				home,
				...OWNER,
			}),
		);
		return;
	}
	console.log(`
The demo is ready.

  Open      ${quickTourUrl}
  Log in    ${OWNER.email}   ${OWNER.password}
  Then      click “Execute workflow”

  Generate  ${generateUrl}
            generates the llms.txt of a website in a few seconds, and shows the file and what it cost
  More      the other workflows in n8n’s overview: publish, watch, all clients, alert, report, AI assistant

  Sandbox   ${sandbox.origin}
            a local mock of the LLM Generator API: progress bars while files are generated, every file, invented
            transactions, and a payment page where no money moves

Press Ctrl-C to stop everything.
`);
}

async function aborted(signal: AbortSignal): Promise<undefined> {
	if (!signal.aborted)
		await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
	return undefined;
}
