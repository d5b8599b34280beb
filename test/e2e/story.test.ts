import type { Browser, Page } from 'playwright-core';
import type { Owner, SavedCredential } from '../../demo/n8nApi';
import { Ledger } from '../../sandbox/ledger';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { eventually } from '../until';
import { launchBrowser, newPerson } from './browser/browser';
import { Editor } from './browser/editor';
import { screenshot } from './browser/screenshots';
import { startDemo, type RunningDemo } from './demoProcess';
import { startHttpsProxy, type HttpsProxy } from './standIns/httpsProxy';
import { standInForSlack, type SlackStandIn } from './standIns/slack';
import { importTemplate } from './template';

const STEPS = ['When Credits Run Low', 'Create Checkout', 'Post to Slack'];

let proxy: HttpsProxy;
let slack: SlackStandIn;
let sandbox: Sandbox;
let demo: RunningDemo & Owner;
let browser: Browser;
let page: Page;
let workflowId: string;

beforeAll(async () => {
	proxy = await startHttpsProxy();
	slack = await standInForSlack(proxy);
	sandbox = await startSandbox();
	sandbox.ledger = new Ledger([]);
	sandbox.ledger.book({ type: 'purchase', amount: 120 });
	demo = (await startDemo({ env: proxy.env })) as RunningDemo & Owner;
	const credential = await demo.api.saveCredential({
		name: 'Account of the story',
		type: 'llmGeneratorApi',
		data: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
	});
	workflowId = await importAlert(credential, await demo.api.saveCredential(slack.credential));
	browser = await launchBrowser();
	page = await (await newPerson(browser)).newPage();
});
afterAll(async () => {
	// Undefined where they did not start.
	await (browser as Browser | undefined)?.close();
	await (demo as RunningDemo | undefined)?.clear();
	await (sandbox as Sandbox | undefined)?.close();
	await proxy.close();
});

test('credits run low, Slack tells it, somebody pays by the button, and all is quiet again', async () => {
	await letTriggerLook();
	expect(slack.messages).toEqual([]);

	await page.goto(sandbox.origin);
	expect(await balanceShown()).toBe('120 credits');
	await page.getByRole('button', { name: 'Use 50 credits' }).click();
	await eventually(async () => expect(await balanceShown()).toBe('70 credits'));

	await letTriggerLook();
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
	await eventually(async () => expect(await balanceShown()).toBe('570 credits'));

	await letTriggerLook();
	await letTriggerLook();
	expect(await demo.api.executionsOf(workflowId)).toHaveLength(1);
	expect(slack.messages).toHaveLength(1);
	expect(proxy.unexpected).toEqual([]);
});

test('the alert can be tried in the editor at any time, without switching anything on', async () => {
	const editor = new Editor(page, demo.n8nUrl);
	await editor.logIn(demo);
	await editor.openWorkflow(workflowId);
	await editor.executeWorkflow();

	for (const step of STEPS) await eventually(async () => expect(await editor.isGreen(step)).toBe(true));
	expect(slack.messages).toHaveLength(2);
	expect(slack.messages[1].lines[0]).toBe('Only 570 LLM Generator credits are left.');
	await editor.fit();
	await screenshot(page, 'low-balance-slack');
});

async function importAlert(account: SavedCredential, slackAccount: SavedCredential): Promise<string> {
	const picked = (value: string, name: string) => ({
		__rl: true,
		mode: 'list',
		value,
		cachedResultName: name,
	});
	return importTemplate(demo.api, 'low-balance-slack', {
		credentials: { 'n8n-nodes-llmgenerator': account, 'n8n-nodes-base.slack': slackAccount },
		fields: {
			'Create Checkout': { packageId: picked('pkg_pro', 'Pro Pack') },
			'Post to Slack': { channelId: { __rl: true, mode: 'name', value: '#credits' } },
		},
	});
}

/** n8n looks at each activation; in between as often as the template says. */
async function letTriggerLook(): Promise<void> {
	sandbox.requests.clear();
	await demo.api.activate(workflowId);
	await demo.api.deactivate(workflowId);
	await eventually(() =>
		expect(sandbox.requests.entries.some(({ path }) => path.startsWith('/credits/balance'))).toBe(true),
	);
}

async function balanceShown(): Promise<string> {
	return page.locator('.big').innerText();
}
