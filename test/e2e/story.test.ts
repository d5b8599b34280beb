import type { Browser, Page } from 'playwright-core';
import type { Owner, SavedCredential } from '../../demo/n8nApi';
import { Ledger } from '../../sandbox/ledger';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { sandboxAccount } from '../steps';
import { eventually } from '../until';
import { launchBrowser, newUser } from './browser/browser';
import { Editor } from './browser/editor';
import { screenshot } from './browser/screenshots';
import { startDemo, type RunningDemo } from './demoProcess';
import { pollOnce } from './pollOnce';
import { startHttpsProxy, type HttpsProxy } from './mocks/httpsProxy';
import { mockSlack, type SlackMock } from './mocks/slack';
import { importTemplate } from './template';

const STEPS = ['When Credits Run Low', 'Create Checkout', 'Post to Slack'];

let proxy: HttpsProxy;
let slack: SlackMock;
let sandbox: Sandbox;
let demo: RunningDemo & Owner;
let browser: Browser;
let page: Page;
let workflowId: string;

beforeAll(async () => {
	proxy = await startHttpsProxy();
	slack = await mockSlack(proxy);
	sandbox = await startSandbox();
	sandbox.ledger = new Ledger([]);
	sandbox.ledger.book({ type: 'purchase', amount: 120 });
	demo = (await startDemo({ env: proxy.env })) as RunningDemo & Owner;
	const credential = await demo.api.saveCredential(sandboxAccount('Account of the story', sandbox));
	workflowId = await importAlert(credential, await demo.api.saveCredential(slack.credential));
	browser = await launchBrowser();
	page = await (await newUser(browser)).newPage();
});
afterAll(async () => {
	// Undefined if they did not start.
	await (browser as Browser | undefined)?.close();
	await (demo as RunningDemo | undefined)?.clear();
	await (sandbox as Sandbox | undefined)?.close();
	await proxy.close();
});

test('credits run low, Slack shows the alert, somebody pays with its button, and there are no more alerts', async () => {
	await poll();
	expect(slack.messages).toEqual([]);

	await page.goto(sandbox.origin);
	expect(await displayedBalance()).toBe('120 credits');
	await page.getByRole('button', { name: 'Use 50 credits' }).click();
	await eventually(async () => expect(await displayedBalance()).toBe('70 credits'));

	await poll();
	await eventually(() => expect(slack.messages).toHaveLength(1));
	const [{ channel, lines, buttons }] = slack.messages;
	expect(channel).toBe('#credits');
	expect(lines[0]).toBe('Only 70 LLM Generator credits are left.');
	expect(buttons.map(({ label }) => label)).toEqual(['Top up with Pro Pack']);

	await page.goto(String(buttons[0].url));
	await page.getByRole('heading', { name: 'Pro Pack' }).waitFor();
	await page.getByRole('button', { name: 'Pay' }).click();
	await page.getByText('The balance is now 570 credits').waitFor();
	await page.getByRole('link', { name: 'Go to the account' }).click();
	await eventually(async () => expect(await displayedBalance()).toBe('570 credits'));

	await poll();
	await poll();
	expect(await demo.api.executionsOf(workflowId)).toHaveLength(1);
	expect(slack.messages).toHaveLength(1);
	expect(proxy.unexpected).toEqual([]);
});

test('the alert can be tested in the editor at any time, while the workflow is not active', async () => {
	const editor = new Editor(page, demo.n8nUrl);
	await editor.logIn(demo);
	await editor.openWorkflow(workflowId);
	await editor.executeWorkflow();

	for (const step of STEPS) await eventually(async () => expect(await editor.hasSucceeded(step)).toBe(true));
	expect(slack.messages).toHaveLength(2);
	expect(slack.messages[1].lines[0]).toBe('Only 570 LLM Generator credits are left.');
	await editor.fit();
	await screenshot(page, 'low-balance-slack');
});

async function importAlert(account: SavedCredential, slackAccount: SavedCredential): Promise<string> {
	const chosen = (value: string, name: string) => ({
		__rl: true,
		mode: 'list',
		value,
		cachedResultName: name,
	});
	return importTemplate(demo.api, 'low-balance-slack', {
		credentials: { 'n8n-nodes-llmgenerator': account, 'n8n-nodes-base.slack': slackAccount },
		fields: {
			'Create Checkout': { packageId: chosen('pkg_pro', 'Pro Pack') },
			'Post to Slack': { channelId: { __rl: true, mode: 'name', value: '#credits' } },
		},
	});
}

async function poll(): Promise<void> {
	await pollOnce({ api: demo.api, sandbox, workflowId, path: '/credits/balance/api' });
}

async function displayedBalance(): Promise<string> {
	return page.locator('.big').innerText();
}
