import { NodeApiError, type INode } from 'n8n-workflow';
import { outcomeOfFailure } from '../../nodes/LlmGenerator/api/outcome';
import type { Session } from '../../nodes/LlmGenerator/api/session';

const node = { name: 'LLM Generator', type: 'llmGenerator', typeVersion: 1 } as INode;
const session = { deadlineMs: 60_000 } as Session;
const request = (method: 'GET' | 'POST') => ({ method, url: 'https://api.example.com/credits/balance/api' });

describe('a broken connection, as n8n before 2.34 tells it: without its cause', () => {
	test.each([
		['ECONNRESET', 'GET', /was cut before the answer/, 'out of order'],
		['ECONNRESET', 'POST', /It is not known whether the checkout was made/, undefined],
		['ECONNREFUSED', 'POST', /the connection was refused/, 'out of order'],
		['ENOTFOUND', 'GET', /host of LLM Generator was not found/, undefined],
	] as const)('%s of a %s', (code, method, sentence, again) => {
		const told = new NodeApiError(node, { code, message: `${code} 10.0.0.1` });
		expect(told.cause).toBeUndefined();
		const outcome = outcomeOfFailure(
			{ node, request: request(method), secret: 'llmgen_x' },
			told,
			session,
			false,
		);
		expect(outcome).toMatchObject({ error: { message: expect.stringMatching(sentence) as string }, again });
	});
});

describe('a connection that cannot be made', () => {
	const failed = (method: 'GET' | 'POST', cause: { code?: string; message: string }) => {
		const failure = Object.assign(new Error('n8n’s wrapper'), { cause });
		return outcomeOfFailure({ node, request: request(method), secret: 'llmgen_x' }, failure, session, false);
	};

	test('by a certificate that is not trusted: nothing was sent, and asking again is no help', () => {
		const outcome = failed('POST', { code: 'CERT_HAS_EXPIRED', message: 'certificate has expired' });
		expect(outcome).toEqual({ error: expect.anything() as object, again: undefined });
		expect(outcome).toMatchObject({
			error: { message: expect.stringMatching(/secure connection .* the clock of this n8n/) as string },
		});
	});

	test('for a reason that nobody thought of: in its own words, without the key', () => {
		expect(failed('GET', { message: 'Parse Error in llmgen_x' })).toMatchObject({
			error: {
				message: expect.stringMatching(/did not go through: Parse Error in \*\*\*\. Check/) as string,
				description: expect.stringMatching(/ended with no answer$/) as string,
			},
		});
	});
});
