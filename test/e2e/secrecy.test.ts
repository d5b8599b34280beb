import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { listPackages } from '../packages';
import { inARow, step } from '../steps';
import { emptyHome, startDemo, type RunningDemo } from './demoProcess';
import { oneStepWorkflow, STEP } from './oneStep';
import { badServers } from './secrecy/badServers';
import { TRIGGERS, triggersWorkflow, useInEveryWay, type User } from './secrecy/everyUse';
import { RecordingApi } from './secrecy/recordingApi';
import { Secret } from './secrecy/secret';

/** n8n reads these settings at its start: it logs and stores everything. The last line only makes it faster. */
const SETTINGS = `
N8N_LOG_LEVEL=debug
N8N_LOG_OUTPUT=console,file
EXECUTIONS_DATA_SAVE_ON_PROGRESS=true
N8N_EXPRESSION_ENGINE=legacy
`;
/** Every path that is requested. */
const PATHS = [
	'/credits/balance/api',
	'/credits/checkout/api',
	'/credits/history/api',
	'/credits/packages',
	'/discovery',
	'/discovery/{id}',
	'/discovery/{id}/urls',
	'/sites',
	'/sites/{id}',
	'/sites/{id}/urls',
	'/subscriptions/checkout/api',
	'/subscriptions/current/api',
	'/subscriptions/portal/api',
];
const AT_ONCE = 10;
const LIMIT_MS = 600_000;
/** More than a hundred executions run at the same time. It is shorter than the timeout of a test, so that the message is shown. */
const EXECUTION_LIMIT_MS = 200_000;

const secret = new Secret();
let demo: RunningDemo;
/** Another origin, which would accept the key and respond. */
let elsewhere: Sandbox;
const sandboxes: Sandbox[] = [];

beforeAll(async () => {
	const home = await emptyHome();
	await writeFile(join(home, '.env'), SETTINGS);
	elsewhere = await newSandbox();
	demo = await startDemo({ home });
});
afterAll(async () => {
	// Undefined if it did not start.
	await (demo as RunningDemo | undefined)?.clear();
	await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
});

async function newSandbox(): Promise<Sandbox> {
	const discovery = { durationMs: 50 };
	const sandbox = await startSandbox({ apiKeys: [secret.key], ledger: { rows: 60 }, discovery });
	sandboxes.push(sandbox);
	return sandbox;
}

/** Each server has its own credential and its own login, so that a finding shows where it comes from. */
async function newUser(name: string, settings: object = {}): Promise<User & { api: RecordingApi }> {
	const api = new RecordingApi(demo.n8nUrl);
	api.limitMs = EXECUTION_LIMIT_MS;
	await api.setUpOwnerOrLogIn(demo.owner);
	const server = await newSandbox();
	const data = { apiKey: secret.key, baseUrl: server.baseUrl, ...settings };
	const credential = await api.saveCredential({ name, type: 'llmGeneratorApi', data });
	return { api, credential, server };
}

/** The message of an activation that fails: n8n tries five times, which takes 15 seconds. */
async function failToActivate() {
	const { api, credential, server } = await newUser('Never active');
	server.faults.add({ status: 400, echoKey: true });
	const id = await api.importWorkflow(triggersWorkflow(credential));
	const message = await api.activate(id).then(() => 'It is active', String);
	await api.deactivate(id);
	return { api, message };
}

async function eachOf<T>(all: T[], act: (one: T) => Promise<void>): Promise<void> {
	const queue = all.values();
	const worker = async () => {
		for (const one of queue) await act(one);
	};
	await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

describe('the key, with every fault of the server', () => {
	const users: Array<User & { name: string; api: RecordingApi }> = [];
	let failedActivation: { api: RecordingApi; message: string };

	beforeAll(async () => {
		const servers = Object.entries(badServers(secret.key, elsewhere.baseUrl));
		const everyUse = eachOf(servers, async ([name, rule]) => {
			const user = await newUser(name);
			users.push({ ...user, name });
			await useInEveryWay(user, rule);
		});
		[failedActivation] = await Promise.all([failToActivate(), everyUse]);
	}, LIMIT_MS);

	test('is not in anything that n8n shows: executions, messages, tests, lists', () => {
		const found = users.flatMap(({ name, api }) =>
			api.responses
				.map((response) => ({ name, excerpt: secret.in(response) }))
				.filter(({ excerpt }) => excerpt),
		);
		expect(found).toEqual([]);
	});

	test('is not in the message of a trigger that cannot be activated', () => {
		const { api, message } = failedActivation;
		expect(message).toContain('LLM Generator could not use the request');
		expect(api.responses.filter((response) => secret.in(response))).toEqual([]);
	});

	test('is not in any file of n8n: database, log, event log', async () => {
		// This shows that the search can find something: messages about responses are in the log.
		const log = await readFile(join(demo.home, 'n8n.log'), 'utf8');
		expect(log.includes('LLM Generator could not use the request')).toBe(true);
		expect(await secret.inFilesOf(demo.home)).toEqual({});
	});

	test('is in every request, but only in the Authorization header', () => {
		const requests = users.flatMap(({ server }) => server.requests.entries);
		for (const { headers, ...request } of requests) {
			const { authorization, ...others } = headers;
			expect(authorization).toBe(`Bearer ${secret.key}`);
			expect(secret.in(JSON.stringify({ ...request, others }))).toBeUndefined();
		}
		const paths = new Set(requests.map(({ path }) => path.replace(/[-\w]{20,}/, '{id}')));
		expect([...paths].sort()).toEqual(PATHS);
	});

	test('is not sent to the address of a redirect', () => {
		expect(elsewhere.requests.entries).toEqual([]);
	});
});

describe.each([301, 302, 303, 307, 308])('a redirect with %i', (status) => {
	test('makes the test of a credential fail, and nothing is sent to the other address', async () => {
		const { api, credential, server } = await newUser(`Moved ${status}`);
		server.faults.add({ status, redirectTo: `${elsewhere.baseUrl}/credits/history/api` });
		expect(await api.testCredential(credential)).toMatchObject({ status: 'Error' });
		expect(server.requests.entries).toHaveLength(1);
		expect(elsewhere.requests.entries).toEqual([]);
	});
});

describe('a credential whose Allowed Domains do not include the server', () => {
	const REFUSED = /points to 127\.0\.0\.1, which is not one of the Allowed Domains/;
	let user: User;

	beforeAll(async () => {
		const domains = {
			allowedHttpRequestDomains: 'domains',
			allowedDomains: 'api.llmgenerator.com, *.example.com',
		};
		user = await newUser('Elsewhere only', domains);
	});
	afterEach(() => expect(user.server.requests.entries).toEqual([]));

	test('is refused by the node', async () => {
		const { api, credential } = user;
		const workflow = oneStepWorkflow({ operation: 'getBalance' }, credential);
		const { status, nodes } = await api.runWorkflow(await api.importWorkflow(workflow));
		expect(status).toBe('error');
		expect(nodes[STEP].error?.message).toMatch(REFUSED);
	});

	test('is refused by the trigger', async () => {
		const { api, credential } = user;
		const id = await api.importWorkflow(triggersWorkflow(credential));
		for (const trigger of Object.keys(TRIGGERS)) {
			expect((await api.runWorkflow(id, trigger)).error?.message).toMatch(REFUSED);
		}
	});

	test('is refused by the list of packages', async () => {
		await expect(listPackages(user.api, user.credential)).rejects.toMatchObject({
			response: { data: { message: expect.stringMatching(REFUSED) as string } },
		});
	});

	test('is refused by its own test', async () => {
		const answer = await user.api.testCredential(user.credential);
		expect(answer).toEqual({ status: 'Error', message: expect.stringMatching(REFUSED) as string });
	});
});

/** The last test, because it leaves a secret in n8n: not the key, but another one, which exists only during the run. */
test('the search finds a secret that a step outputs', async () => {
	const known = new Secret();
	const { api } = await newUser('Of the search');
	const mirrored = [...known.key].reverse().join('');
	const value = `={{ "${mirrored}".split("").reverse().join("") }}`;
	const start = step('Start', 'n8n-nodes-base.manualTrigger', 1);
	const set = step('Output Secret', 'n8n-nodes-base.set', 3.4, {
		assignments: { assignments: [{ id: 'secret', name: 'secret', type: 'string', value }] },
	});
	const { status } = await api.runWorkflow(
		await api.importWorkflow(inARow('Outputs a secret', [start, set])),
	);

	expect(status).toBe('success');
	expect(api.responses.filter((response) => known.in(response)).length).toBeGreaterThan(0);
	expect(Object.keys(await known.inFilesOf(demo.home)).join()).toContain('database.sqlite');
	expect(known.in(Buffer.from(`Bearer ${known.key}`).toString('base64'))).toBeDefined();
});
