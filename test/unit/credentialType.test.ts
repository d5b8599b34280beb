import type { IHttpRequestOptions } from 'n8n-workflow';
import { LlmGeneratorApi } from '../../credentials/LlmGeneratorApi.credentials';

const { authenticate } = new LlmGeneratorApi();
const credential = { apiKey: ' llmgen_abc\n', baseUrl: 'https://api.example.com/v1/' };
/** As n8n makes it for the credential's own test. */
const testing: IHttpRequestOptions = { url: '/credits/history/api', baseURL: credential.baseUrl };

test('the credential’s own test goes to the Base URL with the key, both as they are meant', async () => {
	expect(await authenticate(credential, testing)).toEqual({
		url: '/credits/history/api',
		baseURL: 'https://api.example.com/v1',
		headers: { Authorization: 'Bearer llmgen_abc' },
	});
});

test('n8n’s HTTP Request node keeps its own address', async () => {
	const url = 'https://api.example.com/v1/sites';
	const request = { url, headers: { Accept: 'application/json' } };
	expect(await authenticate(credential, request)).toEqual({
		url,
		headers: { Accept: 'application/json', Authorization: 'Bearer llmgen_abc' },
	});
});

test.each<[string, object, RegExp]>([
	[
		'a Base URL that carries the key in the clear',
		{ baseUrl: 'http://api.example.com' },
		/must begin with https/,
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
