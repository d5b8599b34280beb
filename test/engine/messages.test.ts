import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { runNode, type NodeRun } from './n8n';

const KEY = 'llmgen_a_secret_nobody_may_see';
const CHALLENGE = '<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>';
const checkout = { operation: 'createCheckout', packageId: { __rl: true, mode: 'id', value: 'pkg_pro' } };
let sandbox: Sandbox;

beforeAll(async () => {
	sandbox = await startSandbox({ apiKeys: [KEY] });
});
beforeEach(() => {
	sandbox.faults.clear();
	sandbox.requests.clear();
});
afterAll(() => sandbox.close());

async function getBalance(more: Partial<NodeRun> = {}, baseUrl = sandbox.baseUrl) {
	return await runNode({
		parameters: { operation: 'getBalance' },
		credential: { apiKey: KEY, baseUrl },
		...more,
	});
}

const restrictedTo = (allowedDomains: string) => ({
	apiKey: KEY,
	baseUrl: sandbox.baseUrl,
	allowedHttpRequestDomains: 'domains',
	allowedDomains,
});

describe('each status has a clear message, with what to do and the words of the API', () => {
	test.each([
		[400, /could not use the request.*Check the values/],
		[402, /requires payment first.*Buy credits/],
		[403, /not allowed to do this.*Check the permissions/],
		[404, /did not find.*Base URL/],
		[409, /conflicts with the present state.*run this again/],
		[418, /rejected the request \(status 418\)/],
		[422, /did not accept a value.*Check the values/],
		[500, /not working at the moment.*few minutes/],
		[503, /not working at the moment.*few minutes/],
	])('%i', async (status, sentence) => {
		sandbox.faults.add({ status, body: { message: 'Own words.' } });
		const { error, stored } = await getBalance();
		expect(error?.message).toMatch(sentence);
		expect(error?.message).toContain('“Own words”');
		expect(error?.description).toContain(`/credits/balance/api answered ${status}`);
		expect(error).toMatchObject({
			name: 'NodeApiError',
			httpCode: String(status),
			context: { itemIndex: 0 },
		});
		expect(stored).not.toContain(KEY);
	});

	test('a wrong key: one request, and a message about the key', async () => {
		const { error } = await getBalance({ credential: { apiKey: 'llmgen_wrong', baseUrl: sandbox.baseUrl } });
		expect(error?.message).toMatch(
			/did not accept the API key.*Check the key in the LLM Generator API credential/,
		);
		expect(error?.message).toContain('Invalid API key');
		expect(sandbox.requests.entries).toHaveLength(1);
	});

	test.each([
		[{ status: 403, body: CHALLENGE }, '“Just a moment...”'],
		[{ status: 403, headers: { 'cf-mitigated': 'challenge' }, body: '' }, 'with status 403. '],
		[{ status: 407, headers: { 'Proxy-Authenticate': 'Basic realm="x"' }, body: '' }, 'log in: ask whoever'],
		[{ status: 401, body: CHALLENGE }, '“Just a moment...”'],
	])('a response of a proxy, CDN or firewall: %j', async (fault, words) => {
		sandbox.faults.add(fault);
		for (const parameters of [{ operation: 'getBalance' }, checkout]) {
			const { error } = await getBalance({ parameters });
			expect(error?.message).toMatch(
				/^Something between n8n and LLM Generator \(a proxy, CDN or firewall\) /,
			);
			expect(error?.message).toContain(words);
			expect(error?.message).not.toMatch(/API key|values in this node|not known whether/);
		}
	});

	test('the message says if a checkout may have been created, and only then', async () => {
		for (const status of [400, 404, 407, 408, 409, 429, 500, 503]) {
			sandbox.faults.add({ status, headers: { 'Retry-After': '7200' } });
			const { error } = await getBalance({ parameters: checkout });
			const mayBeCreated = status === 408 || status >= 500;
			expect(/not known whether the checkout was made/.test(error!.message)).toBe(mayBeCreated);
			sandbox.faults.clear();
		}
	});

	test('429 that does not end soon: the message says when it works again', async () => {
		sandbox.faults.add({ status: 429, headers: { 'Retry-After': '7200' } });
		const { error } = await getBalance();
		expect(error?.message).toMatch(
			/rate limit .* is used up\. It works again at .*Z, in about 1\d\d minutes/,
		);
		expect(sandbox.requests.entries).toHaveLength(1);
	});
});

describe('the words of the API are found in every common place', () => {
	test.each([
		['message', { message: 'Here' }],
		['error', { error: 'Here' }],
		['error.message', { error: { message: 'Here', code: 7 } }],
		['msg', { msg: 'Here' }],
		['message before error', { error: 'Bad Request', message: 'Here' }],
		['plain text', 'Here'],
		['a list of messages', { message: ['Here'], error: 'Bad Request' }],
		['detail', { detail: 'Here' }],
		['a list of details', { detail: [{ loc: ['limit'], msg: 'Here' }] }],
		['errors', { errors: ['Here'] }],
		['errors with a message each', { errors: [{ code: 7, message: 'Here' }] }],
	])('%s', async (_where, body) => {
		sandbox.faults.add({ status: 400, body });
		expect((await getBalance()).error?.message).toContain('“Here”');
	});

	test.each([
		['a web page', '<html><body>Bad gateway</body></html>'],
		['nothing', ''],
		['a list', '[1, 2]'],
	])('%s: the message is still clear', async (_what, body) => {
		sandbox.faults.add({ status: 400, body });
		const { error } = await getBalance();
		expect(error?.message).toBe('LLM Generator could not use the request. Check the values in this node.');
	});

	test('words for which n8n has its own message are shown too', async () => {
		sandbox.faults.add({ status: 400, body: { message: 'upstream said ECONNREFUSED' } });
		expect((await getBalance()).error?.message).toContain('“upstream said ECONNREFUSED”');
	});

	test('a key that the server repeats is redacted', async () => {
		for (const status of [400, 401, 403]) {
			sandbox.faults.add({ status, echoKey: true });
			const { error, stored } = await getBalance();
			expect(error).toBeDefined();
			expect(stored).not.toContain(KEY);
			sandbox.faults.clear();
		}
	});
});

describe('a connection that fails has a clear message', () => {
	const listen = async (server: Server) => {
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return (server.address() as AddressInfo).port;
	};

	test('refused', async () => {
		const server = createServer();
		const port = await listen(server);
		server.close();
		const { error } = await getBalance({}, `http://127.0.0.1:${port}`);
		expect(error?.message).toMatch(/connection was refused.*Base URL/);
	});

	test('reset at every try', async () => {
		sandbox.faults.add({ reset: 'before' });
		const { error, stored } = await getBalance();
		expect(error?.message).toMatch(/was cut before the answer was complete/);
		expect(sandbox.requests.entries).toHaveLength(4);
		expect(stored).not.toContain(KEY);
	});

	test('a host name that does not exist', async () => {
		const { error } = await getBalance({}, 'https://llmgenerator.invalid');
		expect(error?.message).toMatch(/host of LLM Generator was not found.*resolve names/);
	});

	test('a server without TLS at an https address', async () => {
		const { error } = await getBalance({}, sandbox.baseUrl.replace('http:', 'https:'));
		expect(error?.message).toMatch(/secure connection to LLM Generator could not be made/);
	});

	test('a redirect is not followed with the key', async () => {
		sandbox.faults.add({ times: 1, redirectTo: `${sandbox.baseUrl}/credits/balance/api` });
		const { error } = await getBalance();
		expect(error?.message).toMatch(/redirected the request to another address, which was not followed/);
		expect(sandbox.requests.entries).toHaveLength(1);
	});
});

describe('a response that is not as documented has a clear message', () => {
	test.each([
		['<!doctype html><title>Log in</title>', /sent a web page/],
		['[]', /sent a list/],
		['null', /sent an empty answer/],
		['', /sent an empty answer/],
		['{"balance": 4', /sent JSON that is cut off/],
		['hello', /sent plain text/],
		['{}', /sent an empty object/],
		['{"status":"ok"}', /sent an object with status/],
		['7', /sent a number/],
	])('%s', async (rawBody, sentence) => {
		sandbox.faults.add({ rawBody });
		const { error, items } = await getBalance();
		expect(error?.message).toMatch(sentence);
		expect(error?.message).toMatch(/Check that the Base URL/);
		expect(items).toEqual([]);
	});
});

describe('a credential that cannot be used is refused before a request is sent', () => {
	test.each([
		['http://api.llmgenerator.com/api/v1', /must start with https:\/\//],
		['http://127.0.0.1.example.com', /must start with https:\/\//],
		['http://localhost.example.com', /must start with https:\/\//],
		['ftp://localhost', /must start with https:\/\//],
		['api.llmgenerator.com', /is not a web address/],
		['https://user:word@api.llmgenerator.com', /must not contain a user name/],
		['https://api.llmgenerator.com/?x=1', /a "\?" or a "#"/],
	])('base URL %s', async (baseUrl, sentence) => {
		expect((await getBalance({}, baseUrl)).error?.message).toMatch(sentence);
	});

	test.each([
		['', /API key is empty/],
		['llmgen_with\nbreak', /characters that are not allowed in a key/],
		['llmgen_…', /characters that are not allowed in a key/],
	])('key %j', async (apiKey, sentence) => {
		const { error } = await getBalance({ credential: { apiKey, baseUrl: sandbox.baseUrl } });
		expect(error?.message).toMatch(sentence);
		expect(error?.message).toMatch(/Copy the key again/);
		expect(sandbox.requests.entries).toEqual([]);
	});

	test.each(['api.llmgenerator.com', '*.127.0.0.1', '', ' , '])(
		'a domain that the credential does not allow: only %j is allowed',
		async (allowedDomains) => {
			const { error } = await getBalance({ credential: restrictedTo(allowedDomains) });
			expect(error?.message).toMatch(/points to 127\.0\.0\.1, which is not one of the Allowed Domains/);
			expect(sandbox.requests.entries).toEqual([]);
		},
	);
});

test('an operation that this version does not have is reported', async () => {
	const { error } = await getBalance({ parameters: { operation: 'getInvoices' } });
	expect(error?.message).toMatch(/has no operation "getInvoices". Choose one in the field "Operation"/);
});

test('a domain that the credential allows', async () => {
	const { items } = await getBalance({ credential: restrictedTo('api.llmgenerator.com, *.0.0.1') });
	expect(items[0].json).toMatchObject({ balance: sandbox.ledger.balance });
});

test.each(['/', '//', ' '])('a Base URL that ends with %j works', async (ending) => {
	const { items } = await getBalance({}, `${sandbox.baseUrl}${ending}`);
	expect(items[0].json).toMatchObject({ balance: sandbox.ledger.balance });
	expect(sandbox.requests.entries[0].path).toBe('/credits/balance/api');
});

test('white space around a copied key is ignored', async () => {
	const { items } = await getBalance({ credential: { apiKey: ` ${KEY}\n`, baseUrl: sandbox.baseUrl } });
	expect(items[0].json).toMatchObject({ balance: sandbox.ledger.balance });
});

test('expressions in the credential are resolved for each input item', async () => {
	const { items } = await getBalance({
		items: [{ key: KEY }, { key: 'llmgen_other' }],
		credential: { apiKey: '={{ $json.key }}', baseUrl: sandbox.baseUrl },
		onError: 'continueRegularOutput',
	});
	expect(items[0].json).toHaveProperty('balance');
	expect(items[1].json).toEqual({ error: expect.stringContaining('did not accept the API key') as string });
});
