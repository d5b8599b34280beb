/** The limits of a session and of its clients, with real contexts and over real HTTP. */
import { createRequire } from 'node:module';
import type { AxiosStatic } from 'axios';
import { ExecuteContext } from 'n8n-core';
import { createRunExecutionData } from 'n8n-workflow';
import { ApiClient } from '../../nodes/LlmGenerator/transport/client';
import { openSession, type Limits } from '../../nodes/LlmGenerator/transport/session';
import type { FaultRule } from '../../sandbox/faults';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { NODE_NAME, prepare } from './n8n';

let sandbox: Sandbox;
beforeAll(async () => {
	sandbox = await startSandbox();
});
beforeEach(() => sandbox.reset());
afterAll(() => sandbox.close());

const isAnything = (answer: unknown): answer is object => answer !== undefined;

async function context(): Promise<ExecuteContext> {
	const credential = { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl };
	const { workflow, additionalData } = await prepare({
		parameters: { operation: 'getBalance' },
		credential,
	});
	const node = workflow.getNode(NODE_NAME)!;
	const input = { main: [[{ json: {} }]] };
	const executeData = { node, data: input, source: null };
	const runData = createRunExecutionData();
	return new ExecuteContext(
		workflow,
		node,
		additionalData,
		'manual',
		runData,
		0,
		input.main[0],
		input,
		executeData,
		[],
	);
}

/** Reads the balance, and returns the message, the time, and the number of requests. */
async function read(limits: Limits, own?: Limits) {
	const here = await context();
	const startedAt = performance.now();
	const client = await ApiClient.open(here, openSession(here, limits), 0, own);
	const message = await client.get('/credits/balance/api', {}, isAnything).then(
		() => 'done',
		(thrown: Error) => thrown.message,
	);
	return { message, tookMs: performance.now() - startedAt, requests: sandbox.requests.entries.length };
}

describe('the total time of a session', () => {
	// With the other limits alone, each of them would take much longer.
	test.each<[string, FaultRule, Limits, RegExp, number]>([
		['a request', { stall: 'headers' }, {}, /^LLM Generator did not answer within [\d.]+ s\. /, 1],
		[
			'another try',
			{ stall: 'headers' },
			{ deadlineMs: 1500, totalMs: 3000 },
			/did not answer within [\d.]+ s\. /,
			2,
		],
		['a back-off', { status: 500 }, {}, /^LLM Generator is not working at the moment/, 2],
		['a wait', { status: 429, headers: { 'Retry-After': '9' } }, {}, /is used up\. It works again at /, 1],
		['a pause', { status: 503, headers: { 'Retry-After': '9' } }, {}, /moment\. It works again at /, 1],
	])('ends %s', async (what, fault, limits, sentence, requests) => {
		sandbox.faults.add(fault);
		const taken = await read({ totalMs: 1200, ...limits });
		expect(taken.message).toMatch(sentence);
		// Without the total time, all of these would take at least 9 s.
		expect(taken.tookMs).toBeLessThan(8000);
		expect(taken.requests).toBeGreaterThanOrEqual(requests);
		expect(taken.requests).toBeLessThanOrEqual(requests + 1);
		// A wait that cannot end in time does not start.
		if (what === 'a wait' || what === 'a pause') expect(sandbox.requests.entries).toHaveLength(requests);
	});

	// The last try had less time than it needs: that says nothing about the server.
	test.each<[string, FaultRule, RegExp]>([
		['an error', { status: 500 }, /^LLM Generator is not working at the moment/],
		['the rate limit', { status: 429, headers: { 'Retry-After': '0.1' } }, /plan is used up/],
		['a cut connection', { reset: 'before' }, /was cut before the answer/],
		['a time-out', { stall: 'headers' }, /did not answer within 0\.25 s\. /],
	])('after %s, it ends with that reason', async (_what, fault, sentence) => {
		sandbox.faults.add({ ...fault, times: 1 }, { stall: 'headers', skip: 1 });
		const limits = { totalMs: 1000, ...(fault.stall === 'headers' && { deadlineMs: 250 }) };
		const taken = await read(limits);
		expect(taken.message).toMatch(sentence);
		expect(taken.requests).toBeGreaterThanOrEqual(2);
	});

	test('when it is over, no request is sent', async () => {
		const taken = await read({ totalMs: 0 });
		expect(taken.message).toMatch(/no time was left for this request, so it was not sent\. /);
		expect(taken.requests).toBe(0);
	});
});

describe('n8n’s own time-out for requests that are silent', () => {
	// 5 minutes, and a quarter of a second here. n8n has an axios of its own.
	const path = createRequire(require.resolve('n8n-core')).resolve('@n8n/backend-network');
	const { defaults } = createRequire(path)('axios') as AxiosStatic;
	const own = defaults.timeout;
	beforeEach(() => (defaults.timeout = 250));
	afterEach(() => (defaults.timeout = own));

	test('does not end what may take longer by its own deadline', async () => {
		sandbox.faults.add({ delayMs: 1000 });
		expect(await read({ deadlineMs: 60_000 })).toMatchObject({ message: 'done', requests: 1 });
		const here = await context();
		const client = await ApiClient.open(here, openSession(here));
		const hints = { inDoubt: 'Nobody knows' };
		const answer = await client.post('/credits/checkout/api', { packageId: 'pkg_pro' }, isAnything, hints);
		expect(answer).toHaveProperty('url');
	});
});

describe('the limits of a client', () => {
	test('override the limits of its session', async () => {
		sandbox.faults.add({ stall: 'headers', times: 4 }, { status: 429, headers: { 'Retry-After': '2' } });
		expect((await read({}, { deadlineMs: 50 })).message).toMatch(/did not answer within 0\.05 s/);
		expect((await read({}, { maxWaitMs: 1000 })).message).toMatch(/It works again at/);
	});

	test('do not change the other limits of the session', async () => {
		sandbox.faults.add({ stall: 'headers' });
		expect((await read({ deadlineMs: 60 }, { maxWaitMs: 1 })).message).toMatch(
			/did not answer within 0\.06 s/,
		);
	});

	test('its own maximum wait limits how long it can be rejected', async () => {
		sandbox.faults.add({ status: 429, headers: { 'Retry-After': '0.001' } });
		const { message, tookMs } = await read({}, { maxWaitMs: 200 });
		expect(message).toMatch(/rate limit of your LLM Generator plan is used up/);
		expect(tookMs).toBeGreaterThan(1100);
		expect(tookMs).toBeLessThan(2500);
	});
});
