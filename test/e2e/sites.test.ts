import axios from 'axios';
import type { Browser, BrowserContext } from 'playwright-core';
import { eventually } from '../until';
import { launchBrowser, newUser } from './browser/browser';
import { Editor } from './browser/editor';
import type { OpenNode } from './browser/openNode';
import { finalScreenshot, screenshot } from './browser/screenshots';
import { startDemo, type RunningDemo } from './demoProcess';

const A_SENTENCE = /\w+ \w+ \w+/;
const WEBSITE = 'https://harbour-coffee.example';

let demo: RunningDemo;
let browser: Browser;
/** The browser of a user who is logged in. */
let user: BrowserContext;
let editor: Editor;

beforeAll(async () => {
	demo = await startDemo();
	browser = await launchBrowser();
	user = await newUser(browser);
	await new Editor(await user.newPage(), demo.n8nUrl).logIn(demo.owner);
});

afterAll(async () => {
	// Undefined if they did not start.
	await (browser as Browser | undefined)?.close();
	await (demo as RunningDemo | undefined)?.clear();
});

beforeEach(async () => {
	editor = new Editor(await user.newPage(), demo.n8nUrl);
	await editor.newWorkflow();
});

afterEach(async () => {
	await finalScreenshot(editor.page, expect.getState().currentTestName);
	await editor.page.close();
});

test('a stranger comes from an empty canvas to the first file without leaving the editor', async () => {
	const begin = Date.now();
	await editor.addFirstStep('llms.txt');
	await editor.chooseNode('LLM Generator');
	const generate = await editor.addAction('Generate an llms.txt file (costs credits)');
	await generate.type('URL', WEBSITE);
	await generate.execute();
	expect(await generate.rows()).toEqual([expect.objectContaining({ url: WEBSITE, status: 'completed' })]);
	await generate.close();

	const download = await editor.addLlmGenerator('Download an llms.txt file');
	const sites = await download.openList('Site');
	await eventually(async () => expect((await sites.choices())[0]).toBe(WEBSITE));
	await sites.choose(WEBSITE);
	await download.execute();
	expect(await download.viewFile()).toMatch(/^# Harbour Coffee\n/);
	// n8n keeps this choice for the nodes that the next tests open.
	await download.show('table');
	console.info(`From “+” to the file, the browser took ${Math.round((Date.now() - begin) / 1000)} s.`);
});

/** The fields of each operation after Resource and Operation; those with a question mark explain themselves. */
const OPERATIONS: Array<{ action: string; operation: string; fields: string[]; subtitle: string }> = [
	{
		action: 'Discover the URLs of a site (may cost credits)',
		operation: 'Discover URLs',
		fields: ['URL', 'Wait for Completion', 'Options'],
		subtitle: 'Discover URLs',
	},
	{ action: 'Get a site', operation: 'Get', fields: ['Site', 'Options'], subtitle: 'Get Site' },
	{
		action: 'Get many sites',
		operation: 'Get Many',
		fields: ['Return All', 'Limit', 'Filters', 'Options'],
		subtitle: 'Get Many Sites',
	},
	{
		action: 'Get the URLs of a site',
		operation: 'Get URLs',
		fields: ['Site', 'Return All', 'Limit', 'Filters', 'Options'],
		subtitle: 'Get URLs of Site',
	},
	{
		action: 'Get the credit packages',
		operation: 'Get Packages',
		fields: ['Options'],
		subtitle: 'Get Packages',
	},
	{
		action: 'Create a billing portal link',
		operation: 'Create Billing Portal Link',
		fields: ['Additional Fields'],
		subtitle: 'Create Billing Portal Link',
	},
	{
		action: 'Create a checkout link for a subscription',
		operation: 'Create Checkout',
		fields: ['Plan', 'Billing Cycle', 'Additional Fields'],
		subtitle: 'Create Subscription Checkout',
	},
	{ action: 'Get the subscription', operation: 'Get', fields: ['Options'], subtitle: 'Get Subscription' },
];

// All in one workflow, because loading the editor takes most of the time.
test('each operation shows its fields only, in a good order, and each explains itself', async () => {
	for (const { action, operation, fields, subtitle } of OPERATIONS) {
		const node = await editor.addLlmGenerator(action);
		await eventually(async () => expect(await node.fields()).toEqual(['Resource', 'Operation', ...fields]));
		expect(await node.value('Operation')).toBe(operation);
		for (const label of fields.filter((field) => !COLLECTIONS.includes(field))) {
			expect(await node.tooltip(label)).toMatch(A_SENTENCE);
		}
		await node.close();

		await eventually(async () => expect(await editor.label(action)).toEqual([action, subtitle]));
	}
});

const COLLECTIONS = ['Options', 'Filters', 'Additional Fields'];

describe('sites', () => {
	test('can be listed, by status', async () => {
		await editor.resize(760);
		const node = await editor.addLlmGenerator('Get many sites');
		await node.add('Filters', 'Status');
		await node.choose('Status', 'Completed');
		await node.execute();

		const rows = await node.rows();
		expect(rows.length).toBeGreaterThan(3);
		expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['completed']));
		await node.widenOutput();
		await screenshot(editor.page, 'sites', node.middle, node.output);
	});

	test('can be searched in the list of the field, newest first, and chosen by ID or by URL', async () => {
		const node = await editor.addLlmGenerator('Get a site');
		const site = await chooseFromList(node);
		await node.execute();
		const [{ id, url }] = await node.rows();
		expect(url).toBe(site);

		await node.choose('Site', 'By ID');
		await node.type('Site', id);
		await node.execute();
		expect(await node.rows()).toEqual([expect.objectContaining({ id, url })]);

		await node.choose('Site', 'By URL');
		expect(await node.placeholder('Site')).toBe('e.g. https://example.com');
		await node.type('Site', url);
		await node.execute();
		expect(await node.rows()).toEqual([expect.objectContaining({ id, url })]);
	});

	test('show their URLs', async () => {
		const node = await editor.addLlmGenerator('Get the URLs of a site');
		await chooseFromList(node);
		await node.type('Limit', '5');
		await node.execute();

		expect(await node.rows()).toHaveLength(5);
	});

	/** Chooses the second site of the list by a part of its address, and returns its address. */
	async function chooseFromList(node: OpenNode): Promise<string> {
		const list = await node.openList('Site');
		await eventually(async () => expect((await list.choices()).length).toBeGreaterThan(1));
		const [, second] = await list.choices();
		await list.search(second.slice('https://'.length + 1));
		await eventually(async () => expect(await list.choices()).toEqual([second]));
		await list.choose(second);
		return second;
	}
});

test('Discover URLs shows the URLs of a website', async () => {
	await editor.resize(760);
	const node = await editor.addLlmGenerator('Discover the URLs of a site (may cost credits)');
	expect(await node.placeholder('URL')).toBe('e.g. https://example.com');
	await node.type('URL', WEBSITE);
	await node.execute();

	const rows = await node.rows();
	expect(rows.length).toBeGreaterThan(5);
	expect(new Set(rows.map(({ url }) => url)).size).toBe(rows.length);
	await node.widenOutput();
	await screenshot(editor.page, 'discover', node.middle, node.output);
});

test('Get Packages shows what can be bought', async () => {
	const node = await editor.addLlmGenerator('Get the credit packages');
	await node.execute();

	expect((await node.rows()).map(({ id }) => id)).toContain('pkg_pro');
});

describe('the subscription', () => {
	test('shows its plan', async () => {
		await editor.resize(760);
		const node = await editor.addLlmGenerator('Get the subscription');
		await node.execute();
		await node.show('schema');
		await screenshot(editor.page, 'subscription', node.middle, node.output);
		await node.show('table');

		expect(Object.keys((await node.rows())[0])).toEqual(['hasSubscription', 'subscription', 'planDetails']);
	});

	test('can be changed in the billing portal', async () => {
		const node = await editor.addLlmGenerator('Create a billing portal link');
		await node.add('Additional Fields', 'Return URL');
		expect(await node.placeholder('Return URL')).toMatch(/^e\.g\. https:/);
		await node.type('Return URL', `${demo.sandboxUrl}/`);
		await node.execute();

		expect(await node.rows()).toEqual([{ url: expect.stringMatching(/^http/) as string }]);
	});

	test('can be bought for a plan of the list', async () => {
		await axios.delete(`${demo.sandboxUrl}/sandbox/subscription`, { proxy: false });
		const node = await editor.addLlmGenerator('Create a checkout link for a subscription');
		await node.choose('Plan', 'Business');
		await node.choose('Billing Cycle', 'Yearly');
		await node.execute();

		expect(Object.keys((await node.rows())[0])).toEqual(expect.arrayContaining(['sessionId', 'url']));
	});
});

test('File Generated fetches the site whose generation ended last', async () => {
	await editor.resize(620);
	const job = { url: WEBSITE, job: { durationMs: 1 } };
	await axios.post(`${demo.sandboxUrl}/sandbox/jobs`, job, { proxy: false });
	const node = await editor.addLlmGenerator('On file generated');
	await eventually(async () =>
		expect(await node.fields()).toEqual(['Poll Times', 'Mode', 'Event', 'Filters']),
	);
	await node.add('Filters', 'Outcomes');
	await node.choose('Outcomes', 'Completed');
	await node.widenOutput();
	await node.execute();

	expect(await node.rows()).toEqual([expect.objectContaining({ url: WEBSITE, status: 'completed' })]);
	await screenshot(editor.page, 'file-generated', node.middle, node.output);
});
