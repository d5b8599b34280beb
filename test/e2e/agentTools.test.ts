import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CallToolResultSchema, type Tool } from '@modelcontextprotocol/sdk/types.js';
import axios from 'axios';
import type { SavedCredential } from '../../demo/n8nApi';
import type { Transaction } from '../../sandbox/ledger';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { generation } from '../generations';
import { asAgent, fromAgent, mcpWorkflow, toolStep, type ToolResult } from '../mcp';
import { sandboxAccount } from '../steps';
import { eventually } from '../until';
import { startDemo, type RunningDemo } from './demoProcess';
import { importTemplate } from './template';

const TEMPLATE = 'agent-tools-mcp';
const SERVER = 'LLM Generator MCP Server';
const TOKEN = 'a-token-that-nobody-can-guess-0123456789';
const API_KEY = 'llmgen_sandbox_key';
const WRONG_KEY = 'llmgen_wrong_key_of_somebody';
/** No response may contain these. */
const SECRETS = [TOKEN, API_KEY, WRONG_KEY];
const anyStatus = { proxy: false, validateStatus: () => true } as const;

let demo: RunningDemo;
/** It keeps running when n8n is restarted. */
let sandbox: Sandbox;
let account: SavedCredential;
let token: SavedCredential;
let workflowId: string;
const assistants: Client[] = [];

beforeAll(async () => {
	sandbox = await startSandbox();
	demo = await startDemo();
	account = await demo.api.saveCredential(sandboxAccount('Account of the assistant', sandbox));
	token = await demo.api.saveCredential({
		name: 'Token of the assistant',
		type: 'httpBearerAuth',
		data: { token: TOKEN },
	});
	workflowId = await importTemplate(demo.api, TEMPLATE, {
		credentials: { 'n8n-nodes-llmgenerator': account, '@n8n/n8n-nodes-langchain': token },
	});
	await demo.api.activate(workflowId);
});

afterEach(async () => {
	await Promise.all(assistants.splice(0).map(async (assistant) => assistant.close()));
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
		await expect(connect(overHttp(authorization))).rejects.toThrow('Authorization data is wrong!');

		// The same for a client that skips the initialization.
		const call = {
			jsonrpc: '2.0',
			id: 1,
			method: 'tools/call',
			params: { name: 'Get_Credit_Balance', arguments: {} },
		};
		const response = await axios.post<string>(address(), call, {
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
	test('say what the tools are for, and that they cannot pay', async () => {
		const assistant = await connect();

		expect(assistant.getServerVersion()?.name).toBe('LLM_Generator_MCP_Server');
		expect(assistant.getInstructions()).toMatch(/credits .* LLM Generator/);
		expect(assistant.getInstructions()).toMatch(/no money moves until a person .* pays/);
	});

	test('say for each of the three tools what it does, when to use it, and what it returns', async () => {
		const tools = await toolsByName(await connect());

		expect(Object.keys(tools).sort()).toEqual([
			'Create_Checkout_Link',
			'Get_Credit_Balance',
			'Get_Credit_History',
		]);
		for (const { description } of Object.values(tools)) {
			expect(description).toMatch(/LLM Generator account/);
			expect(description).toMatch(/Use it (for|when) /);
			expect(description).toMatch(/Returns: /);
		}
		expect(tools.Get_Credit_Balance.description).toMatch(/how many credits are left/);
		expect(tools.Get_Credit_Balance.description).toMatch(/changes nothing/);
		expect(tools.Get_Credit_History.description).toMatch(/newest first/);
		expect(tools.Get_Credit_History.description).toMatch(/negative when used/);
		expect(tools.Create_Checkout_Link.description).toMatch(/no money moves until a person .* pays/);
		expect(tools.Create_Checkout_Link.description).toMatch(/priceCents: its price in cents/);
	});

	test('list every parameter with an example or its values, and say which ones are optional', async () => {
		const tools = await toolsByName(await connect());
		const {
			Get_Credit_Balance: balance,
			Get_Credit_History: history,
			Create_Checkout_Link: checkout,
		} = tools;

		expect(parametersOf(balance)).toEqual({});
		expect(parametersOf(history)).toEqual({
			limit: described('number', /1 to 100, e\.g\. 50/, 20),
			createdAfter: described('string', /at or after .* e\.g\. 2026-01-01T00:00:00Z/, ''),
			createdBefore: described('string', /before .* e\.g\. 2026-02-01T00:00:00Z/, ''),
			type: described('string', /purchase .* usage .* refund/, ''),
		});
		expect(history.inputSchema.required ?? []).toEqual([]);
		expect(parametersOf(checkout)).toEqual({ packageId: described('string', /e\.g\. pkg_pro/) });
		expect(checkout.inputSchema.required).toEqual(['packageId']);
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
		const leaving = overHttp();
		const [leaver, other] = await Promise.all([connect(leaving), connect()]);
		await leaving.terminateSession();
		await leaver.close();

		expect(await rows(other, 'Get_Credit_Balance')).toHaveLength(1);
	});

	test('an assistant can use the older SSE transport', async () => {
		const assistant = await connect(
			new SSEClientTransport(new URL(address()), {
				requestInit: { headers: { authorization: `Bearer ${TOKEN}` } },
			}),
		);

		expect(Object.keys(await toolsByName(assistant))).toHaveLength(3);
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
}, 120_000);

test('after a restart of n8n, the assistant connects again and continues', async () => {
	await demo.stop();
	demo = await startDemo({ home: demo.home });

	// n8n activates its workflows some time after it responds.
	const assistant = await eventually(async () => connect());

	expect(await rows(assistant, 'Get_Credit_History', { limit: 2 })).toEqual(sandbox.ledger.recent(2));
}, 240_000);

const EVERY_TOOL: Array<[string, object]> = [
	['Get_Credit_Balance', {}],
	['Get_Credit_History', {}],
	['Create_Checkout_Link', { packageId: 'pkg_pro' }],
];

/** Calls a tool as a model does, and checks that the result contains no secret. */
async function callTool(assistant: Client, tool: string, args: object = {}): Promise<ToolResult> {
	const result = await assistant.callTool({ name: tool, arguments: { ...args } });
	for (const secret of SECRETS) expect(JSON.stringify(result)).not.toContain(secret);
	const { content, isError = false } = CallToolResultSchema.parse(result);
	expect(content).toEqual([{ type: 'text', text: expect.any(String) as string }]);
	return { failed: isError, text: content[0].type === 'text' ? content[0].text : '' };
}

/** Checks that a tool fails with this message and without a stack, and that the same assistant can continue. */
async function expectFailure(tool: string, args: object, words: RegExp): Promise<void> {
	const assistant = await connect();
	const failure = await callTool(assistant, tool, args);
	expect(failure).toEqual({ failed: true, text: matching(words) });
	expect(failure.text).not.toMatch(/^\s+at |node_modules|\.js:\d/m);
	expect(await rows(assistant, 'Get_Credit_Balance')).toHaveLength(1);
}

/** The rows that a successful call returns. */
async function rows(assistant: Client, tool: string, args?: object): Promise<Array<Record<string, unknown>>> {
	const { failed, text } = await callTool(assistant, tool, args);
	expect({ failed, text }).toMatchObject({ failed: false });
	return JSON.parse(text) as Array<Record<string, unknown>>;
}

/** A connected assistant; it is closed after the test. */
async function connect(transport: Transport = overHttp()): Promise<Client> {
	const assistant = new Client({ name: 'assistant', version: '1.0.0' });
	assistants.push(assistant);
	await assistant.connect(transport);
	return assistant;
}

function address(): string {
	return `${demo.n8nUrl}/mcp/llm-generator`;
}

function overHttp(authorization = `Bearer ${TOKEN}`): StreamableHTTPClientTransport {
	return new StreamableHTTPClientTransport(new URL(address()), {
		requestInit: { headers: authorization ? { authorization } : {} },
	});
}

async function toolsByName(assistant: Client): Promise<Record<string, Tool>> {
	const { tools } = await assistant.listTools();
	return Object.fromEntries(tools.map((tool) => [tool.name, tool]));
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

function matching(words: RegExp): string {
	return expect.stringMatching(words) as string;
}

function createdAtOf({ createdAt }: Transaction): string {
	return createdAt;
}
