import axios from 'axios';
import type { IDataObject, INode } from 'n8n-workflow';
import { execFileSync } from 'node:child_process';
import { listPackages, packageById } from '../packages';
import { eventually } from '../until';
import { emptyHome, runDemo, startDemo, type RunningDemo } from './demoProcess';
import { oneStepWorkflow, STEP } from './oneStep';

const NODE_TYPE = 'n8n-nodes-llmgenerator.llmGenerator';

let demo: RunningDemo;

beforeAll(async () => {
	// A first start, in an empty folder.
	demo = await startDemo({ home: await emptyHome() });
});

afterAll(async () => {
	// Undefined if it did not start.
	await (demo as RunningDemo | undefined)?.clear();
});

/** Runs one LLM Generator step in n8n for these items, and returns the execution and the step. */
async function run(parameters: INode['parameters'], items?: IDataObject[], settings?: Partial<INode>) {
	const id = await demo.api.importWorkflow(oneStepWorkflow(parameters, demo.credential, items, settings));
	const execution = await demo.api.runWorkflow(id);
	return { ...execution, step: execution.nodes[STEP] };
}

describe('the quick tour', () => {
	test('runs successfully and shows a balance, ten transactions and a checkout', async () => {
		const { status, finished, error, nodes } = await demo.api.runWorkflow(demo.workflowId);

		expect({ status, finished, error }).toEqual({ status: 'success', finished: true, error: undefined });
		expect(nodes['Get Balance'].items).toHaveLength(1);
		expect(nodes['Get Credit History'].items).toHaveLength(10);
		expect(nodes['Create Checkout'].items).toHaveLength(1);
	});
});

describe('the credential', () => {
	test('is accepted with the right key', async () => {
		expect(await demo.api.testCredential(demo.credential)).toMatchObject({ status: 'OK' });
	});

	test('is refused with a wrong key, and the message says what to do', async () => {
		const wrong = { ...demo.credential, data: { ...demo.credential.data, apiKey: 'llmgen_wrong' } };
		const { status, message } = await demo.api.testCredential(wrong);

		expect(status).toBe('Error');
		expect(message).toMatch(/API key/);
	});
});

describe('a credential that is not valid', () => {
	test.each([
		['http://example.com/api/v1', /must start with https:\/\//],
		['not an address', /is not a web address/],
	])('Base URL %s: a message, and the key is not sent', async (baseUrl, sentence) => {
		const unsafe = { ...demo.credential, data: { ...demo.credential.data, baseUrl } };
		expect(await demo.api.testCredential(unsafe)).toEqual({
			status: 'Error',
			message: expect.stringMatching(sentence) as string,
		});
	});
});

describe('each operation works', () => {
	test('Get Balance: one item with credits', async () => {
		const { status, step } = await run({ operation: 'getBalance' });

		expect(status).toBe('success');
		expect(step.items).toHaveLength(1);
		expect(step.items[0].json).toMatchObject({
			balance: expect.any(Number) as number,
			totalPurchased: expect.any(Number) as number,
			totalUsed: expect.any(Number) as number,
		});
	});

	test('Get Credit History: every transaction of the account once', async () => {
		const { status, step } = await run({ operation: 'getHistory', returnAll: true });

		expect(status).toBe('success');
		expect(step.items).toHaveLength(300);
		expect(new Set(step.items.map(({ json }) => json.id)).size).toBe(300);
	});

	test('Create Checkout: a link that opens a payment page', async () => {
		const { status, step } = await run({ operation: 'createCheckout', packageId: packageById('pkg_pro') });

		expect(status).toBe('success');
		const { url, sessionId, package: bought } = step.items[0].json as Record<string, string>;
		expect(sessionId).toEqual(expect.any(String));
		expect(bought).toMatchObject({ id: 'pkg_pro' });
		const page = await axios.get<string>(url, { proxy: false });
		expect(page.data).toMatch(/<html/i);
	});
});

describe('if one of several items fails', () => {
	const items = [{ wanted: 'pkg_pro' }, { wanted: 'pkg_unheard_of' }, { wanted: 'pkg_pro' }];
	const checkout = { operation: 'createCheckout', packageId: packageById('={{ $json.wanted }}') };

	test('the workflow stops, and the message names the package', async () => {
		const { status, step } = await run(checkout, items);

		expect(status).toBe('error');
		expect(step.error?.message).toMatch(/pkg_unheard_of/);
	});

	test('Continue outputs the good items, and an error for the bad one', async () => {
		const { status, step } = await run(checkout, items, { onError: 'continueRegularOutput' });

		expect(status).toBe('success');
		expect(step.items.map(({ json }) => Object.keys(json).includes('error'))).toEqual([false, true, false]);
		expect(step.items.map(({ json }) => typeof json.sessionId)).toEqual(['string', 'undefined', 'string']);
	});

	test('Continue (using error output) separates good and bad items', async () => {
		const { status, step } = await run(checkout, items, { onError: 'continueErrorOutput' });

		expect(status).toBe('success');
		expect(step.outputs.map((output) => output.length)).toEqual([2, 1]);
	});
});

describe('a published workflow', () => {
	test('responds to calls until it is deactivated', async () => {
		const workflow = oneStepWorkflow({ operation: 'getBalance' }, demo.credential);
		const [trigger, step] = workflow.nodes;
		const webhook = { path: 'balance', responseMode: 'lastNode', responseData: 'allEntries' };
		const id = await demo.api.importWorkflow({
			...workflow,
			nodes: [
				{
					...trigger,
					type: 'n8n-nodes-base.webhook',
					typeVersion: 2,
					webhookId: 'balance',
					parameters: webhook,
				},
				step,
			],
			pinData: {},
		});
		const call = () =>
			axios.get<unknown>(`${demo.n8nUrl}/webhook/balance`, { proxy: false, validateStatus: () => true });

		await demo.api.activate(id);
		expect((await call()).data).toEqual([expect.objectContaining({ balance: expect.any(Number) as number })]);

		await demo.api.deactivate(id);
		expect((await call()).status).toBe(404);
	});
});

describe('in the editor', () => {
	test('the node has one icon for the light theme and one for the dark theme', async () => {
		const type = (await demo.api.nodeTypes()).find(({ name }) => name === NODE_TYPE);
		const { light, dark } = type?.iconUrl as { light: string; dark: string };

		expect(light).not.toBe(dark);
		expect(await demo.api.file(light)).toMatch(/<svg/);
		expect(await demo.api.file(dark)).toMatch(/<svg/);
	});

	test('the packages can be chosen from a list', async () => {
		const { results } = await listPackages(demo.api, demo.credential);

		expect(results).toContainEqual(
			expect.objectContaining({ value: 'pkg_pro', name: expect.stringMatching(/Pro Pack/) as string }),
		);
	});
});

describe('starting and stopping', () => {
	test('if a port is taken, the demo stops with a message that says what to do', async () => {
		const { port } = new URL(demo.n8nUrl);
		const { code, output } = await runDemo(['--port', port, '--sandbox-port', '0', '--home', demo.home]);

		expect(code).toBe(1);
		expect(output).toMatch(new RegExp(`Port ${port} is taken`));
		expect(output).toMatch(/npm start -- --port \d+/);
		expect(output).not.toMatch(/\n\s+at /);
	});

	test('a second demo with the same folder does not start', async () => {
		const { code, output } = await runDemo(['--port', '0', '--sandbox-port', '0', '--home', demo.home]);

		expect(code).toBe(1);
		expect(output).toMatch(/already uses the folder/);
	});

	test('Ctrl-C stops n8n, its task runner and the sandbox', async () => {
		expect(processesOf(demo).length).toBeGreaterThanOrEqual(2);

		expect(await demo.stop('SIGINT')).toBe(0);

		expect(processesOf(demo)).toEqual([]);
		expect(await answers(demo.n8nUrl)).toBe(false);
		expect(await answers(demo.sandboxUrl)).toBe(false);
	});

	test('after the second start, everything is unchanged and connected to the new sandbox', async () => {
		const { workflowId, credential } = demo;
		demo = await startDemo({ home: demo.home });

		expect(demo.workflowId).toBe(workflowId);
		expect(demo.credential.id).toBe(credential.id);
		expect((await demo.api.runWorkflow(workflowId)).status).toBe('success');
	});

	test('the demo stops when its n8n is killed, and can start again with the same folder', async () => {
		const { workflowId } = demo;
		process.kill(-demo.n8nPid, 'SIGKILL');
		expect(await demo.ended).toMatchObject({
			code: 1,
			output: expect.stringMatching(/n8n exited unexpectedly/) as string,
		});

		demo = await startDemo({ home: demo.home });
		expect((await demo.api.runWorkflow(workflowId)).status).toBe('success');
	});

	test('n8n stops even if the demo is killed', async () => {
		await demo.stop('SIGKILL');

		await eventually(() => expect(processesOf(demo)).toEqual([]));
		expect(await answers(demo.n8nUrl)).toBe(false);
	});
});

/** The processes of the demo's n8n: their process group has n8n's process ID. */
function processesOf({ n8nPid }: RunningDemo): string[] {
	const table = execFileSync('ps', ['-A', '-o', 'pgid=,stat=,command='], { encoding: 'utf8' }).split('\n');
	return table.filter((line) => {
		const [group, state] = line.trim().split(/\s+/);
		return Number(group) === n8nPid && !state.startsWith('Z');
	});
}

async function answers(url: string): Promise<boolean> {
	return axios.get(url, { proxy: false, validateStatus: () => true }).then(
		() => true,
		() => false,
	);
}
