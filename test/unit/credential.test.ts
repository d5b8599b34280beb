import * as fc from 'fast-check';
import { isDomainAllowed } from 'n8n-workflow';
import { checkDomain } from '../../nodes/LlmGenerator/api/credential';
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

test('Allowed Domains mean to this node what they mean to n8n', () => {
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
	'Allowed Domains “%s” speak of n8n’s HTTP Request node only',
	(allowedHttpRequestDomains) => {
		const baseUrl = 'https://api.llmgenerator.com/api/v1';
		expect(() => checkDomain({ baseUrl, allowedHttpRequestDomains, allowedDomains: 'a' })).not.toThrow();
	},
);
