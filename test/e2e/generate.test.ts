import axios from 'axios';
import type { Browser, Page } from 'playwright-core';
import { eventually } from '../until';
import { launchBrowser, newUser } from './browser/browser';
import { Editor } from './browser/editor';
import { finalScreenshot, screenshot } from './browser/screenshots';
import { takeWorkflowPictures } from './browser/workflowPictures';
import { startDemo, type RunningDemo } from './demoProcess';

const STEPS = ['Balance Before', 'Generate', 'Download', 'Balance After', 'What It Cost'];

let demo: RunningDemo;
let browser: Browser;
let editor: Editor;
/** The page of the sandbox, in a second tab. */
let account: Page;

beforeAll(async () => {
	demo = await startDemo();
	browser = await launchBrowser();
	const newcomer = await newUser(browser);
	account = await newcomer.newPage();
	editor = new Editor(await newcomer.newPage(), demo.n8nUrl);
	await editor.logIn(demo.owner, `${demo.n8nUrl}/workflow/${demo.generateWorkflowId}`);
});
afterEach(async () => finalScreenshot(editor.page, expect.getState().currentTestName));
afterAll(async () => {
	// Undefined if they did not start.
	await (browser as Browser | undefined)?.close();
	await (demo as RunningDemo | undefined)?.clear();
});

test('one click generates a file, which can be opened, and shows what it cost: as much as the account lost', async () => {
	// However slow the browser is, it sees the progress.
	await control('put', 'settings', { generation: { durationMs: 600_000 } });
	await account.goto(demo.sandboxUrl);
	const before = await displayedBalance();
	await editor.page.bringToFront();
	await editor.executeWorkflow();

	await account.getByRole('progressbar').waitFor();
	await control('post', `jobs/${(await sandboxJobs()).jobs[0].id}/finish`);
	for (const step of STEPS) await eventually(async () => expect(await editor.hasSucceeded(step)).toBe(true));

	const { jobs, charged } = await sandboxJobs();
	expect(jobs).toEqual([expect.objectContaining({ status: 'completed', charged })]);
	expect(charged).toBeGreaterThan(0);
	await eventually(async () => expect(await displayedBalance()).toBe(before - charged));
	expect(await whatItCost()).toEqual({
		website: 'https://example.com',
		balanceBefore: String(before),
		balanceAfter: String(before - charged),
		creditsUsed: String(charged),
	});

	await editor.resize(720);
	const generate = await editor.open('Generate');
	await generate.show('schema');
	await screenshot(editor.page, 'generate', generate.middle, generate.output);
	await generate.close();

	const download = await editor.open('Download');
	const text = await download.viewFile();
	expect(text).toMatch(/^# Example\n/);
	expect(text).toBe(await fileOf(jobs[0].siteId));
	await download.close();
	await editor.resize(740);
	await editor.fit();
	await screenshot(editor.page, 'generate-workflow');
});

test('with Reuse, the second click shows the same file and costs nothing', async () => {
	const { charged } = await sandboxJobs();
	const generate = await editor.open('Generate');
	await generate.add('Options', 'Reuse Within (Hours)');
	await generate.close();
	await editor.executeWorkflow();

	await eventually(async () => expect(await demo.api.executionsOf(demo.generateWorkflowId)).toHaveLength(2));
	for (const step of STEPS) await eventually(async () => expect(await editor.hasSucceeded(step)).toBe(true));
	const { balanceBefore, balanceAfter, creditsUsed } = await whatItCost();
	expect({ creditsUsed, balanceAfter }).toEqual({ creditsUsed: '0', balanceAfter: balanceBefore });
	expect(await sandboxJobs()).toMatchObject({ jobs: [{ status: 'completed' }], charged });
	const [first, second] = await demo.api.executionsOf(demo.generateWorkflowId);
	expect(second.nodes.Download.items[0].json).toEqual(first.nodes.Download.items[0].json);
});

test('pictures of the workflow', async () => {
	// Otherwise n8n writes “Editing in another tab” over the workflow.
	await editor.page.goto(demo.sandboxUrl);
	const { generateWorkflowId: workflowId } = demo;
	const [executionId] = await demo.api.executionIdsOf(workflowId);
	await takeWorkflowPictures(demo, { template: 'generate-llms-txt', workflowId, executionId });
});

/** The output of the last step, as n8n shows it. */
async function whatItCost(): Promise<Record<string, string>> {
	const node = await editor.open('What It Cost');
	await node.show('table');
	const [row] = await node.rows();
	await node.close();
	return row;
}

async function displayedBalance(): Promise<number> {
	return Number((await account.locator('.big').innerText()).replace(/\D/g, ''));
}

interface SandboxJobs {
	jobs: Array<{ id: string; siteId: string; status: string; charged: number }>;
	charged: number;
}

async function sandboxJobs(): Promise<SandboxJobs> {
	return control<SandboxJobs>('get', 'jobs');
}

async function control<T>(method: string, path: string, data?: object): Promise<T> {
	const url = `${demo.sandboxUrl}/sandbox/${path}`;
	return (await axios.request<T>({ method, url, data, proxy: false })).data;
}

async function fileOf(siteId: string): Promise<string> {
	const address = `${demo.sandboxUrl}/api/v1/file/${siteId}`;
	return (await axios.get<string>(address, { proxy: false })).data;
}
