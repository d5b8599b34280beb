import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { runNode, type NodeResult } from './n8n';

let sandbox: Sandbox;

async function run(parameters: object, baseUrl = sandbox.baseUrl): Promise<NodeResult> {
	const credential = { apiKey: 'llmgen_sandbox_key', baseUrl };
	return await runNode({ parameters: parameters as never, credential });
}
const read = async (options: object = {}, baseUrl?: string) =>
	await run({ operation: 'getHistory', limit: 3, options }, baseUrl);
const checkOut = async (fields: object = {}, baseUrl?: string) => {
	const packageId = { __rl: true, mode: 'id', value: 'pkg_pro' };
	return await run({ operation: 'createCheckout', packageId, additionalFields: fields }, baseUrl);
};
const statuses = () => sandbox.requests.entries.map(({ status }) => status);

const FATE_UNKNOWN = /It is not known whether the checkout was made, so it was not sent twice/;

jest.setTimeout(60_000);
beforeAll(async () => {
	sandbox = await startSandbox();
});
beforeEach(() => sandbox.reset());
afterAll(() => sandbox.close());

describe('a read that fails is tried again', () => {
	test.each([
		['500', { status: 500 }],
		['502, with a web page', { status: 502, body: '<html>Bad Gateway</html>' }],
		['504', { status: 504 }],
		['408', { status: 408 }],
		['a connection cut before the answer', { reset: 'before' as const }],
		['a connection cut after the work was done', { reset: 'after' as const }],
		['no response in time', { stall: 'headers' as const }],
		['a response that stalls halfway', { stall: 'body' as const }],
		['a response that drips without end', { drip: { bytes: 1, everyMs: 200 } }],
	])('%s', async (_what, fault) => {
		sandbox.faults.add({ ...fault, times: 2 });
		const { items, error } = await read({ timeoutSeconds: 0.7 });
		expect(error?.message).toBeUndefined();
		expect(items).toHaveLength(3);
		expect(statuses()).toHaveLength(3);
	});

	test('a response that is cut off halfway', async () => {
		const server = await listen([cutHalfWay, cutHalfWay, onePage]);
		const { items, error } = await read({}, server.baseUrl);
		await server.close();
		expect(error?.message).toBeUndefined();
		expect(items).toHaveLength(1);
	});

	test('rejected six times and then a failure: not a reason to give up', async () => {
		sandbox.faults.add({ status: 429, times: 6, headers: { 'Retry-After': '0.001' } });
		sandbox.faults.add({ status: 500, skip: 6, times: 1 });
		const { items } = await read();
		expect(items).toHaveLength(3);
		expect(statuses()).toEqual([429, 429, 429, 429, 429, 429, 500, 200]);
	});
});

describe('the tries end if the failure does not', () => {
	test.each([
		['500', { status: 500 }, /not working at the moment/, 4],
		['no response in time', { stall: 'headers' as const }, /did not answer within 0\.3 s/, 4],
		['a response that stalls halfway', { stall: 'body' as const }, /did not answer within 0\.3 s/, 4],
		['a response that drips', { drip: { bytes: 1, everyMs: 50 } }, /did not answer within 0\.3 s/, 4],
	])('%s', async (_what, fault, message, times) => {
		sandbox.faults.add(fault);
		const { items, error } = await read({ timeoutSeconds: 0.3 });
		expect(error?.message).toMatch(message);
		expect(items).toEqual([]);
		expect(statuses()).toHaveLength(times);
	});

	test('the rate limit, after it has rejected the request for six times the maximum wait', async () => {
		sandbox.faults.add({ status: 429, headers: { 'Retry-After': '0.001' } });
		const { items, error } = await read({ maxWaitSeconds: 0.5 });
		expect(error?.message).toMatch(/rate limit of your LLM Generator plan is used up/);
		expect(items).toEqual([]);
		const times = sandbox.requests.entries.map(({ at }) => at);
		expect(times.length).toBeGreaterThan(4);
		// The sandbox records when a request arrived, the node counts from the response.
		expect(times.at(-1)! - times[0]).toBeGreaterThan(2900);
	});

	test.each([400, 401, 402, 403, 404, 405, 409, 410, 422, 425])('%i is never tried again', async (status) => {
		sandbox.faults.add({ status });
		expect((await read()).error).toBeDefined();
		expect((await checkOut()).error).toBeDefined();
		expect(statuses()).toEqual([status, status]);
	});
});

describe('a checkout', () => {
	test.each([
		['status 502', { status: 502, body: '<html>Bad Gateway</html>' }],
		['status 504', { status: 504 }],
		['status 408', { status: 408 }],
		['status 503 with a Retry-After', { status: 503, headers: { 'Retry-After': '1' } }],
		['a connection cut before the request was processed', { reset: 'before' as const }],
		['a response that stalls halfway', { stall: 'body' as const }],
		['a response that drips', { drip: { bytes: 1, everyMs: 50 } }],
	])('that may have been created is not sent twice: %s', async (_what, fault) => {
		sandbox.faults.add(fault);
		const { error } = await checkOut({ timeoutSeconds: 0.5 });
		expect(error?.message).toMatch(FATE_UNKNOWN);
		expect(statuses()).toHaveLength(1);
	});

	test('that may have been created is not sent twice: a response that is cut off halfway', async () => {
		const server = await listen([cutHalfWay]);
		const { error } = await checkOut({}, server.baseUrl);
		await server.close();
		expect(error?.message).toMatch(FATE_UNKNOWN);
		expect(server.requests).toBe(1);
	});

	test('that was rejected waits as long as the server asks for', async () => {
		sandbox.faults.add({ status: 429, times: 1, headers: { 'Retry-After': '1' } });
		expect((await checkOut()).items[0].json).toHaveProperty('url');
		const [first, second] = sandbox.requests.entries;
		expect(second.at).toBeGreaterThanOrEqual(first.at + 1000);
	});
});

test.each([
	['a read', read],
	['a checkout', checkOut],
])('%s is sent again if no server listens, and succeeds later', async (_what, send) => {
	const closed = await listen([]);
	await closed.close();
	const sending = send({}, `http://127.0.0.1:${closed.port}/api/v1`);
	// At least the first try is before this, and at least the last one after it.
	await sleep(400);
	const late = await startSandbox({ port: closed.port });
	const { error, items } = await sending;
	await late.close();
	expect(error?.message).toBeUndefined();
	expect(items.length).toBeGreaterThan(0);
	expect(late.requests.entries).toHaveLength(1);
});

test.each([1.2345, 1e10, '={{ 1 / 0 }}'])('a timeout of %p seconds works', async (timeoutSeconds) => {
	const { items, error } = await read({ timeoutSeconds });
	expect(error?.message).toBeUndefined();
	expect(items).toHaveLength(3);
});

type Respond = (response: ServerResponse) => void;

const ROW = {
	id: 'txn_1',
	type: 'usage',
	amount: -1,
	description: '',
	siteId: null,
	createdAt: '2026-01-01',
};
const PAGE = JSON.stringify({ transactions: [ROW], total: 1, hasMore: false });

const onePage: Respond = (response) => response.end(PAGE);
const cutHalfWay: Respond = (response) => {
	response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': PAGE.length });
	response.write(PAGE.slice(0, 20), () => response.destroy());
};

/** A server that gives these responses to its first requests, one after the other. */
async function listen(answers: Respond[]) {
	let requests = 0;
	const server: Server = createServer((request, response) => {
		const respond = answers[requests++];
		request.resume().on('end', () => respond(response));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		port,
		baseUrl: `http://127.0.0.1:${port}`,
		get requests() {
			return requests;
		},
		close: () => new Promise((resolve) => server.close(resolve)),
	};
}
