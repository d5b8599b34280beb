import axios from 'axios';
import type { Browser, BrowserContext } from 'playwright-core';
import type { Owner } from '../../demo/n8nApi';
import { eventually } from '../until';
import { launchBrowser, newUser } from './browser/browser';
import { Editor } from './browser/editor';
import { finalScreenshot, screenshot } from './browser/screenshots';
import { takeWorkflowPictures } from './browser/workflowPictures';
import { startDemo, type RunningDemo } from './demoProcess';

const A_SENTENCE = /\w+ \w+ \w+/;
const COLUMNS = ['id', 'type', 'amount', 'description', 'siteId', 'createdAt'];
const TOUR = ['Get Balance', 'Get Credit History', 'Create Checkout'];

let demo: RunningDemo & Owner;
let browser: Browser;
/** The browser of a user who is logged in. */
let user: BrowserContext;
let editor: Editor;

beforeAll(async () => {
	demo = (await startDemo()) as RunningDemo & Owner;
	browser = await launchBrowser();
	user = await newUser(browser);
	await new Editor(await user.newPage(), demo.n8nUrl).logIn(demo);
});

afterAll(async () => {
	// Undefined if they did not start.
	await (browser as Browser | undefined)?.close();
	await (demo as RunningDemo | undefined)?.clear();
});

beforeEach(async () => {
	editor = new Editor(await user.newPage(), demo.n8nUrl);
});

afterEach(async () => {
	await finalScreenshot(editor.page, expect.getState().currentTestName);
	await editor.page.close();
});

test('after the login at the printed address, the quick tour is open', async () => {
	const newcomer = await newUser(browser);
	const visit = new Editor(await newcomer.newPage(), demo.n8nUrl);

	await visit.logIn(demo, `${demo.n8nUrl}/workflow/${demo.workflowId}`);
	for (const node of TOUR) expect(await visit.label(node)).toContain(node);
	await newcomer.close();
});

describe('the quick tour', () => {
	beforeEach(async () => {
		await editor.resize(940);
		await editor.openWorkflow(demo.workflowId);
	});

	test('one click runs it successfully, and a double click shows the output of a node', async () => {
		await editor.executeWorkflow();
		for (const node of TOUR) await eventually(async () => expect(await editor.hasSucceeded(node)).toBe(true));
		await editor.fit();
		await screenshot(editor.page, 'quick-tour');

		const balance = await editor.open('Get Balance');
		expect(Object.keys((await balance.rows())[0])).toEqual(
			expect.arrayContaining(['balance', 'totalPurchased', 'totalUsed']),
		);
		await balance.close();

		const history = await editor.open('Get Credit History');
		const rows = await history.rows();
		expect(new Set(rows.map(({ id }) => id)).size).toBe(10);
		expect(Object.keys(rows[0])).toEqual(expect.arrayContaining(COLUMNS));
	});

	test('has one icon for the light theme and one for the dark theme', async () => {
		const iconIn = async (colorScheme: 'light' | 'dark') => {
			await editor.page.emulateMedia({ colorScheme });
			await editor.openWorkflow(demo.workflowId);
			await eventually(async () => expect((await editor.icon('Get Balance')).width).toBeGreaterThan(0));
			return (await editor.icon('Get Balance')).address;
		};

		expect(await iconIn('light')).toMatch(/llmGenerator\.svg$/);
		expect(await iconIn('dark')).toMatch(/llmGenerator\.dark\.svg$/);

		await editor.executeWorkflow();
		for (const node of TOUR) await eventually(async () => expect(await editor.hasSucceeded(node)).toBe(true));
		await editor.fit();
		await screenshot(editor.page, 'quick-tour.dark');
	});

	test('pictures of the workflow', async () => {
		const { workflowId } = demo;
		const { id: executionId } = await demo.api.runWorkflow(workflowId);
		await takeWorkflowPictures(demo, { template: 'quick-tour', workflowId, executionId });
	});
});

describe('the nodes panel', () => {
	beforeEach(async () => editor.newWorkflow());

	test('finds the node by a part of its name, and lists its actions', async () => {
		await editor.searchNodes('llm');
		await eventually(async () => expect((await editor.listedNodes())[0]).toBe('LLM Generator'));

		await editor.chooseNode('LLM Generator');
		await editor.expand('Actions');
		await editor.resize(1300);
		await eventually(async () =>
			expect(await editor.listedNodes()).toEqual([
				'On file generated',
				'On low balance',
				'On new credit transaction',
				'Create a checkout link for credits',
				'Get the credit balance',
				'Get the credit history',
				'Get the credit packages',
				'Download an llms.txt file',
				'Generate an llms.txt file (costs credits)',
				'Get the status of a generation',
				'Discover the URLs of a site (may cost credits)',
				'Get a site',
				'Get many sites',
				'Get the URLs of a site',
				'Create a billing portal link',
				'Create a checkout link for a subscription',
				'Get the subscription',
			]),
		);
		await screenshot(editor.page, 'actions', editor.panel);
	});

	test('finds the node by its purpose', async () => {
		for (const words of ['credits', 'llms.txt', 'stripe', 'generate', 'website']) {
			await editor.searchNodes('something else');
			await eventually(async () => expect(await editor.listedNodes()).not.toContain('LLM Generator'));
			await editor.searchNodes(words);
			await eventually(async () => expect(await editor.listedNodes()).toContain('LLM Generator'));
		}
	});
});

describe('Get Balance', () => {
	test('has no required fields', async () => {
		await editor.newWorkflow();
		const node = await editor.addLlmGenerator('Get the credit balance');
		await eventually(async () => expect(await node.fields()).toEqual(['Resource', 'Operation', 'Options']));
		await eventually(async () => expect(await node.value('Operation')).toBe('Get Balance'));
		expect(await node.choices('Operation')).toEqual(
			expect.arrayContaining(['Create Checkout', 'Get Balance', 'Get Credit History']),
		);
		await node.close();

		await eventually(async () =>
			expect(await editor.label('Get the credit balance')).toEqual(['Get the credit balance', 'Get Balance']),
		);
	});
});

describe('Get Credit History', () => {
	beforeEach(async () => editor.newWorkflow());

	test('has a limit, unless Return All is on', async () => {
		const node = await editor.addLlmGenerator('Get the credit history');
		await eventually(async () =>
			expect(await node.fields()).toEqual([
				'Resource',
				'Operation',
				'Return All',
				'Limit',
				'Filters',
				'Options',
			]),
		);
		await eventually(async () => expect(await node.value('Limit')).toBe('50'));
		for (const label of ['Return All', 'Limit']) expect(await node.tooltip(label)).toMatch(A_SENTENCE);

		await node.switchOn('Return All');
		await eventually(async () => expect(await node.fields()).not.toContain('Limit'));
	});

	test('filters and sorts, and shows the rows', async () => {
		await editor.resize(760);
		const node = await editor.addLlmGenerator('Get the credit history');
		await node.switchOn('Return All');
		await node.add('Filters', 'Type');
		await node.choose('Type', 'Purchase');
		await node.add('Options', 'Sort');
		await node.choose('Sort', 'Newest First');
		await node.execute();

		const rows = await node.rows();
		expect(new Set(rows.map(({ type }) => type))).toEqual(new Set(['purchase']));
		const times = rows.map(({ createdAt }) => createdAt);
		expect(times).toEqual([...times].sort().reverse());
		await node.widenOutput();
		await screenshot(editor.page, 'operations', node.middle, node.output);
	});

	test('shows its output fields to the next node before the first run', async () => {
		const node = await editor.addLlmGenerator('Get the credit history');
		await node.close();
		await editor.searchNodes('edit fields');
		const next = await editor.add('Edit Fields (Set)');

		await eventually(async () => expect(await next.inputFields()).toEqual(expect.arrayContaining(COLUMNS)));
	});
});

describe('Generate', () => {
	test('asks for the URL first, and says that it costs credits', async () => {
		await editor.newWorkflow();
		const node = await editor.addLlmGenerator('Generate an llms.txt file (costs credits)');
		await eventually(async () =>
			expect(await node.fields()).toEqual([
				'Resource',
				'Operation',
				'URL',
				'Generation Method',
				'Wait for Completion',
				'Options',
			]),
		);
		expect(await node.placeholder('URL')).toBe('e.g. https://example.com');
		expect(await node.value('Generation Method')).toBe('Simple');
		for (const label of ['URL', 'Generation Method', 'Wait for Completion']) {
			expect(await node.tooltip(label)).toMatch(A_SENTENCE);
		}
		for (const option of ['Max URLs', 'Reuse Within (Hours)']) {
			await node.add('Options', option);
			expect(await node.tooltip(option)).toMatch(/credits|cost/);
		}
		await screenshot(editor.page, 'generate-fields');
	});
});

describe('Create Checkout', () => {
	beforeEach(async () => editor.newWorkflow());
	afterEach(async () => axios.delete(`${demo.sandboxUrl}/sandbox/faults`, { proxy: false }));

	test('lists the packages of the account, and the customer returns to the Success URL', async () => {
		await editor.resize(620);
		const node = await editor.addLlmGenerator('Create a checkout link for credits');
		await eventually(async () =>
			expect(await node.fields()).toEqual(['Resource', 'Operation', 'Package', 'Additional Fields']),
		);
		expect(await node.tooltip('Package')).toMatch(A_SENTENCE);

		const packages = await node.openList('Package');
		await eventually(async () => expect(await packages.choices()).toHaveLength(3));
		await screenshot(editor.page, 'package-list', node.middle);
		await packages.search('pro');
		await eventually(async () =>
			expect(await packages.choices()).toEqual([expect.stringMatching(/^Pro Pack/)]),
		);
		await packages.choose((await packages.choices())[0]);
		await eventually(async () => expect(await node.value('Package')).toMatch(/^Pro Pack/));

		await node.add('Additional Fields', 'Success URL');
		expect(await node.placeholder('Success URL')).toMatch(/^e\.g\. https:/);
		expect(await node.tooltip('Success URL')).toMatch(/CHECKOUT_SESSION_ID/);
		await node.type('Success URL', `${demo.sandboxUrl}/paid?from=n8n&session_id={CHECKOUT_SESSION_ID}`);
		await node.execute();
		const [{ sessionId, url }] = await node.rows();

		await editor.page.goto(url);
		await editor.page.getByRole('button', { name: 'Pay' }).click();
		await editor.page.getByText('500 credits were added').waitFor();
		expect(editor.page.url()).toBe(`${demo.sandboxUrl}/paid?from=n8n&session_id=${sessionId}`);
	});

	test('works by ID if the list cannot be loaded', async () => {
		const outage = { path: '/credits/packages', status: 403 };
		await axios.post(`${demo.sandboxUrl}/sandbox/faults`, outage, { proxy: false });
		const node = await editor.addLlmGenerator('Create a checkout link for credits');
		const packages = await node.openList('Package');
		expect(await packages.errorMessage()).toMatch(/choose "By ID"/);

		await node.choose('Package', 'By ID');
		expect(await node.placeholder('Package')).toBe('e.g. pkg_pro');
		await node.type('Package', 'pkg_starter');
		await node.execute();
		expect(await node.rows()).toHaveLength(1);
	});

	test('shows in the editor which package does not exist', async () => {
		const node = await editor.addLlmGenerator('Create a checkout link for credits');
		await node.choose('Package', 'By ID');
		await node.type('Package', 'pkg_unheard_of');
		await node.execute();

		expect(await node.errorMessage()).toMatch(/pkg_unheard_of.*Check the package ID/s);
	});
});

describe('the trigger', () => {
	beforeEach(async () => editor.newWorkflow());

	test('New Credit Transaction fetches a sample of the chosen types', async () => {
		const newest = { type: 'purchase', amount: 100 };
		await axios.post(`${demo.sandboxUrl}/sandbox/transactions`, newest, { proxy: false });
		await editor.resize(620);
		const node = await editor.addLlmGenerator('On new credit transaction');
		await eventually(async () =>
			expect(await node.fields()).toEqual(['Poll Times', 'Mode', 'Event', 'Filters']),
		);
		await node.add('Filters', 'Types');
		await node.choose('Types', 'Usage');
		await node.widenOutput();
		await node.execute();

		expect(await node.rows()).toEqual([expect.objectContaining({ type: 'usage' })]);
		await screenshot(editor.page, 'trigger', node.middle, node.output);
	});

	test('Low Balance fetches a sample with its own threshold', async () => {
		const node = await editor.addLlmGenerator('On low balance');
		await eventually(async () =>
			expect(await node.fields()).toEqual(['Poll Times', 'Mode', 'Event', 'Threshold', 'Options']),
		);
		expect(await node.tooltip('Threshold')).toMatch(A_SENTENCE);
		await node.type('Threshold', '2500');
		await node.execute();

		expect(await node.rows()).toEqual([expect.objectContaining({ threshold: '2500' })]);
	});
});

// The last test, because n8n gives new nodes the latest credential.
describe('the credential', () => {
	test('is refused with a wrong key and a message that says what to do, and accepted with the right key', async () => {
		await editor.resize(750);
		await editor.newWorkflow();
		const node = await editor.addLlmGenerator('Get the credit balance');
		const window = await node.createCredential();
		expect(await window.placeholder('API Key')).toMatch(/^e\.g\. /);

		await window.type('API Key', 'llmgen_wrong');
		await window.type('Base URL', demo.credential.data.baseUrl as string);
		await window.save();
		expect(await window.testResult()).toEqual({
			colour: 'red',
			text: expect.stringMatching(/did not accept this API key/) as string,
		});

		await window.type('API Key', demo.credential.data.apiKey as string);
		await window.save();
		await window.closed();
		await eventually(async () => expect(await node.credential()).toMatch(/^LLM Generator account/));

		const again = await node.openCredential();
		expect(await again.testResult()).toMatchObject({ colour: 'green' });
		// The picture shows the default address.
		await again.type('Base URL', 'https://api.llmgenerator.com/api/v1');
		await screenshot(editor.page, 'credential', again.window);
	});
});
