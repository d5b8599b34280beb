import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CallToolResultSchema, type Tool } from '@modelcontextprotocol/sdk/types.js';
import axios from 'axios';
import type { SavedCredential } from '../../demo/n8nApi';
import type { Transaction } from '../../sandbox/ledger';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { eventually } from '../until';
import { startDemo, type RunningDemo } from './demoProcess';
import { importTemplate } from './template';

const TEMPLATE = 'agent-tools-mcp';
const SERVER = 'LLM Generator MCP Server';
const TOKEN = 'a-token-that-nobody-can-guess-0123456789';
const API_KEY = 'llmgen_sandbox_key';
const WRONG_KEY = 'llmgen_wrong_key_of_somebody';
/** What no answer may hold. */
const SECRETS = [TOKEN, API_KEY, WRONG_KEY];
const anyStatus = { proxy: false, validateStatus: () => true } as const;

let demo: RunningDemo;
/** One that outlives n8n. */
let sandbox: Sandbox;
let account: SavedCredential;
let token: SavedCredential;
let workflowId: string;
const assistants: Client[] = [];

beforeAll(async () => {
	sandbox = await startSandbox();
	demo = await startDemo();
	account = await demo.api.saveCredential({
		name: 'Account of the assistant',
		type: 'llmGeneratorApi',
		data: { apiKey: API_KEY, baseUrl: sandbox.baseUrl },
	});
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
	// Undefined where it did not start.
	await (demo as RunningDemo | undefined)?.clear();
	await sandbox.close();
});

describe('the door', () => {
	test.each([
		['without a token', ''],
		['with a wrong token', 'Bearer guessed'],
		['with the token, but not as Bearer', TOKEN],
	])('stays shut %s, and says nothing of the account', async (_how, authorization) => {
		await expect(connect(overHttp(authorization))).rejects.toThrow('Authorization data is wrong!');

		// Nor to one that does not introduce itself.
		const call = {
			jsonrpc: '2.0',
			id: 1,
			method: 'tools/call',
			params: { name: 'Get_Credit_Balance', arguments: {} },
		};
		const answer = await axios.post<string>(address(), call, {
			...anyStatus,
			headers: authorization ? { authorization } : {},
		});
		expect(answer).toMatchObject({ status: 403, data: 'Authorization data is wrong!' });
		expect(sandbox.requests.entries).toEqual([]);
	});

	test('cannot be opened while no token is chosen', async () => {
		const blank = await importTemplate(demo.api, TEMPLATE, {
			credentials: { 'n8n-nodes-llmgenerator': account },
			fields: { [SERVER]: { path: 'left-blank' } },
		});
		await expect(demo.api.activate(blank)).rejects.toThrow(/400/);
		const answer = await axios.post(`${demo.n8nUrl}/mcp/left-blank`, {}, anyStatus);
		expect(answer.status).toBe(404);
	});
});

describe('what an assistant is told', () => {
	test('what these tools are about, and that they cannot pay', async () => {
		const assistant = await connect();

		expect(assistant.getServerVersion()?.name).toBe('LLM_Generator_MCP_Server');
		expect(assistant.getInstructions()).toMatch(/credits .* LLM Generator/);
		expect(assistant.getInstructions()).toMatch(/no money moves until a person .* pays/);
	});

	test('three tools: what each is for, when to take it, and what comes back', async () => {
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

	test('every parameter, with an example or its choices, and which may be left out', async () => {
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

describe('how many credits are left', () => {
	test('is what the account says', async () => {
		const { balance, totalPurchased, totalUsed } = sandbox.ledger;

		const [told] = await rows(await connect(), 'Get_Credit_Balance');

		expect(told).toMatchObject({ balance, totalPurchased, totalUsed });
		expect(told.recentTransactions).toHaveLength(5);
	});

	test('is asked anew every time', async () => {
		const assistant = await connect();
		const [before] = await rows(assistant, 'Get_Credit_Balance');
		sandbox.ledger.book({ type: 'usage', amount: -30 });
		const [after] = await rows(assistant, 'Get_Credit_Balance');

		expect(after.balance).toBe(Number(before.balance) - 30);
	});
});

describe('where the credits went', () => {
	const history = async (args: object) => rows(await connect(), 'Get_Credit_History', args);

	test('nothing said: the twenty newest, the newest first', async () => {
		expect(await history({})).toEqual(sandbox.ledger.recent(20));
	});

	test('the newest also where the API lists the oldest first', async () => {
		sandbox.order = 'oldestFirst';
		expect(await history({ limit: 3 })).toEqual(sandbox.ledger.recent(3));
	});

	test.each(['purchase', 'usage', 'refund'] as const)('only %s, as many as asked for', async (type) => {
		const newest = sandbox.ledger.page({ type, limit: 4, offset: 0, order: 'newestFirst' }).transactions;

		expect(await history({ type, limit: 4 })).toEqual(newest);
		expect(await history({ type: ` ${type.toUpperCase()} `, limit: 4 })).toEqual(newest);
	});

	test('a time span: from its first moment up to, but not at, its last', async () => {
		const [before, , , from] = sandbox.ledger.recent(100).slice(40).map(bookedAt);
		const inSpan = sandbox.ledger
			.all('newestFirst')
			.filter((row) => bookedAt(row) >= from && bookedAt(row) < before);

		expect(inSpan.length).toBeGreaterThan(0);
		expect(await history({ createdAfter: from, createdBefore: before, limit: 100 })).toEqual(inSpan);
	});

	test('whatever is left empty counts as left out', async () => {
		expect(await history({ type: '', createdAfter: '', createdBefore: '' })).toEqual(
			sandbox.ledger.recent(20),
		);
	});

	test('never more than a hundred, however many are asked for', async () => {
		expect(await history({ limit: 1_000_000 })).toEqual(sandbox.ledger.recent(100));
	});

	test('nothing booked yet: an empty list, and a balance of 0', async () => {
		sandbox.reset({ rows: 0 });
		const assistant = await connect();

		expect(await ask(assistant, 'Get_Credit_History')).toEqual({ refused: false, text: '[]' });
		expect(await rows(assistant, 'Get_Credit_Balance')).toMatchObject([{ balance: 0 }]);
	});
});

describe('a link to pay', () => {
	test('opens the pay page of that package, and nothing is bought before a person pays there', async () => {
		const { balance } = sandbox.ledger;

		const [link] = await rows(await connect(), 'Create_Checkout_Link', { packageId: 'pkg_pro' });

		expect(link.package).toEqual({ id: 'pkg_pro', name: 'Pro Pack', credits: 500, priceCents: 1999 });
		const page = await axios.get<string>(String(link.url), { proxy: false });
		expect(page.data).toContain('Pro Pack');
		expect(sandbox.ledger.balance).toBe(balance);
	});
});

describe('what cannot be done is said in words, and the next call works', () => {
	test.each<[string, object, RegExp]>([
		[
			'an unknown one: those there are',
			{ packageId: 'pkg_lost' },
			/pkg_lost\. .* pkg_starter, pkg_pro, pkg_b/,
		],
		['an empty one', { packageId: '' }, /No package is given.* e\.g\. pkg_pro/],
		['none', {}, /Required\s.* packageId/],
		['code in its place, which is not run', { packageId: '={{ 1 + 1 }}' }, /package ={{ 1 \+ 1 }}\./],
	])('package: %s', async (_what, args, words) => {
		await refuses('Create_Checkout_Link', args, words);
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
			'dates: the wrong way round',
			{ createdAfter: '2026-02-01', createdBefore: '2026-01-01' },
			/Swap the two/,
		],
		[
			'type: an unknown one, and those there are',
			{ type: 'sale' },
			/purchase.*(usage.*refund|refund.*usage)/,
		],
	])('%s', async (_what, args, words) => {
		await refuses('Get_Credit_History', args, words);
	});

	test('a tool that is not there, and a call without arguments', async () => {
		const assistant = await connect();

		await expect(assistant.callTool({ name: 'Buy_Everything', arguments: {} })).rejects.toThrow(
			'Tool not found',
		);
		await expect(assistant.callTool({ name: 'Get_Credit_Balance' })).rejects.toThrow(/name and arguments/);
		expect(await rows(assistant, 'Get_Credit_Balance')).toHaveLength(1);
	});

	test('a plan whose rate limit is used up: when it works again, without making the assistant wait', async () => {
		sandbox.rateLimit = { limit: 1, windowMs: 60_000 };
		const assistant = await connect();
		await rows(assistant, 'Get_Credit_Balance');

		for (const [tool, args] of EVERY_TOOL) {
			const text = matching(/It works again at .* minute/);
			expect(await ask(assistant, tool, args)).toEqual({ refused: true, text });
		}
		sandbox.rateLimit = undefined;
		expect(await rows(assistant, 'Get_Credit_Balance')).toHaveLength(1);
	});

	test('LLM Generator is out of order', async () => {
		sandbox.faults.add({ status: 503, times: 4 });
		const assistant = await connect();

		expect(await ask(assistant, 'Get_Credit_Balance')).toEqual({
			refused: true,
			text: matching(/not working at the moment/),
		});
		expect(await rows(assistant, 'Get_Credit_Balance')).toHaveLength(1);
	});
});

describe('a wrong API key', () => {
	test('is named as such by every tool and never told, not even where the API repeats it', async () => {
		const assistant = await connect();
		await demo.api.saveCredential({ ...account, data: { ...account.data, apiKey: WRONG_KEY } });
		try {
			for (const [tool, args] of EVERY_TOOL) {
				const text = matching(/did not accept the API key: “Invalid API key”\. Check the key/);
				expect(await ask(assistant, tool, args)).toEqual({ refused: true, text });
			}
			sandbox.faults.add({ echoKey: true });
			for (const [tool, args] of EVERY_TOOL) {
				const text = matching(/did not accept the API key: “Invalid API key .*Bearer \*\*\*/);
				expect(await ask(assistant, tool, args)).toEqual({ refused: true, text });
			}
		} finally {
			await demo.api.saveCredential(account);
		}
		sandbox.faults.clear();
		expect(await rows(assistant, 'Get_Credit_Balance')).toHaveLength(1);
	});
});

describe('several at once', () => {
	test('two assistants, and each its own answers', async () => {
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

	test('one leaves, and the other goes on', async () => {
		const leaving = overHttp();
		const [gone, staying] = await Promise.all([connect(leaving), connect()]);
		await leaving.terminateSession();
		await gone.close();

		expect(await rows(staying, 'Get_Credit_Balance')).toHaveLength(1);
	});

	test('an assistant that speaks the older SSE', async () => {
		const assistant = await connect(
			new SSEClientTransport(new URL(address()), {
				requestInit: { headers: { authorization: `Bearer ${TOKEN}` } },
			}),
		);

		expect(Object.keys(await toolsByName(assistant))).toHaveLength(3);
		expect(await rows(assistant, 'Get_Credit_History', { limit: 2 })).toEqual(sandbox.ledger.recent(2));
		expect((await ask(assistant, 'Get_Credit_History', { limit: 0 })).refused).toBe(true);
	});
});

describe("n8n's list of executions", () => {
	test('shows every call with what was asked for, none hanging, no secret in it', async () => {
		const assistant = await connect();
		await rows(assistant, 'Get_Credit_History', { limit: 1 });
		await ask(assistant, 'Create_Checkout_Link', { packageId: 'pkg_not_there' });
		const calls = [
			{ toolName: 'Get_Credit_History', arguments: { limit: 1 }, sourceNodeName: 'Get Credit History' },
			{
				toolName: 'Create_Checkout_Link',
				arguments: { packageId: 'pkg_not_there' },
				sourceNodeName: 'Create Checkout Link',
			},
		];

		// n8n lists a call after it has answered it.
		const executions = await eventually(async () => {
			// Waits for the end of each of them.
			const ended = await demo.api.executionsOf(workflowId);
			expect(ended.slice(-2).map(({ nodes }) => nodes[SERVER].items[0].json.mcpToolCall)).toEqual(calls);
			return ended;
		});

		expect(executions.filter(({ status }) => status !== 'success')).toEqual([]);
		for (const secret of SECRETS) expect(JSON.stringify(executions)).not.toContain(secret);
	});
});

test('after a restart of n8n the assistant connects again and goes on', async () => {
	await demo.end();
	demo = await startDemo({ home: demo.home });

	// n8n starts its workflows after it answers.
	const assistant = await eventually(async () => connect());

	expect(await rows(assistant, 'Get_Credit_History', { limit: 2 })).toEqual(sandbox.ledger.recent(2));
}, 240_000);

const EVERY_TOOL: Array<[string, object]> = [
	['Get_Credit_Balance', {}],
	['Get_Credit_History', {}],
	['Create_Checkout_Link', { packageId: 'pkg_pro' }],
];

interface Answer {
	/** Whether the tool says that it could not do it. */
	refused: boolean;
	/** What the model reads. */
	text: string;
}

/** Calls a tool as a model does. Whatever comes back, it holds no secret. */
async function ask(assistant: Client, tool: string, args: object = {}): Promise<Answer> {
	const result = await assistant.callTool({ name: tool, arguments: { ...args } });
	for (const secret of SECRETS) expect(JSON.stringify(result)).not.toContain(secret);
	const { content, isError = false } = CallToolResultSchema.parse(result);
	expect(content).toEqual([{ type: 'text', text: expect.any(String) as string }]);
	return { refused: isError, text: content[0].type === 'text' ? content[0].text : '' };
}

/** That a tool says no, in these words and not as a stack, and that the same assistant can go on. */
async function refuses(tool: string, args: object, words: RegExp): Promise<void> {
	const assistant = await connect();
	const answer = await ask(assistant, tool, args);
	expect(answer).toEqual({ refused: true, text: matching(words) });
	expect(answer.text).not.toMatch(/^\s+at |node_modules|\.js:\d/m);
	expect(await rows(assistant, 'Get_Credit_Balance')).toHaveLength(1);
}

/** What a tool that could do it gives back. */
async function rows(assistant: Client, tool: string, args?: object): Promise<Array<Record<string, unknown>>> {
	const { refused, text } = await ask(assistant, tool, args);
	expect({ refused, text }).toMatchObject({ refused: false });
	return JSON.parse(text) as Array<Record<string, unknown>>;
}

/** An assistant that has introduced itself; it is closed after the test. */
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

function bookedAt({ createdAt }: Transaction): string {
	return createdAt;
}
