import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import type { Tool } from '@modelcontextprotocol/sdk/types.js';
import axios from 'axios';
import type { SavedCredential } from '../../demo/n8nApi';
import type { Transaction } from '../../sandbox/ledger';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { generation } from '../generations';
import { asAgent, fromAgent, mcpWorkflow, toolStep } from '../mcp';
import { sandboxAccount } from '../steps';
import { eventually } from '../until';
import {
	Assistants,
	callTool,
	matching,
	rows,
	saveToken,
	SECRETS,
	TOKEN,
	toolsByName,
	WRONG_KEY,
} from './assistants';
import { startDemo, type RunningDemo } from './demoProcess';
import { importTemplate } from './template';

const TEMPLATE = 'agent-tools-mcp';
const SERVER = 'LLM Generator MCP Server';
const anyStatus = { proxy: false, validateStatus: () => true } as const;

let demo: RunningDemo;
/** It keeps running when n8n is restarted. */
let sandbox: Sandbox;
let account: SavedCredential;
let token: SavedCredential;
let workflowId: string;
const assistants = new Assistants(() => demo.n8nUrl);
const connect = assistants.connect.bind(assistants);

beforeAll(async () => {
	sandbox = await startSandbox();
	demo = await startDemo();
	account = await demo.api.saveCredential(sandboxAccount('Account of the assistant', sandbox));
	token = await saveToken(demo.api);
	workflowId = await importTemplate(demo.api, TEMPLATE, {
		credentials: { 'n8n-nodes-llmgenerator': account, '@n8n/n8n-nodes-langchain.mcpTrigger': token },
	});
	await demo.api.activate(workflowId);
});

afterEach(async () => {
	await assistants.closeAll();
	sandbox.rateLimit = undefined;
	sandbox.reset({ order: 'newestFirst' });
});

afterAll(async () => {
	// Undefined if it did not start.
	await (demo as RunningDemo | undefined)?.clear();
	await sandbox.close();
});

describe('access', () => {
	test.each([
		['without a token', ''],
		['with a wrong token', 'Bearer guessed'],
		['with the token, but not as Bearer', TOKEN],
	])('is denied %s, and nothing about the account is returned', async (_how, authorization) => {
		await expect(connect(assistants.overHttp(authorization))).rejects.toThrow('Authorization data is wrong!');

		// The same for a client that skips the initialization.
		const call = {
			jsonrpc: '2.0',
			id: 1,
			method: 'tools/call',
			params: { name: 'Get_Credit_Balance', arguments: {} },
		};
		const response = await axios.post<string>(assistants.address, call, {
			...anyStatus,
			headers: authorization ? { authorization } : {},
		});
		expect(response).toMatchObject({ status: 403, data: 'Authorization data is wrong!' });
		expect(sandbox.requests.entries).toEqual([]);
	});

	test('is impossible if no token is chosen', async () => {
		const blank = await importTemplate(demo.api, TEMPLATE, {
			credentials: { 'n8n-nodes-llmgenerator': account },
			fields: { [SERVER]: { path: 'left-blank' } },
		});
		await expect(demo.api.activate(blank)).rejects.toThrow(/400/);
		const response = await axios.post(`${demo.n8nUrl}/mcp/left-blank`, {}, anyStatus);
		expect(response.status).toBe(404);
	});
});

describe('the descriptions for an assistant', () => {
	test('say what the tools are for, that one of them spends credits, and that none can pay', async () => {
		const assistant = await connect();

		expect(assistant.getServerVersion()?.name).toBe('LLM_Generator_MCP_Server');
		const instructions = assistant.getInstructions();
		expect(instructions).toMatch(/LLM Generator account, which generates llms\.txt files/);
		expect(instructions).toMatch(/Only Generate_File spends credits: call it only if the person told you/);
		expect(instructions).toMatch(/no money moves until a person .* pays/);
	});

	test('say for each tool what it does, when to use it, and what it returns', async () => {
		const tools = await toolsByName(await connect());

		expect(Object.keys(tools).sort()).toEqual([
			'Check_Site',
			'Create_Checkout_Link',
			'Generate_File',
			'Get_Credit_Balance',
			'Get_Credit_History',
			'Get_Generation_Status',
			'Get_Sites',
			'Read_File',
		]);
		for (const { description } of Object.values(tools)) {
			expect(description).toMatch(/LLM Generator account/);
			expect(description).toMatch(/Use it (for|when|only if) /);
			expect(description).toMatch(/Returns: /);
		}
		expect(tools.Get_Credit_Balance.description).toMatch(/how many credits are left/);
		expect(tools.Get_Credit_History.description).toMatch(/newest first/);
		expect(tools.Get_Credit_History.description).toMatch(/negative when used/);
		expect(tools.Create_Checkout_Link.description).toMatch(/no money moves until a person .* pays/);
		expect(tools.Create_Checkout_Link.description).toMatch(/priceCents: its price in cents/);
	});

	test('say which tool spends credits, and that a person has to ask for it', async () => {
		const { Generate_File: generate, ...others } = await toolsByName(await connect());

		expect(generate.description).toMatch(/THIS SPENDS CREDITS/);
		expect(generate.description).toMatch(
			/only if the person told you in this conversation .* the cost from Check_Site/,
		);
		for (const [name, { description }] of Object.entries(others)) {
			expect(description).toMatch(
				name === 'Create_Checkout_Link' ? /buys nothing by itself/ : /changes nothing/,
			);
		}
	});

	test('list every parameter with an example or its values, and say which ones are optional', async () => {
		const tools = await toolsByName(await connect());
		const site = described('string', /e\.g\. https:\/\/example\.com/);
		const method = described('string', /simple .*1 credit.* enhanced .*2 credits/, '');
		const parameters: Record<string, [Record<string, unknown>, string[]]> = {
			Get_Credit_Balance: [{}, []],
			Get_Credit_History: [
				{
					limit: described('number', /1 to 100, e\.g\. 50/, 20),
					createdAfter: described('string', /at or after .* e\.g\. 2026-01-01T00:00:00Z/, ''),
					createdBefore: described('string', /before .* e\.g\. 2026-02-01T00:00:00Z/, ''),
					type: described('string', /purchase .* usage .* refund/, ''),
				},
				[],
			],
			Create_Checkout_Link: [{ packageId: described('string', /e\.g\. pkg_pro/) }, ['packageId']],
			Get_Sites: [
				{
					limit: described('number', /1 to 100/, 50),
					status: described('string', /completed .* processing .* pending .* failed/, ''),
				},
				[],
			],
			Check_Site: [{ site, method }, ['site']],
			Read_File: [{ site, fullText: described('boolean', /llms-full\.txt/, false) }, ['site']],
			Generate_File: [
				{ site, method, maxCredits: described('number', /the person agreed to .* Never choose it yourself/) },
				['site', 'maxCredits'],
			],
			Get_Generation_Status: [{ jobId: described('string', /Generate_File returned/) }, ['jobId']],
		};
		for (const [name, [properties, required]] of Object.entries(parameters)) {
			expect({ name, properties: parametersOf(tools[name]) }).toEqual({ name, properties });
			expect(tools[name].inputSchema.required ?? []).toEqual(required);
		}
	});
});

describe('the sites and their files', () => {
	const oneSite = () => sandbox.sites.add(1)[0];

	test('the sites of the account, up to the limit, and by status', async () => {
		const assistant = await connect();
		const [first, second] = sandbox.sites.all('newestFirst');
		sandbox.jobs.start({ url: second.url }, { endless: true });
		sandbox.jobs.fail(sandbox.jobs.start({ url: first.url }), 'The website did not answer');

		const urls = async (args: object) => (await rows(assistant, 'Get_Sites', args)).map(({ url }) => url);
		expect(await urls({ limit: 2 })).toEqual([first.url, second.url]);
		expect(await urls({ status: ' Failed ' })).toEqual([first.url]);
		expect(await rows(assistant, 'Get_Sites')).toHaveLength(Math.min(50, sandbox.sites.all().length));
		sandbox.sites.add(120);
		expect(await urls({ limit: 1_000 })).toHaveLength(100);
	});

	test('a file: its text, and also the one with the text of all pages', async () => {
		const { url } = oneSite();
		sandbox.jobs.finish(sandbox.jobs.start({ url, options: { showFullText: true } }));
		const assistant = await connect();

		const [file] = await rows(assistant, 'Read_File', { site: url });
		const [full] = await rows(assistant, 'Read_File', { site: url, fullText: true });
		expect(file).toMatchObject({ fileName: 'llms.txt', content: matching(/^# .*\n/) });
		expect(full).toMatchObject({ fileName: 'llms-full.txt' });
		expect(Number(full.fileSize)).toBeGreaterThan(Number(file.fileSize));
	});

	test('a file that is too large for a model is not sent to it', async () => {
		sandbox.faults.add({ path: '/file', file: { bytes: 1_000_000 } });
		await expectFailure(
			'Read_File',
			{ site: oneSite().url },
			/larger than 200 kB, which is too much for an AI model/,
		);
	});

	test.each<[string, string, object, RegExp]>([
		[
			'a site that is not there',
			'Read_File',
			{ site: 'nowhere.example' },
			/no site with the address "nowhere\.example"/,
		],
		['no site', 'Read_File', {}, /Required\s.* site/],
		[
			'a job that is not there',
			'Get_Generation_Status',
			{ jobId: 'job-7' },
			/There is no job job-7 in this account/,
		],
		[
			'a job with a path',
			'Get_Generation_Status',
			{ jobId: '../sites' },
			/There is no job \.\.\/sites in this account/,
		],
		['an unknown status', 'Get_Sites', { status: 'good' }, /completed/],
		['a limit of 0', 'Get_Sites', { limit: 0 }, /The limit is 0\. .* whole number from 1/],
	])('%s: a clear message', async (_what, tool, args, words) => {
		await expectFailure(tool, args, words);
	});
});

describe('the balance', () => {
	test('is the balance of the account', async () => {
		const { balance, totalPurchased, totalUsed } = sandbox.ledger;

		const [balanceRow] = await rows(await connect(), 'Get_Credit_Balance');

		expect(balanceRow).toMatchObject({ balance, totalPurchased, totalUsed });
		expect(balanceRow.recentTransactions).toHaveLength(5);
	});

	test('is read again with each call', async () => {
		const assistant = await connect();
		const [before] = await rows(assistant, 'Get_Credit_Balance');
		sandbox.ledger.book({ type: 'usage', amount: -30 });
		const [after] = await rows(assistant, 'Get_Credit_Balance');

		expect(after.balance).toBe(Number(before.balance) - 30);
	});
});

describe('the history', () => {
	const history = async (args: object) => rows(await connect(), 'Get_Credit_History', args);

	test('without parameters: the twenty newest transactions, newest first', async () => {
		expect(await history({})).toEqual(sandbox.ledger.recent(20));
	});

	test('the newest transactions, also if the API lists the oldest first', async () => {
		sandbox.order = 'oldestFirst';
		expect(await history({ limit: 3 })).toEqual(sandbox.ledger.recent(3));
	});

	test.each(['purchase', 'usage', 'refund'] as const)('only type %s, up to the limit', async (type) => {
		const newest = sandbox.ledger.page({ type, limit: 4, offset: 0, order: 'newestFirst' }).transactions;

		expect(await history({ type, limit: 4 })).toEqual(newest);
		expect(await history({ type: ` ${type.toUpperCase()} `, limit: 4 })).toEqual(newest);
	});

	test('a period: its start is included, its end is not', async () => {
		const [before, , , from] = sandbox.ledger.recent(100).slice(40).map(createdAtOf);
		const inPeriod = sandbox.ledger
			.all('newestFirst')
			.filter((row) => createdAtOf(row) >= from && createdAtOf(row) < before);

		expect(inPeriod.length).toBeGreaterThan(0);
		expect(await history({ createdAfter: from, createdBefore: before, limit: 100 })).toEqual(inPeriod);
	});

	test('an empty parameter counts as left out', async () => {
		expect(await history({ type: '', createdAfter: '', createdBefore: '' })).toEqual(
			sandbox.ledger.recent(20),
		);
	});

	test('never more than a hundred transactions, even with a higher limit', async () => {
		expect(await history({ limit: 1_000_000 })).toEqual(sandbox.ledger.recent(100));
	});

	test('no transactions yet: an empty list, and a balance of 0', async () => {
		sandbox.reset({ rows: 0 });
		const assistant = await connect();

		expect(await callTool(assistant, 'Get_Credit_History')).toEqual({ failed: false, text: '[]' });
		expect(await rows(assistant, 'Get_Credit_Balance')).toMatchObject([{ balance: 0 }]);
	});
});

describe('a payment link', () => {
	test('opens the payment page of the package, and nothing is bought before a person pays there', async () => {
		const { balance } = sandbox.ledger;

		const [link] = await rows(await connect(), 'Create_Checkout_Link', { packageId: 'pkg_pro' });

		expect(link.package).toEqual({ id: 'pkg_pro', name: 'Pro Pack', credits: 500, priceCents: 1999 });
		const page = await axios.get<string>(String(link.url), { proxy: false });
		expect(page.data).toContain('Pro Pack');
		expect(sandbox.ledger.balance).toBe(balance);
	});
});

describe('a call that fails returns a clear message, and the next call works', () => {
	test.each<[string, object, RegExp]>([
		[
			'an unknown one: the message lists the packages',
			{ packageId: 'pkg_lost' },
			/pkg_lost\. .* pkg_starter, pkg_pro, pkg_b/,
		],
		['an empty one', { packageId: '' }, /No package is given.* e\.g\. pkg_pro/],
		['none', {}, /Required\s.* packageId/],
		[
			'an expression instead of an ID: it is not run',
			{ packageId: '={{ 1 + 1 }}' },
			/package ={{ 1 \+ 1 }}\./,
		],
	])('package: %s', async (_what, args, words) => {
		await expectFailure('Create_Checkout_Link', args, words);
		expect(sandbox.sessions.size).toBe(0);
	});

	test.each<[string, object, RegExp]>([
		['limit: 0', { limit: 0 }, /The limit is 0\. .* whole number from 1/],
		['limit: below 0', { limit: -5 }, /The limit is -5\. /],
		['limit: half a transaction', { limit: 2.5 }, /The limit is 2\.5\. /],
		['limit: words', { limit: 'all' }, /Expected number, received string\s.* limit/],
		['limit: empty', { limit: '' }, /Expected number, received string\s.* limit/],
		['limit: null', { limit: null }, /Expected number, received null\s.* limit/],
		['date: a word', { createdAfter: 'yesterday' }, /"yesterday", which is not a valid date\. .* 2026-/],
		['date: 30 February', { createdBefore: '2026-02-30' }, /"2026-02-30", which is not a valid date/],
		[
			'dates: the end before the start',
			{ createdAfter: '2026-02-01', createdBefore: '2026-01-01' },
			/Swap the two/,
		],
		[
			'type: an unknown one: the message lists the types',
			{ type: 'sale' },
			/purchase.*(usage.*refund|refund.*usage)/,
		],
	])('%s', async (_what, args, words) => {
		await expectFailure('Get_Credit_History', args, words);
	});

	test('a tool that does not exist, and a call without arguments', async () => {
		const assistant = await connect();

		await expect(assistant.callTool({ name: 'Buy_Everything', arguments: {} })).rejects.toThrow(
			'Tool not found',
		);
		await expect(assistant.callTool({ name: 'Get_Credit_Balance' })).rejects.toThrow(/name and arguments/);
		expect(await rows(assistant, 'Get_Credit_Balance')).toHaveLength(1);
	});

	test('the rate limit is used up: the message says when it works again, and the assistant does not wait', async () => {
		sandbox.rateLimit = { limit: 1, windowMs: 60_000 };
		const assistant = await connect();
		await rows(assistant, 'Get_Credit_Balance');

		for (const [tool, args] of EVERY_TOOL) {
			const text = matching(/It works again at .* minute/);
			expect(await callTool(assistant, tool, args)).toEqual({ failed: true, text });
		}
		sandbox.rateLimit = undefined;
		expect(await rows(assistant, 'Get_Credit_Balance')).toHaveLength(1);
	});

	test('LLM Generator is not working', async () => {
		sandbox.faults.add({ status: 503, times: 4 });
		const assistant = await connect();

		expect(await callTool(assistant, 'Get_Credit_Balance')).toEqual({
			failed: true,
			text: matching(/not working at the moment/),
		});
		expect(await rows(assistant, 'Get_Credit_Balance')).toHaveLength(1);
	});
});

describe('a wrong API key', () => {
	test('is reported by every tool and never shown, not even if the API repeats it', async () => {
		const assistant = await connect();
		await demo.api.saveCredential({ ...account, data: { ...account.data, apiKey: WRONG_KEY } });
		try {
			for (const [tool, args] of EVERY_TOOL) {
				const text = matching(/did not accept the API key: “Invalid API key”\. Check the key/);
				expect(await callTool(assistant, tool, args)).toEqual({ failed: true, text });
			}
			sandbox.faults.add({ echoKey: true });
			for (const [tool, args] of EVERY_TOOL) {
				const text = matching(/did not accept the API key: “Invalid API key .*Bearer \*\*\*/);
				expect(await callTool(assistant, tool, args)).toEqual({ failed: true, text });
			}
		} finally {
			await demo.api.saveCredential(account);
		}
		sandbox.faults.clear();
		expect(await rows(assistant, 'Get_Credit_Balance')).toHaveLength(1);
	});
});

describe('several assistants at the same time', () => {
	test('each gets its own results', async () => {
		const [one, other] = await Promise.all([connect(), connect()]);
		const wanted = Array.from({ length: 6 }, (_, index) => index + 1);

		const [ones, others] = await Promise.all([
			Promise.all(wanted.map(async (limit) => rows(one, 'Get_Credit_History', { limit, type: 'usage' }))),
			Promise.all(
				wanted.map(async (limit) => rows(other, 'Get_Credit_History', { limit, type: 'purchase' })),
			),
		]);

		const newest = (type: 'usage' | 'purchase') =>
			wanted.map(
				(limit) => sandbox.ledger.page({ type, limit, offset: 0, order: 'newestFirst' }).transactions,
			);
		expect(ones).toEqual(newest('usage'));
		expect(others).toEqual(newest('purchase'));
	});

	test('one disconnects, and the other can continue', async () => {
		const leaving = assistants.overHttp();
		const [leaver, other] = await Promise.all([connect(leaving), connect()]);
		await leaving.terminateSession();
		await leaver.close();

		expect(await rows(other, 'Get_Credit_Balance')).toHaveLength(1);
	});

	test('an assistant can use the older SSE transport', async () => {
		const assistant = await connect(
			new SSEClientTransport(new URL(assistants.address), {
				requestInit: { headers: { authorization: `Bearer ${TOKEN}` } },
			}),
		);

		expect(Object.keys(await toolsByName(assistant))).toHaveLength(8);
		expect(await rows(assistant, 'Get_Credit_History', { limit: 2 })).toEqual(sandbox.ledger.recent(2));
		expect((await callTool(assistant, 'Get_Credit_History', { limit: 0 })).failed).toBe(true);
	});
});

describe("n8n's list of executions", () => {
	test('shows every call with its arguments; all calls have ended, and none shows a secret', async () => {
		const assistant = await connect();
		await rows(assistant, 'Get_Credit_History', { limit: 1 });
		await callTool(assistant, 'Create_Checkout_Link', { packageId: 'pkg_not_there' });
		const calls = [
			{ toolName: 'Get_Credit_History', arguments: { limit: 1 }, sourceNodeName: 'Get Credit History' },
			{
				toolName: 'Create_Checkout_Link',
				arguments: { packageId: 'pkg_not_there' },
				sourceNodeName: 'Create Checkout Link',
			},
		];

		// n8n lists a call after it has responded to it.
		const executions = await eventually(async () => {
			// This waits until each execution has ended.
			const ended = await demo.api.executionsOf(workflowId);
			expect(ended.slice(-2).map(({ nodes }) => nodes[SERVER].items[0].json.mcpToolCall)).toEqual(calls);
			return ended;
		});

		expect(executions.filter(({ status }) => status !== 'success')).toEqual([]);
		for (const secret of SECRETS) expect(JSON.stringify(executions)).not.toContain(secret);
	});
});

test('a generation returns the file, or in time what to do instead, and each call is a new one', async () => {
	const generate = { ...generation(), url: fromAgent('url') };
	const getStatus = { resource: 'file', operation: 'getStatus', jobId: fromAgent('jobId') };
	const tools = mcpWorkflow('generate', [
		toolStep('Generate', generate, account),
		toolStep('Get Generation Status', getStatus, account),
	]);
	await demo.api.activate(await demo.api.importWorkflow(tools));
	const jobOf = (url: string) => sandbox.jobs.list({ url })[0];
	sandbox.faults.add({ method: 'POST', path: '/generate', url: 'slow', job: { endless: true } });
	sandbox.generation.durationMs = 300;

	await asAgent(demo.n8nUrl, 'generate', async (assistant) => {
		// The assistant gives up after a minute.
		const slow = callTool(assistant, 'Generate', { url: 'https://slow.example' });
		for (let i = 0; i < 2; i++) {
			const ready = matching(/"status":"completed".*"fileUrl":"http/);
			const result = await callTool(assistant, 'Generate', { url: 'https://quick.example' });
			expect(result).toEqual({ failed: false, text: ready });
		}
		expect(sandbox.jobs.list({ url: 'https://quick.example' })).toHaveLength(2);

		const { id } = jobOf('https://slow.example');
		const advice = matching(
			new RegExp(`still working on it.* Do not start it again.* Get Generation Status with job ${id}`),
		);
		expect(await slow).toEqual({ failed: true, text: advice });
		sandbox.jobs.finish(jobOf('https://slow.example'));
		expect(await callTool(assistant, 'Get_Generation_Status', { jobId: id })).toEqual({
			failed: false,
			text: matching(/"status":"completed"/),
		});
		expect(sandbox.jobs.list({ startedBy: 'api' })).toHaveLength(3);
	});
}, 240_000);

test('after a restart of n8n, the assistant connects again and continues', async () => {
	await demo.stop();
	demo = await startDemo({ home: demo.home });

	// n8n activates its workflows some time after it responds.
	const assistant = await eventually(async () => connect());

	expect(await rows(assistant, 'Get_Credit_History', { limit: 2 })).toEqual(sandbox.ledger.recent(2));
}, 240_000);

/** Those that are one step; agentGeneration.test.ts tests the other two. */
const EVERY_TOOL: Array<[string, object]> = [
	['Get_Credit_Balance', {}],
	['Get_Credit_History', {}],
	['Create_Checkout_Link', { packageId: 'pkg_pro' }],
	['Get_Sites', {}],
	['Read_File', { site: 'https://example.com' }],
	['Get_Generation_Status', { jobId: 'any' }],
];

/** Checks that a tool fails with this message and without a stack, and that the same assistant can continue. */
async function expectFailure(tool: string, args: object, words: RegExp): Promise<void> {
	const assistant = await connect();
	const failure = await callTool(assistant, tool, args);
	expect(failure).toEqual({ failed: true, text: matching(words) });
	expect(failure.text).not.toMatch(/^\s+at |node_modules|\.js:\d/m);
	expect(await rows(assistant, 'Get_Credit_Balance')).toHaveLength(1);
}

function parametersOf({ inputSchema }: Tool): object {
	return inputSchema.properties ?? {};
}

function described(type: string, description: RegExp, byDefault?: unknown): object {
	return {
		type,
		description: matching(description),
		...(byDefault !== undefined && { default: byDefault }),
	};
}

function createdAtOf({ createdAt }: Transaction): string {
	return createdAt;
}
