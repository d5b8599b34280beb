import * as fc from 'fast-check';
import { isDomainAllowed } from 'n8n-workflow';
import { checkDomain, checkedApiKey, checkedBaseUrl } from '../../nodes/LlmGenerator/transport/credential';
import { seed } from './chance';

const label = fc.constantFrom('a', 'api', 'example', 'A', '127', '');
const domain = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const written = fc.tuple(
	fc.constantFrom('', '*.', '*', ' ', '.'),
	domain,
	fc.constantFrom('', '.', ' ', '. '),
);
const lists = fc.array(
	written.map((parts) => parts.join('')),
	{ minLength: 1, maxLength: 3 },
);

test('Allowed Domains mean the same to this node as to n8n', () => {
	fc.assert(
		fc.property(domain, lists, (host, list) => {
			const baseUrl = `https://${host}/api/v1`;
			fc.pre(URL.canParse(baseUrl) && list.join(',').trim() !== '');
			const allowedDomains = list.join(',');
			const check = () => checkDomain({ baseUrl, allowedHttpRequestDomains: 'domains', allowedDomains });
			if (isDomainAllowed({ url: baseUrl, allowedDomains })) expect(check).not.toThrow();
			else expect(check).toThrow(/is not one of the Allowed Domains/);
		}),
		{ numRuns: 2000, seed },
	);
});

test.each(['all', 'none', undefined] as const)(
	'Allowed Domains “%s” apply only to n8n’s HTTP Request node',
	(allowedHttpRequestDomains) => {
		const baseUrl = 'https://api.llmgenerator.com/api/v1';
		expect(() => checkDomain({ baseUrl, allowedHttpRequestDomains, allowedDomains: 'a' })).not.toThrow();
	},
);

const DEFAULT = 'https://api.llmgenerator.com/api/v1';

describe('the Base URL', () => {
	test('may contain letters like ü, however often it was read', () => {
		for (let i = 0; i < 30_000; i++) checkedBaseUrl('https://münchen.example.com');
		expect(checkedBaseUrl('https://münchen.example.com')).toBe('https://münchen.example.com');
	});

	test.each([
		['https://api.example.com/v1', 'https://api.example.com/v1'],
		[' https://api.example.com/v1// ', 'https://api.example.com/v1'],
		['https://api.example.com//v1/', 'https://api.example.com//v1'],
		['', DEFAULT],
		['  ', DEFAULT],
		[undefined, DEFAULT],
		['http://localhost:5678', 'http://localhost:5678'],
		['http://127.0.0.1:5678', 'http://127.0.0.1:5678'],
		['http://127.1', 'http://127.1'],
		['http://127.12.34.56', 'http://127.12.34.56'],
		['http://[::1]:5678', 'http://[::1]:5678'],
	])('%j is used as %s', (written, used) => {
		expect(checkedBaseUrl(written)).toBe(used);
	});

	test.each([
		['api.example.com', /^The Base URL "api.example.com" is not a web address\. /],
		[7, /^The Base URL "7" is not a web address\. /],
		['https://user@api.example.com', /must not contain a user name, a "\?" or a "#"\. /],
		['https://:word@api.example.com', /must not contain a user name/],
		['https://api.example.com?x', /must not contain a user name/],
		['https://api.example.com#x', /must not contain a user name/],
		['http://api.example.com', /must start with https:\/\/, .* \(http:\/\/ is for this machine only\)\. /],
		['http://127.0.0.1.example.com', /must start with https/],
		['http://x127.0.0.1.com', /must start with https/],
		['http://localhost.example.com', /must start with https/],
		['http://[::2]', /must start with https/],
		['ftp://localhost', /must start with https/],
	])('%j is refused, and the message says what to do', (written, sentence) => {
		expect(() => checkedBaseUrl(written)).toThrow(sentence);
		expect(() => checkedBaseUrl(written)).toThrow(
			`Correct it in the LLM Generator API credential. The usual value is ${DEFAULT}`,
		);
	});
});

describe('the API key', () => {
	test.each([
		['llmgen_x', 'llmgen_x'],
		[' llm_!~\n', 'llm_!~'],
	])('%j is used as %s', (written, used) => {
		expect(checkedApiKey(written)).toBe(used);
	});

	test.each([
		['', /^The API key is empty\. Copy the key again into the LLM Generator API credential$/],
		[' ', /is empty/],
		[undefined, /is empty/],
		['llmgen_…', /^The API key contains characters that are not allowed in a key\. Copy/],
		['…llmgen_', /not allowed in a key/],
		['llmgen_a b', /not allowed in a key/],
		['llmgen_a\nb', /not allowed in a key/],
	])('%j is refused, and the message says what to do', (written, sentence) => {
		expect(() => checkedApiKey(written)).toThrow(sentence);
	});
});

test('the message names a domain that is not allowed, and says what to do', () => {
	const restricted = { baseUrl: DEFAULT, allowedHttpRequestDomains: 'domains' as const };
	for (const allowedDomains of [undefined, '', ' , ', 'example.com']) {
		expect(() => checkDomain({ ...restricted, allowedDomains })).toThrow(
			/^The Base URL points to api\.llmgenerator\.com, which is not one of the Allowed Domains .* or add api\.llmgenerator\.com to/,
		);
	}
});
