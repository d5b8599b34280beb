import axios from 'axios';
import type { INodeParameters } from 'n8n-workflow';
import type { Execution, SavedCredential } from '../../demo/n8nApi';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { subscriptionTo, type BillingCycle } from '../../sandbox/subscription/subscription';
import { setBalance } from '../balance';
import { listPackages } from '../packages';
import { sandboxAccount } from '../steps';
import { takeWorkflowPictures } from './browser/workflowPictures';
import { startDemo, type RunningDemo } from './demoProcess';
import { oneStepWorkflow } from './oneStep';
import { executionsAfterPoll } from './pollOnce';
import { startHttpsProxy, type HttpsProxy } from './mocks/httpsProxy';
import { mockSlack, type SlackMock } from './mocks/slack';
import { importTemplate } from './template';

const TRIGGER = 'When Credits Run Low';
const SLACK = 'n8n-nodes-base.slack';

let proxy: HttpsProxy;
let slack: SlackMock;
let sandbox: Sandbox;
let demo: RunningDemo;
let slackCredential: SavedCredential;
let credential: SavedCredential;

beforeAll(async () => {
	proxy = await startHttpsProxy();
	slack = await mockSlack(proxy);
	sandbox = await startSandbox();
	demo = await startDemo({ env: proxy.env });
	slackCredential = await demo.api.saveCredential(slack.credential);
	credential = await demo.api.saveCredential(sandboxAccount('Account that runs low', sandbox));
});
afterAll(async () => {
	// Undefined if it did not start.
	await (demo as RunningDemo | undefined)?.clear();
	await sandbox.close();
	await proxy.close();
});

beforeEach(() => {
	slack.messages.length = 0;
	sandbox.faults.clear();
	sandbox.subscription = null;
	setBalance(sandbox.ledger, 80);
});
afterEach(() => {
	expect(proxy.unexpected).toEqual([]);
});

test('a low balance is reported once, with a button to the payment page, and again after a top-up and another drop', async () => {
	const id = await importAlert();
	await poll(id, 1);
	expect(slack.messages).toEqual([
		{
			channel: '#credits',
			notification: 'Only 80 LLM Generator credits are left. This alert comes below 100.',
			lines: ['Only 80 LLM Generator credits are left.', 'This alert comes below 100.'],
			buttons: [
				{
					label: 'Top up with Pro Pack',
					url: expect.stringMatching(new RegExp(`^${sandbox.origin}/pay/`)) as string,
				},
			],
		},
	]);
	await poll(id, 1);

	const [{ url }] = slack.messages[0].buttons;
	const page = await axios.get<string>(String(url), { proxy: false });
	expect(page.data).toMatch(/Pro Pack/);
	await axios.post(String(url), undefined, { proxy: false });
	expect(sandbox.ledger.balance).toBe(580);
	await poll(id, 1);

	setBalance(sandbox.ledger, 99);
	await poll(id, 2);
	expect(slack.messages).toHaveLength(2);
	expect(slack.messages[1].lines[0]).toBe('Only 99 LLM Generator credits are left.');
	expect(slack.messages[1].buttons[0].url).not.toBe(url);
});

test('there is no alert while there are enough credits', async () => {
	setBalance(sandbox.ledger, 100);
	const id = await importAlert();
	await poll(id, 0);

	setBalance(sandbox.ledger, 99);
	await poll(id, 1);
	expect(slack.messages.map(({ lines }) => lines[0])).toEqual(['Only 99 LLM Generator credits are left.']);
});

describe('if no payment link can be created, the alert is still posted and says why', () => {
	test.each([
		['the package is no longer sold', { package: 'pkg_gone' }, /“There is no package pkg_gone\./],
		['LLM Generator creates no links at the moment', { fault: { status: 503 } }, /not working at the moment/],
		[
			'it sends something that is not a link',
			{ fault: { rawBody: '<html>"Maintenance"</html>' } },
			/web page/,
		],
	])('%s', async (_what, { package: packageId, fault }: Failing, why) => {
		if (fault) sandbox.faults.add({ path: '/credits/checkout', ...fault });
		const id = await importAlert(packageId ? { 'Create Checkout': { packageId: fromList(packageId) } } : {});
		await poll(id, 1);

		const [message] = slack.messages;
		expect(message.lines).toEqual([
			'Only 80 LLM Generator credits are left.',
			'This alert comes below 100.',
			'There is no top-up button this time. You can buy credits in your LLM Generator dashboard.',
			expect.stringMatching(why) as string,
		]);
		expect(message.buttons).toEqual([]);
	});
});

describe('if the account has a plan, the alert says when credits come again', () => {
	const alert = ['Only 80 LLM Generator credits are left.', 'This alert comes below 100.'];
	const inTenDays = new Date(Date.now() + 10 * 86_400_000).toISOString();
	/** n8n's default time zone. */
	const day = new Date(inTenDays).toLocaleDateString('en-GB', {
		timeZone: 'America/New_York',
		day: 'numeric',
		month: 'long',
	});

	test.each<[string, string, object, string[]]>([
		['their number and the day', 'monthly', {}, [`3,000 credits come with your plan on ${day}.`]],
		[
			'a plan whose credits are not known',
			'monthly',
			{ set: { planDetails: null } },
			[`More credits come with your plan on ${day}.`],
		],
		['a plan with yearly billing: nobody knows the day', 'yearly', {}, []],
		['the plan cannot be read', 'monthly', { rawBody: '<html>"Maintenance"</html>' }, []],
		['the server is not working', 'monthly', { status: 503 }, []],
		['the server does not respond', 'monthly', { stall: 'headers' }, []],
	])('%s', async (_what, billingCycle, fault, plan) => {
		sandbox.subscription = {
			...subscriptionTo('professional', billingCycle as BillingCycle, Date.now()),
			currentPeriodEnd: inTenDays,
		};
		sandbox.faults.add({ path: '/subscriptions', ...fault });
		await poll(await importAlert(), 1);

		expect(slack.messages.map(({ lines }) => lines)).toEqual([[...alert, ...plan]]);
		expect(slack.messages[0].buttons).toHaveLength(1);
	});
});

test('Slack does not respond at first: the alert is posted a little later, once', async () => {
	slack.rejectNext(503, 429);
	const id = await importAlert();
	const [execution] = await poll(id, 1);
	expect(execution.status).toBe('success');
	expect(slack.messages).toHaveLength(1);
});

test('an alert that Slack did not accept is listed as failed, and is sent again with the next reminder', async () => {
	const tenSeconds = { remindEveryHours: 10 / 3600 };
	const id = await importAlert({ [TRIGGER]: { options: tenSeconds } });
	const { channels } = slack;
	slack.channels = [];
	const [execution] = await poll(id, 1);
	expect(execution.status).toBe('error');
	expect(execution.error?.message).toMatch(/channel_not_found/);

	slack.channels = channels;
	await poll(id, 2);
	expect(slack.messages).toHaveLength(1);
});

test('pictures of the workflow', async () => {
	const workflowId = await importAlert();
	const [{ id: executionId }] = await poll(workflowId, 1);
	await takeWorkflowPictures(demo, { template: 'low-balance-slack', workflowId, executionId });
});

test('the proxy stops every other request to the internet', async () => {
	const workflow = oneStepWorkflow({}, credential);
	const [start, step] = workflow.nodes;
	const request = {
		...step,
		type: 'n8n-nodes-base.httpRequest',
		typeVersion: 4.2,
		parameters: { url: 'https://example.com/' },
		credentials: {},
	};
	const { status } = await demo.api.runWorkflow(
		await demo.api.importWorkflow({ ...workflow, nodes: [start, request] }),
	);
	expect(status).toBe('error');
	expect(proxy.unexpected.splice(0)).toEqual(['GET example.com/']);
});

interface Failing {
	package?: string;
	fault?: { status?: number; rawBody?: string };
}

const fromList = (value: string) => ({ __rl: true, mode: 'list', value });

/** Imports the template and fills in its empty fields, chosen from the lists that n8n shows. */
async function importAlert(fields: Record<string, INodeParameters> = {}): Promise<string> {
	const packages = await listPackages(demo.api, credential);
	const channels = await demo.api.listSearch({
		node: { type: SLACK, version: 2.4 },
		credential: slackCredential,
		parameter: 'channelId',
		method: 'getChannels',
		parameters: { authentication: 'accessToken', resource: 'message', operation: 'post', select: 'channel' },
	});
	const choose = (list: typeof packages, name: RegExp) =>
		fromList(list.results.find((one) => name.test(one.name))?.value ?? 'C404');
	return importTemplate(demo.api, 'low-balance-slack', {
		credentials: { 'n8n-nodes-llmgenerator': credential, [SLACK]: slackCredential },
		fields: {
			'Create Checkout': { packageId: choose(packages, /^Pro Pack/) },
			'Post to Slack': { channelId: choose(channels, /^credits$/) },
			...fields,
		},
	});
}

/** Makes the trigger poll once, and returns its executions so far: exactly this many. */
async function poll(workflowId: string, executions: number): Promise<Execution[]> {
	const path = '/credits/balance/api';
	return executionsAfterPoll({ api: demo.api, sandbox, workflowId, trigger: TRIGGER, path }, executions);
}
