import { NodeApiError, type INode } from 'n8n-workflow';
import * as fc from 'fast-check';
import {
	connectionError,
	listError,
	rateLimitError,
	statusError,
	stoppedError,
	timeOutError,
	unavailableUntilError,
	unexpectedAnswerError,
	type RequestSummary,
} from '../../nodes/LlmGenerator/transport/errors';
import type { Answer } from '../../nodes/LlmGenerator/transport/answer';
import { isHistoryPage } from '../../nodes/LlmGenerator/shapes';
import { brokenBy, isCutOff, isRemoved } from '../../nodes/LlmGenerator/transport/connection';
import { seed } from './chance';

const KEY = 'llmgen_a_secret';
const NOW = Date.UTC(2026, 10, 23, 12);
const node = { name: 'LLM Generator', type: 'llmGenerator', typeVersion: 1 } as INode;
const get: RequestSummary = { method: 'GET', url: 'https://api.example.com/credits/balance/api' };
const IN_DOUBT = 'It is not known whether the checkout was made: running this again is safe';
const post: RequestSummary = {
	method: 'POST',
	url: 'https://api.example.com/credits/checkout',
	inDoubt: IN_DOUBT,
	advice: { 404: 'Check the package' },
};
/** The sentence about a checkout that may have been created. */
const FATE = /It is not known whether the checkout was made.* running this again is safe\.$/;

const ofStatus = (status: number, body: unknown = '', request = get) =>
	statusError(node, request, { statusCode: status, body: body as Answer['body'] }, KEY);
const ofConnection = (code: string | undefined, message = 'x', request = get) =>
	connectionError(node, request, { code, message }, KEY);
const ofBody = (body: unknown, request = get) =>
	unexpectedAnswerError(node, request, body, KEY, isHistoryPage.misfit(body));

/** The message says what happened and what to do; the description names the request. */
function expectComplete(error: NodeApiError, request: RequestSummary) {
	expect(error.message).toMatch(/^[A-Z].{10,}[^.]\. [A-Z].{10,}[^.]\.$/s);
	expect(error.message).not.toMatch(/undefined|null|NaN|\*\*\*\*/);
	const start = `${request.method} ${request.url} `;
	expect(error.description?.startsWith(start)).toBe(true);
	expect(error.description!.slice(start.length)).toMatch(/^(answered|was|ended) \w/);
	expect(error.cause).toBeUndefined();
	expect(error.node).toBe(node);
}

const STATUSES = [300, 302, 399, 400, 401, 402, 403, 404, 407, 408, 409, 418, 422, 429, 499, 500, 503, 599];
const CODES = [
	'ECONNREFUSED',
	'ECONNRESET',
	'EPIPE',
	'ERR_BAD_RESPONSE',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
];
/** Codes of Node's TLS and of OpenSSL: https://nodejs.org/api/tls.html#x509-certificate-error-codes. */
const TLS_CODES = [
	'CERT_HAS_EXPIRED',
	'ERR_TLS_CERT_ALTNAME_INVALID',
	'ERR_SSL_WRONG_VERSION_NUMBER',
	'EPROTO',
	'DEPTH_ZERO_SELF_SIGNED_CERT',
	'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
	'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
];

describe('a status', () => {
	test.each(STATUSES)('%i has a message with two sentences, and the request is named', (status) => {
		for (const request of [get, post]) {
			const error = ofStatus(status, '', request);
			expectComplete(error, request);
			expect(error.description).toMatch(new RegExp(`answered ${status}$`));
			expect(error.httpCode).toBe(String(status));
		}
	});

	test('has its own message if the user must do something different', () => {
		const messages = [302, 400, 401, 402, 403, 404, 407, 408, 409, 422, 429, 500].map(
			(status) => ofStatus(status).message,
		);
		expect(new Set(messages).size).toBe(messages.length);
	});

	test.each([
		[401, { cause: 'credential-invalid' }],
		[429, { cause: 'rate-limited' }],
		[499, undefined],
		[408, { cause: 'temporarily-unavailable' }],
		[500, { cause: 'temporarily-unavailable' }],
		[404, undefined],
	])('%i tells n8n how to continue polling: %j', (status, failure) => {
		expect(ofStatus(status).failure).toEqual(failure);
	});

	test.each([
		[499, 'POST', false],
		[407, 'POST', false],
		[408, 'POST', true],
		[408, 'GET', false],
		[500, 'POST', true],
		[500, 'GET', false],
	] as const)(
		'%i of a %s: whether the message says that a checkout may have been created',
		(status, method, expected) => {
			expect(FATE.test(ofStatus(status, '', method === 'GET' ? get : post).message)).toBe(expected);
		},
	);

	test('has the advice of the sender of the request, if there is one', () => {
		expect(ofStatus(404, '', post).message).toBe(
			'LLM Generator did not find what was requested. Check the package.',
		);
		expect(ofStatus(404).message).toMatch(/requested\. Check the Base URL in/);
		expect(ofStatus(404, '<html></html>', post).message).not.toContain('Check the package');
	});

	test('speaks of a POST only in the words of its sender', () => {
		const other: RequestSummary = { ...post, inDoubt: 'The file may have been started', advice: undefined };
		for (const error of [
			ofStatus(500, '', other),
			ofStatus(404, '', other),
			ofConnection('ECONNRESET', 'x', other),
			ofBody({}, other),
			timeOutError(node, other, 1),
			stoppedError(node, other, 'unknown'),
		]) {
			expectComplete(error, other);
			expect(error.message.replace(other.url, '')).not.toMatch(/checkout|package|Stripe/i);
			expect(error.message.endsWith('The file may have been started.')).toBe(error.fate === 'unknown');
		}
	});

	test.each([
		['an unknown redirect', 399, /^LLM Generator redirected the request to another address/],
		['below 300', 299, /^LLM Generator rejected the request \(status 299\)\. Check the values/],
		['without its own message', 451, /^LLM Generator rejected the request \(status 451\)\. Check the values/],
	])('%s', (_, status, sentence) => {
		expect(ofStatus(status).message).toMatch(sentence);
	});
});

describe('the words of the API', () => {
	test.each([
		[{ message: 'Here' }, 'Here'],
		[{ message: ' ', error: { message: 'Here' } }, 'Here'],
		[{ error: 'Here' }, 'Here'],
		[{ error: { code: 7 }, msg: 'Here' }, 'Here'],
		[{ message: 'First', msg: 'Last' }, 'First'],
		['Here.', 'Here'],
		['Here. And there.', 'Here. And there'],
		[' on\n\n two\tlines ', 'on two lines'],
		[`the key ${KEY}, twice ${KEY}`, 'the key ***, twice ***'],
		['x'.repeat(300), 'x'.repeat(300)],
		['x'.repeat(301), `${'x'.repeat(300)}…`],
	])('%j: “%s”', (body, words) => {
		expect(ofStatus(400, body).message).toBe(
			`LLM Generator could not use the request: “${words}”. Check the values in this node.`,
		);
	});

	test.each(['', ' ', ' <html>', 7, null, undefined, [], {}, { message: 7 }, { error: {} }, { msg: ['x'] }])(
		'are none in %j',
		(body) => {
			expect(ofStatus(400, body).message).toBe(
				'LLM Generator could not use the request. Check the values in this node.',
			);
		},
	);

	test.each([
		[
			{ message: ['limit must not be greater than 100'], error: 'Bad Request' },
			'limit must not be greater than 100',
		],
		[{ message: ['a', 'b', 'a', ''] }, 'a; b'],
		[{ detail: 'Here' }, 'Here'],
		[{ detail: [{ loc: ['query', 'limit'], msg: 'Here' }] }, 'Here'],
		[{ type: 'about:blank', title: 'Bad Request', detail: 'Here', status: 400 }, 'Here'],
		[{ title: 'Here' }, 'Here'],
		[{ errors: ['a', 'b'] }, 'a; b'],
		[{ errors: [{ message: 'a' }, { detail: 'b' }, { title: 'c' }] }, 'a; b; c'],
		[
			{ errors: { limit: ['is too high', 'is odd'], offset: 'is too low' } },
			'limit: is too high; is odd; offset: is too low',
		],
		[{ errors: { message: 'Here' } }, 'Here'],
		[{ message: 'Not valid', errors: [{ message: 'limit is too high' }] }, 'Not valid: limit is too high'],
		[{ message: 'Here', errors: ['Here'] }, 'Here'],
		[{ error: { errors: [{ message: 'Here' }] } }, 'Here'],
		[['Here'], 'Here'],
		[{ errors: Array.from({ length: 900 }, (_, i) => `e${i}`) }, 'e0; e1; e2; e3; e4'],
	])('in lists and objects: %j', (body, words) => {
		expect(ofStatus(400, body).message).toBe(
			`LLM Generator could not use the request: “${words}”. Check the values in this node.`,
		);
	});

	test('are not searched in very deep bodies', () => {
		let body: unknown = 'Here';
		for (let depth = 0; depth < 100_000; depth++) body = depth % 2 ? [body] : { message: body };
		expect(ofStatus(400, body).message).not.toContain('Here');
	});

	test('with any body, no quote is empty or too long, and none contains the key', () => {
		const blank = fc.constantFrom('', ' ', '.', '…', '\u200b', '\u0000', '<p>', KEY, `${KEY}.`);
		const leaf = fc.oneof(blank, fc.string(), fc.integer(), fc.constant(null), fc.boolean());
		const { body } = fc.letrec((tie) => ({
			body: fc.oneof(
				{ depthSize: 'small' },
				leaf,
				fc.array(tie('body'), { maxLength: 3 }),
				fc.dictionary(
					fc.constantFrom('message', 'error', 'msg', 'detail', 'errors', 'title', '', ' ', KEY),
					tie('body'),
					{ maxKeys: 3 },
				),
			),
		}));
		fc.assert(
			fc.property(body, fc.constantFrom(200, 400, 403, 407, 500), (made, status) => {
				const error = status === 200 ? ofBody(made) : ofStatus(status, made);
				expect(error.message).not.toMatch(/“[\s.]*”|: \.|with \.|with in place/);
				expect(error.message).not.toContain(KEY);
				expect(error.message.length).toBeLessThan(800);
			}),
			{ numRuns: 2000, seed },
		);
	});

	test('are kept, although n8n has its own messages for some of them', () => {
		expect(ofStatus(400, 'ENOENT, ECONNREFUSED').message).toContain('“ENOENT, ECONNREFUSED”');
	});
});

describe('a response of a proxy, CDN or firewall', () => {
	const page = '<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>';
	const between = (
		status: number,
		body: unknown = page,
		headers: Record<string, string> = {},
		request = get,
	) => statusError(node, request, { statusCode: status, body: body as Answer['body'], headers }, KEY);
	const SENTENCE =
		/^Something between n8n and LLM Generator \(a proxy, CDN or firewall\) answered in its place with status \d+/;

	test.each<[number, unknown, Record<string, string>]>([
		[403, page, {}],
		[401, page, {}],
		[404, page, {}],
		[418, '\ufeff <?xml version="1.0"?><Error/>', {}],
		[429, page, {}],
		[407, '', {}],
		[407, { message: 'Log in' }, {}],
		[403, '', { 'cf-mitigated': 'challenge' }],
		[503, page, { 'cf-mitigated': 'challenge' }],
		[400, '', { 'proxy-authenticate': 'Basic' }],
	])('%i %j %j', (status, body, headers) => {
		const error = between(status, body, headers);
		expectComplete(error, get);
		expect(error.message).toMatch(SENTENCE);
		expect(error.message).not.toMatch(/API key|values in this node|your LLM Generator plan/);
		expect(error.failure).not.toEqual({ cause: 'credential-invalid' });
		expect(error.message.includes('“Just a moment...”')).toBe(body === page);
	});

	test('407 says which password is needed', () => {
		expect(between(407).message).toMatch(/ask whoever runs this n8n to put the user name and password/);
		expect(between(407, { message: 'Log in' }).message).toContain('“Log in”');
	});

	test.each([
		[400, /^LLM Generator could not use the request\. Check the values/],
		[500, /^LLM Generator is not working at the moment\. /],
		[502, /^LLM Generator is not working at the moment\. /],
		[302, /^LLM Generator redirected the request to another address/],
	])('is not assumed for a web page with status %i', (status, sentence) => {
		expect(between(status).message).toMatch(sentence);
	});

	test('its title is quoted on one line, shortened and without the key, or not at all', () => {
		expect(between(403, `<title>\n Log ${KEY}\n in</title>`).message).toContain('status 403: “Log *** in”. ');
		expect(between(403, '<title> </title>').message).toContain('status 403. ');
		expect(between(403, `<title>${'x'.repeat(400)}</title>`).message.length).toBeLessThan(700);
	});

	test('in place of a tunnel: the POST was not sent', () => {
		for (const statusCode of [400, 403, 502, 503]) {
			const error = statusError(
				node,
				post,
				{ statusCode, body: '', headers: {}, isTunnelRefusal: true },
				KEY,
			);
			expectComplete(error, post);
			expect(error.message).toMatch(SENTENCE);
			expect(error.fate).toBe('not sent');
		}
	});

	test('a POST that it refused was not processed', () => {
		expect(between(403, page, {}, post).message).not.toMatch(FATE);
		expect(between(408, page, {}, post).message).toMatch(FATE);
	});
});

describe('a connection', () => {
	test.each([...CODES, ...TLS_CODES, 'EWHATEVER', undefined])(
		'that ends with %s has a message with two sentences',
		(code) => {
			for (const request of [get, post]) {
				const error = ofConnection(code, 'reason', request);
				expectComplete(error, request);
				expect(error.description).toMatch(new RegExp(`ended with ${code ?? 'no answer'}$`));
				expect(error.failure).toEqual({ cause: 'temporarily-unavailable' });
			}
		},
	);

	test.each(TLS_CODES)('that is not trusted: %s', (code) => {
		expect(ofConnection(code).message).toMatch(/^A secure connection .* the clock of this n8n/);
	});

	test('has its own message if the user must do something different', () => {
		const codes = ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EHOSTUNREACH', 'EPROTO', undefined];
		expect(new Set(codes.map((code) => ofConnection(code).message)).size).toBe(codes.length);
	});

	test.each([
		...['ECONNRESET', 'EPIPE', 'ERR_BAD_RESPONSE', 'EHOSTUNREACH', 'ENETUNREACH', undefined].map(
			(code) => [code, true] as const,
		),
		...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', ...TLS_CODES].map((code) => [code, false] as const),
	])('%s: whether a checkout may have been sent (%s)', (code, sent) => {
		expect(FATE.test(ofConnection(code, 'x', post).message)).toBe(sent);
		expect(ofConnection(code, 'x', get).message).not.toMatch(FATE);
	});

	test.each(['socket hang up', 'Socket Hang Up', 'aborted'])(
		'that ends halfway has no code: “%s”',
		(words) => {
			expect(isCutOff({ message: words })).toBe(true);
			expect(ofConnection(undefined, words).message).toMatch(/was cut before the answer was complete/);
		},
	);

	test.each([
		['connect ETIMEDOUT 10.0.0.1:443', 'ETIMEDOUT', false],
		['connect EHOSTUNREACH 10.0.0.1:443 - Local (10.0.0.2:5)', 'EHOSTUNREACH', false],
		['connect ENETUNREACH 10.0.0.1:443', undefined, false],
		['connect EADDRNOTAVAIL 10.0.0.1:443', 'EADDRNOTAVAIL', false],
		['Client network socket disconnected before secure TLS connection was established', 'ECONNRESET', false],
		['The request was blocked because it resolves to a restricted IP address', undefined, false],
		['The request was blocked because the destination hostname is restricted', undefined, false],
		['Proxy connection ended before receiving CONNECT response', undefined, false],
		['read ETIMEDOUT', 'ETIMEDOUT', true],
		['read ECONNRESET', 'ECONNRESET', true],
		['write EPIPE', 'EPIPE', true],
		['socket hang up', 'ECONNRESET', true],
	])('“%s”: whether a checkout may have been sent', (message, code, sent) => {
		expect(FATE.test(ofConnection(code, message, post).message)).toBe(sent);
		expectComplete(ofConnection(code, message, get), get);
	});

	test.each([
		['connect ECONNREFUSED 10.0.0.5:3128', 'ECONNREFUSED', '10.0.0.5:3128'],
		['connect ETIMEDOUT fd00::5:3128', 'ETIMEDOUT', 'fd00::5:3128'],
		['getaddrinfo ENOTFOUND proxy.corp', 'ENOTFOUND', 'proxy.corp'],
		['getaddrinfo EAI_AGAIN proxy.corp', 'EAI_AGAIN', 'proxy.corp'],
	])('“%s” is a connection to a proxy', (message, code, proxy) => {
		for (const request of [get, post]) {
			expectComplete(ofConnection(code, message, request), request);
			expect(ofConnection(code, message, request).message).toContain(
				`The proxy ${proxy}, which n8n sends its requests through, cannot be reached. `,
			);
		}
	});

	test.each([
		['https://api.example.com/x', 'connect ECONNREFUSED 93.184.216.34:443'],
		['https://api.example.com:8443/x', 'connect ECONNREFUSED 93.184.216.34:8443'],
		['https://API.example.com/x', 'getaddrinfo ENOTFOUND api.example.com'],
		['http://localhost:4010/x', 'connect ECONNREFUSED ::1:4010'],
		['http://127.1:4010/x', 'connect ECONNREFUSED 127.0.0.1:4010'],
		['http://localhost/x', 'connect ECONNREFUSED 127.0.0.1:80'],
		['https://[::1]:8443/x', 'connect ECONNREFUSED ::1:8443'],
	])('to %s: “%s” is a connection to the address itself', (url, message) => {
		const code = message.split(' ')[1];
		expect(connectionError(node, { method: 'GET', url }, { code, message }, KEY).message).not.toMatch(
			/proxy/i,
		);
	});

	test('to another IP address is a connection to a proxy', () => {
		const request: RequestSummary = { method: 'GET', url: 'https://10.0.0.1/x' };
		const broken = { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 10.0.0.5:443' };
		expect(connectionError(node, request, broken, KEY).message).toMatch(/^The proxy 10\.0\.0\.5:443, /);
	});

	test.each([
		['', undefined, 'did not go through. Check'],
		[' \n', undefined, 'did not go through. Check'],
		['', 'EWHATEVER', 'did not go through: EWHATEVER. Check'],
	])('without a message (%j, code %p) has no empty quote', (message, code, words) => {
		expect(ofConnection(code, message).message).toContain(words);
		expectComplete(ofConnection(code, message), get);
	});

	test('is found inside the errors of n8n, axios and Node', () => {
		const refused = Object.assign(new Error('connect ECONNREFUSED ::1:80'), { code: 'ECONNREFUSED' });
		const aggregate = Object.assign(new AggregateError([refused, refused], ''), { code: 'ECONNREFUSED' });
		const axios = Object.assign(new Error('Error', { cause: aggregate }), { code: 'ECONNREFUSED' });
		expect(brokenBy(new Error('n8n', { cause: axios }))).toMatchObject({
			code: 'ECONNREFUSED',
			message: 'connect ECONNREFUSED ::1:80',
		});
		expect(brokenBy(new Error('n8n', { cause: 'words' }))).toMatchObject({ message: 'words' });
		expect(brokenBy(new Error('n8n', { cause: {} }))).toMatchObject({ code: undefined, message: '' });
		const circle = new Error('round');
		circle.cause = circle;
		expect(brokenBy(circle).message).toBe('round');
	});

	test('that was not made because the package was removed is recognized, also by what n8n before 2.34 leaves of it', () => {
		const words = 'Unrecognized credential type: llmGeneratorApi';
		const older = new NodeApiError(node, { message: words });
		expect(older.cause).toBeUndefined();
		const newer = new Error('n8n', { cause: new Error(words) });
		for (const failure of [older, newer]) expect(isRemoved(brokenBy(failure))).toBe(true);
		expect(isRemoved({ message: 'Unrecognized credential type: slackApi' })).toBe(false);
	});

	test('that ends for an unknown reason is reported with the original words, without the key', () => {
		expect(isCutOff({ message: 'Parse Error' })).toBe(false);
		expect(ofConnection(undefined, `Parse Error ${KEY}`).message).toMatch(
			/^The request to LLM Generator did not go through: Parse Error \*\*\*\. Check the LLM/,
		);
	});
});

describe('a time', () => {
	test.each([
		[1, 'in about 1 minute: '],
		[60_000, 'in about 1 minute: '],
		[60_001, 'in about 2 minutes: '],
		[7_200_000, 'in about 120 minutes: '],
	])('%i ms ahead is shown with the minutes until then', (ms, words) => {
		const until = NOW + ms;
		for (const error of [
			rateLimitError(node, get, until, NOW),
			unavailableUntilError(node, get, { statusCode: 503, body: '' }, until, NOW),
		]) {
			expectComplete(error, get);
			expect(error.message).toContain(`It works again at ${new Date(until).toISOString()}, ${words}run this`);
		}
	});

	test('n8n also gets the time at which the rate limit ends', () => {
		const error = rateLimitError(node, get, NOW + 5000, NOW);
		expect(error.failure).toEqual({
			cause: 'rate-limited',
			retryAfterMs: 5000,
			resetsAtEpochMs: NOW + 5000,
		});
		expect(error).toMatchObject({ httpCode: '429', description: `GET ${get.url} was not sent` });
		expect(error.message).toMatch(/^The rate limit .* or move to a plan with a higher limit\.$/);
	});

	test('until which the server does not work', () => {
		expect(unavailableUntilError(node, get, { statusCode: 503, body: '' }, NOW + 5000, NOW)).toMatchObject({
			failure: { cause: 'temporarily-unavailable' },
			httpCode: '503',
			description: `GET ${get.url} answered 503`,
		});
	});

	test.each([
		['unknown', /^The run was stopped before LLM Generator answered\. It is not known whether the checkout/],
		['not sent', /^The run was stopped before this request was sent\. Run this again\.$/],
	] as const)('of a stopped run: the POST is %s', (fate, sentence) => {
		const error = stoppedError(node, post, fate);
		expectComplete(error, post);
		expect(error).toMatchObject({ fate, message: expect.stringMatching(sentence) as string });
	});

	test('of a timeout', () => {
		expectComplete(timeOutError(node, get, 1500), get);
		expect(timeOutError(node, get, 1500)).toMatchObject({
			message: expect.stringMatching(/did not answer within 1.5 s\. .*support\.$/) as string,
			description: `GET ${get.url} was given up`,
			failure: { cause: 'temporarily-unavailable' },
		});
		expect(timeOutError(node, post, 1500).message).toMatch(FATE);
	});
});

describe('a success with an unexpected body', () => {
	test.each([
		[null, 'an empty answer'],
		[undefined, 'an empty answer'],
		['', 'an empty answer'],
		[[], 'a list'],
		[' <!doctype html>', 'a web page'],
		[' {"balance": 4', 'JSON that is cut off'],
		['[1, 2', 'JSON that is cut off'],
		['hello {', 'plain text'],
		['a < b', 'plain text'],
		[7, 'a number'],
		[true, 'a boolean'],
		[{}, 'an empty object'],
		[{ transactions: [{}] }, 'a transaction without an ID'],
		[{ transactions: {} }, 'an object whose “transactions” is not a list'],
		[{ transactions: [] }, 'an object with transactions'],
		[{ a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 }, 'an object with a, b, c, d, e'],
		[{ [KEY]: 1 }, 'an object with ***'],
	])('%j: %s', (body, kind) => {
		const error = ofBody(body);
		expectComplete(error, get);
		expect(error.message).toContain(
			`LLM Generator sent ${kind} in place of its documented answer to GET ${get.url}. Check that`,
		);
		expect(error.description).toBe(`GET ${get.url} answered with ${kind}`);
		expect(error.failure).toBeUndefined();
	});

	test('says that a checkout may have been created, but only for a checkout', () => {
		expect(ofBody({}, post).message).toMatch(FATE);
		expect(ofBody({}, get).message).not.toMatch(FATE);
	});
});

test('a history with contradictions', () => {
	const error = listError(node, get, 'The pages do not fit together');
	expectComplete(error, get);
	expect(error.message).toMatch(
		/^The pages do not fit together\. Nothing was returned, .* Run this again\.$/,
	);
	expect(error.description).toBe(`GET ${get.url} was the last one`);
	expect(error.failure).toEqual({ cause: 'temporarily-unavailable' });
});
