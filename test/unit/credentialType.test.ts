import type { IHttpRequestOptions, INode } from 'n8n-workflow';
import { LlmGeneratorApi } from '../../credentials/LlmGeneratorApi.credentials';
import { statusError } from '../../nodes/LlmGenerator/transport/errors';

const { authenticate, test: ownTest } = new LlmGeneratorApi();
const credential = { apiKey: ' llmgen_abc\n', baseUrl: 'https://api.example.com/v1/' };
/** The request of n8n for the credential's own test. */
const testing: IHttpRequestOptions = { url: '/credits/history/api', baseURL: credential.baseUrl };

test('the credential’s own test is sent to the Base URL with the key, both without surrounding white space', async () => {
	expect(await authenticate(credential, testing)).toEqual({
		url: '/credits/history/api',
		baseURL: 'https://api.example.com/v1',
		headers: { Authorization: 'Bearer llmgen_abc' },
	});
});

test.each([
	['http://localhost:4010/v1', { protocol: 'http:', host: 'localhost', port: 4010 }],
	['http://127.0.0.1', { protocol: 'http:', host: '127.0.0.1', port: 80 }],
	['https://localhost:4010', undefined],
])('to %s it uses no proxy, so that no proxy sees the unencrypted key', async (baseUrl, proxy) => {
	expect((await authenticate({ ...credential, baseUrl }, testing)).proxy).toEqual(proxy);
});

test('n8n’s HTTP Request node keeps its own URL', async () => {
	const url = 'https://api.example.com/v1/sites';
	const request = { url, headers: { Accept: 'application/json' } };
	expect(await authenticate(credential, request)).toEqual({
		url,
		headers: { Accept: 'application/json', Authorization: 'Bearer llmgen_abc' },
	});
});

test.each<[string, object, RegExp]>([
	[
		'a Base URL that would send the key unencrypted',
		{ baseUrl: 'http://api.example.com' },
		/must start with https/,
	],
	[
		'a domain that is not allowed',
		{ allowedHttpRequestDomains: 'domains', allowedDomains: 'example.com' },
		/not one of the Allowed Domains/,
	],
	['no key', { apiKey: undefined }, /The API key is empty/],
])('%s is refused before the test is sent', async (_what, values, sentence) => {
	await expect(authenticate({ ...credential, ...values }, testing)).rejects.toThrow(sentence);
});

describe('the credential’s own test', () => {
	const messages = new Map(
		ownTest.rules!.map(({ properties }: { properties: { value?: unknown; message: string } }) => [
			Number(properties.value),
			properties.message,
		]),
	);

	test('has one message for each status, with what happened and what to do', () => {
		expect(messages.size).toBe(ownTest.rules!.length);
		for (const [status, sentences] of messages) {
			expect(status).toBeGreaterThanOrEqual(300);
			expect(sentences).toMatch(/^[A-Z].{10,}[^.]\. [A-Z].{10,}[^.]$/s);
			expect(sentences).not.toMatch(/undefined|this node|package/);
		}
	});

	test.each([302, 402, 407, 408, 429, 500, 502, 503, 504, 520])(
		'has the same message for %i as the node',
		(status) => {
			const node = { name: 'x', type: 'x', typeVersion: 1 } as INode;
			const request = { method: 'GET' as const, url: 'https://api.example.com' };
			const error = statusError(node, request, { statusCode: status, body: '' }, 'llmgen_x');
			expect(`${messages.get(status)}.`).toBe(error.message);
		},
	);

	test('names both causes of 403, because its rules know only the status', () => {
		expect(messages.get(403)).toMatch(/API key is not allowed .* or something between n8n and LLM Generator/);
		expect(messages.get(401)).toMatch(/did not accept this API key/);
		expect(messages.get(404)).toMatch(/no LLM Generator API at this Base URL/);
	});
});
