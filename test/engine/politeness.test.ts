import { ExecuteContext } from 'n8n-core';
import type { FaultRule } from '../../sandbox/faults';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { runNode, type NodeResult, type NodeRun } from './n8n';

let sandbox: Sandbox;

async function read(parameters: object, more: Partial<NodeRun> = {}): Promise<NodeResult> {
	const credential = { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl };
	return await runNode({ parameters: { operation: 'getHistory', ...parameters }, credential, ...more });
}

const rows = ({ items, error }: NodeResult) => {
	expect(error?.message).toBeUndefined();
	return items.map(({ json }) => json);
};
const requests = () => sandbox.requests.entries;
const rejected = () => requests().filter(({ status }) => status === 429).length;
const many = (count: number) => Array.from({ length: count }, () => ({}));
/** The format of X-RateLimit-Reset: epoch seconds. */
const seconds = (at: number) => String(Math.ceil(at / 1000));

jest.setTimeout(60_000);
beforeAll(async () => {
	sandbox = await startSandbox();
});
beforeEach(() => {
	sandbox.reset({ rows: 4321, seed: 3 });
	sandbox.rateLimit = undefined;
	sandbox.retryAfter = 'none';
});
afterAll(() => sandbox.close());

describe('one limit for all input items', () => {
	test('at most 16 requests are open at once', async () => {
		// The first requests stay open long enough for a busy machine to send sixteen.
		sandbox.faults.add({ times: 16, delayMs: 2_000 });
		sandbox.faults.add({ delayMs: 5, jitterMs: 10 });
		const found = rows(await read({ limit: 300 }, { items: many(40) }));
		expect(found).toHaveLength(40 * 300);
		expect(sandbox.requests.maxInFlight).toBe(16);
	});

	test('Max Requests at Once lowers that to 1', async () => {
		sandbox.faults.add({ delayMs: 2 });
		const found = rows(await read({ limit: 300, options: { maxRequestsAtOnce: 1 } }, { items: many(5) }));
		expect(found).toHaveLength(5 * 300);
		expect(sandbox.requests.maxInFlight).toBe(1);
	});
});

describe('if the number of remaining requests cannot be read, only one is sent at a time', () => {
	test.each<[string, Record<string, string>]>([
		['a negative number', { 'X-RateLimit-Remaining': '-1' }],
		['a list', { 'X-RateLimit-Remaining': '5, 5' }],
		['a word', { 'X-RateLimit-Remaining': 'abc' }],
		['a reset that is a word', { 'X-RateLimit-Reset': 'soon' }],
		['a reset in microseconds', { 'X-RateLimit-Reset': String(Date.now() * 1000) }],
	])('%s', async (_what, headers) => {
		sandbox.faults.add({ headers, delayMs: 5 });
		expect(rows(await read({ limit: 300 }, { items: many(10) }))).toHaveLength(3000);
		expect(sandbox.requests.maxInFlight).toBe(1);
	});

	test('the limit without the number of remaining requests', async () => {
		const rawBody = JSON.stringify({ transactions: [], total: 0, hasMore: false });
		sandbox.faults.add({ rawBody, headers: { 'X-RateLimit-Limit': '60' }, delayMs: 5 });
		rows(await read({}, { items: many(10) }));
		expect(sandbox.requests.maxInFlight).toBe(1);
	});
});

describe('an answer that the API did not give says nothing of its limit', () => {
	const page = '<html><head><title>Access denied</title></head></html>';

	test.each<[string, FaultRule]>([
		['403 of a firewall', { status: 403, body: page }],
		['404 of a proxy', { status: 404, body: page }],
		['400 of a proxy', { status: 400, body: page }],
		['407', { status: 407, body: { message: 'Log in' } }],
		['an empty 403', { status: 403, body: '' }],
		['a log-in page', { rawBody: page }],
		['a redirect to a log-in page', { status: 302, body: '' }],
		['503 of a CDN', { status: 503, body: page, headers: { 'Retry-After': '0.01' } }],
	])('%s', async (_what, fault) => {
		// All that the API itself says of its limit cannot be read: one request at a time.
		sandbox.faults.add(
			{ times: 1, ...fault },
			{ skip: 1, headers: { 'X-RateLimit-Remaining': 'abc' }, delayMs: 5 },
		);
		const { items, error } = await read(
			{ limit: 300 },
			{ items: many(10), onError: 'continueRegularOutput' },
		);
		expect(error).toBeUndefined();
		expect(items.length).toBeGreaterThan(2700);
		expect(sandbox.requests.maxInFlight).toBe(1);
	});
});

describe('rejected again and again, with very short waits: few requests, and the node does not give up early', () => {
	test.each<[string, Record<string, string>]>([
		['Retry-After: 0.01', { 'Retry-After': '0.01' }],
		['a reset 20 ms ahead', { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '0.02' }],
	])('%s', async (_how, headers) => {
		sandbox.faults.add({ status: 429, headers });
		const { error } = await read({ options: { maxWaitSeconds: 1 } }, { items: many(5) });
		expect(error?.message).toMatch(/rate limit of your LLM Generator plan is used up/);
		// They continue for six seconds: six times the maximum wait.
		expect(requests().length).toBeLessThan(40);
	});

	test('503 with Retry-After: 0.01', async () => {
		sandbox.faults.add({ status: 503, headers: { 'Retry-After': '0.01' } });
		const { error } = await read({}, { items: many(5) });
		expect(error?.message).toMatch(/not working at the moment/);
		expect(requests().length).toBeLessThanOrEqual(20);
		expect(requests().at(-1)!.at - requests()[0].at).toBeGreaterThan(600);
	});
});

test('each operation uses the request options', async () => {
	const options = { maxWaitSeconds: 1 };
	const packageId = { __rl: true, mode: 'id', value: 'pkg_pro' };
	sandbox.rateLimit = { limit: 1, windowMs: 60_000 };
	rows(await read({ limit: 1 }));
	for (const parameters of [
		{ operation: 'getBalance', options },
		{ operation: 'getHistory', options },
		{ operation: 'createCheckout', packageId, additionalFields: options },
	]) {
		const { error } = await read(parameters);
		expect(error?.message).toMatch(/It works again at/);
	}
});

describe('a plan of 10 requests per window', () => {
	test('a long history is complete, and no request is sent while the limit is used up', async () => {
		sandbox.rateLimit = { limit: 10, windowMs: 1000 };
		sandbox.faults.add({ jitterMs: 20 });
		const result = await read({ returnAll: true });
		expect(rows(result)).toEqual(sandbox.ledger.all('newestFirst'));
		expect(requests().length).toBeGreaterThan(40);
		// The sandbox rejects every request before the window ends.
		expect(rejected()).toBe(0);
		expect(result.hints).toContainEqual({
			message: expect.stringMatching(/^Waited \d+ s for the rate limit of LLM Generator$/) as string,
			type: 'info',
			location: 'outputPane',
		});
	});

	test.each(['seconds', 'date', 'none'] as const)(
		'executions that share it all finish (Retry-After: %s)',
		async (retryAfter) => {
			sandbox.rateLimit = { limit: 10, windowMs: 1000 };
			sandbox.retryAfter = retryAfter;
			const expected = sandbox.ledger.all('newestFirst').slice(0, 500);
			const results = await Promise.all(many(4).map(() => read({ limit: 500 })));
			for (const result of results) expect(rows(result)).toEqual(expected);
			expect(rejected()).toBeLessThan(requests().length / 2);
		},
	);

	test('200 input items share it, and the output keeps their order', async () => {
		sandbox.rateLimit = { limit: 100, windowMs: 1000 };
		const items = Array.from({ length: 200 }, (_, i) => ({ rows: 1 + (i % 3) }));
		const { items: found, error } = await read({ limit: '={{ $json.rows }}' }, { items });
		expect(error?.message).toBeUndefined();
		expect(found.map(({ pairedItem }) => (pairedItem as { item: number }).item)).toEqual(
			items.flatMap(({ rows }, i) => Array<number>(rows).fill(i)),
		);
		expect(rejected()).toBe(0);
	});
});

describe('the node waits exactly as long as the server asks for', () => {
	const at = (index: number) => requests()[index].at;
	/** A full minute, which `maxWaitSeconds` below does not allow. */
	const farReset = () => ({
		'X-RateLimit-Remaining': '0',
		'X-RateLimit-Reset': seconds(Date.now() + 60_000),
	});
	const once = { limit: 1, options: { maxWaitSeconds: 10 } };

	test.each([429, 503])('Retry-After in seconds, after %i', async (status) => {
		sandbox.faults.add({ status, times: 1, headers: { 'Retry-After': '1', ...farReset() } });
		sandbox.faults.add({ skip: 1, headers: { 'X-RateLimit-Remaining': '9' } });
		expect(rows(await read(once))).toHaveLength(1);
		expect(at(1)).toBeGreaterThanOrEqual(at(0) + 1000);
	});

	test('Retry-After as an HTTP date', async () => {
		const date = new Date(Date.now() + 2000).toUTCString();
		sandbox.faults.add({ status: 429, times: 1, headers: { 'Retry-After': date, ...farReset() } });
		expect(rows(await read(once))).toHaveLength(1);
		expect(at(1)).toBeGreaterThanOrEqual(Date.parse(date));
	});

	test('X-RateLimit-Reset, if there is no Retry-After', async () => {
		const reset = seconds(Date.now() + 1000);
		const headers = { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': reset };
		sandbox.faults.add({ status: 429, times: 1, headers });
		expect(rows(await read(once))).toHaveLength(1);
		expect(at(1)).toBeGreaterThanOrEqual(Number(reset) * 1000);
	});

	test('if the server asks for no wait: a wait that doubles', async () => {
		sandbox.faults.add({ status: 429, times: 3 });
		expect(rows(await read(once))).toHaveLength(1);
		expect(at(1)).toBeGreaterThanOrEqual(at(0) + 250);
		expect(at(2)).toBeGreaterThanOrEqual(at(1) + 500);
		expect(at(3)).toBeGreaterThanOrEqual(at(2) + 1000);
	});

	test.each([
		['an hour behind', -3_600_000],
		['an hour ahead', 3_600_000],
	])('with a server clock that is %s', async (_how, off) => {
		const headers = {
			Date: new Date(Date.now() + off).toUTCString(),
			'X-RateLimit-Remaining': '0',
			'X-RateLimit-Reset': String(Math.floor((Date.now() + off) / 1000) + 2),
		};
		sandbox.faults.add({ status: 429, times: 1, headers });
		expect(rows(await read(once))).toHaveLength(1);
		expect(at(1)).toBeGreaterThanOrEqual(at(0) + 2000);
	});

	test.each([
		['epoch milliseconds', () => String(Date.now() + 1500)],
		['seconds from now', () => '1.5'],
	])('X-RateLimit-Reset in %s', async (_unit, reset) => {
		const headers = { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': reset() };
		sandbox.faults.add({ times: 1, headers });
		const options = { maxRequestsAtOnce: 1, maxWaitSeconds: 10 };
		expect(rows(await read({ limit: 150, options }))).toHaveLength(150);
		expect(at(1)).toBeGreaterThanOrEqual(at(0) + 1400);
		expect(at(1)).toBeLessThan(at(0) + 4000);
	});

	test('a Date header from a cache, an hour old, does not make a wait longer', async () => {
		const headers = {
			Date: new Date(Date.now() - 3_600_000).toUTCString(),
			'X-RateLimit-Remaining': '0',
			'X-RateLimit-Reset': String(Math.ceil(Date.now() / 1000) + 1),
		};
		sandbox.faults.add({ status: 429, times: 1, headers });
		expect(rows(await read(once))).toHaveLength(1);
		expect(at(1)).toBeLessThan(at(0) + 4000);
	});

	test('no other request is sent in the meantime', async () => {
		sandbox.faults.add({ skip: 2, times: 1, status: 429, headers: { 'Retry-After': '1' } });
		const found = rows(await read({ limit: 900, options: { maxRequestsAtOnce: 1 } }));
		expect(found).toEqual(sandbox.ledger.all('newestFirst').slice(0, 900));
		expect(at(3)).toBeGreaterThanOrEqual(at(2) + 1000);
	});
});

describe('if a wait is longer than allowed, the message says when it works again', () => {
	const short = { limit: 300, options: { maxWaitSeconds: 5 } };
	const later = (after: number) => new Date(Date.now() + after).toISOString().slice(0, 13);

	test.each([
		['seconds', () => ({ 'Retry-After': '10800' })],
		['date', () => ({ 'Retry-After': new Date(Date.now() + 10_800_000).toUTCString() })],
		[
			'reset',
			() => ({ 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': seconds(Date.now() + 10_800_000) }),
		],
	])('the wait is given as %s', async (_how, headers) => {
		sandbox.faults.add({ status: 429, headers: headers() });
		const { error, items } = await read(short);
		expect(error?.message).toMatch(/rate limit .* is used up\. It works again at .*, in about 18\d minutes/);
		expect(error?.message).toContain(`again at ${later(10_800_000)}`);
		expect(items).toEqual([]);
		expect(requests()).toHaveLength(1);
	});

	test('the last allowed response gives the wait: no more requests are sent', async () => {
		const headers = { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': seconds(Date.now() + 10_800_000) };
		sandbox.faults.add({ headers });
		const { items } = await read(
			{ ...short, limit: 2 },
			{ items: many(3), onError: 'continueRegularOutput' },
		);
		expect(requests()).toHaveLength(1);
		expect(items.map(({ json }) => json.error ?? 'row')).toEqual([
			'row',
			'row',
			expect.stringMatching(/It works again at/),
			expect.stringMatching(/It works again at/),
		]);
	});

	test('the wait is given by a server in maintenance', async () => {
		sandbox.faults.add({ status: 503, headers: { 'Retry-After': '3600' } });
		const { error } = await read(short);
		expect(error?.message).toMatch(/not working at the moment\. It works again at .*, in about 60 minutes/);
		expect(error?.description).toContain('answered 503');
		expect(requests()).toHaveLength(1);
	});

	test('the wait is longer than any date allows', async () => {
		sandbox.faults.add({ status: 429, headers: { 'Retry-After': '9'.repeat(400) } });
		expect((await read(short)).error?.message).toMatch(/is used up\. It works again at 20/);
	});
});

test('requests that are rejected at the same time are one wait: logged once, and counted once', async () => {
	const log = { info: jest.fn(), debug: jest.fn(), warn: jest.fn(), error: jest.fn() };
	const logger = jest.spyOn(contextWithLogger(), 'logger', 'get');
	logger.mockReturnValue(log as unknown as ExecuteContext['logger']);
	sandbox.faults.add({ delayMs: 10, jitterMs: 10 });
	sandbox.faults.add({ skip: 4, times: 12, status: 429, headers: { 'Retry-After': '2' } });
	const result = await read({ returnAll: true });
	logger.mockRestore();
	expect(rows(result)).toEqual(sandbox.ledger.all('newestFirst'));
	expect(rejected()).toBe(12);
	expect(log.info.mock.calls).toEqual([['Waiting 2 s for the rate limit of LLM Generator']]);
	expect(result.hints.map(({ message }) => message)).toEqual([
		expect.stringMatching(/^Waited [23] s for the rate limit/),
	]);
});

/** The prototype with the logger of n8n's contexts, which n8n-core does not export. */
function contextWithLogger(): ExecuteContext {
	let prototype = ExecuteContext.prototype;
	while (!Object.hasOwn(prototype, 'logger')) prototype = Object.getPrototypeOf(prototype) as ExecuteContext;
	return prototype;
}
