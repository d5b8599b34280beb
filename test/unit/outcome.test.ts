import { NodeApiError, type INode } from 'n8n-workflow';
import {
	backOffMs,
	outcomeOfAnswer,
	outcomeOfFailure,
	type Outcome,
} from '../../nodes/LlmGenerator/transport/outcome';
import { clock } from '../../nodes/LlmGenerator/transport/clock';
import type { Session } from '../../nodes/LlmGenerator/transport/session';

const node = { name: 'LLM Generator', type: 'llmGenerator', typeVersion: 1 } as INode;
const session = { deadlineMs: 60_000, maxWaitMs: 300_000 } as Session;
const request = (method: 'GET' | 'POST') => ({ method, url: 'https://api.example.com/credits/balance/api' });

describe('a broken connection, as n8n before 2.34 tells it: without its cause', () => {
	test.each([
		['ECONNRESET', 'GET', /was cut before the answer/, 'out of order'],
		['ECONNRESET', 'POST', /It is not known whether the checkout was made/, undefined],
		['ECONNREFUSED', 'POST', /the connection was refused/, 'out of order'],
		['ENOTFOUND', 'GET', /host of LLM Generator was not found/, undefined],
		[
			'ECONNREFUSED',
			'POST',
			/^The proxy 10\.0\.0\.1:3128, /,
			'out of order',
			'connect ECONNREFUSED 10.0.0.1:3128',
		],
		['ETIMEDOUT', 'POST', /^The proxy 10\.0\.0\.1:3128, /, 'out of order', 'connect ETIMEDOUT 10.0.0.1:3128'],
		['ENOTFOUND', 'POST', /^The proxy proxy\.corp, /, undefined, 'getaddrinfo ENOTFOUND proxy.corp'],
	] as Array<[string, 'GET' | 'POST', RegExp, string?, string?]>)('%s of a %s', (...row) => {
		const [code, method, sentence, again, message = `${code} 10.0.0.1`] = row;
		const told = new NodeApiError(node, { code, message });
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

describe('an answer', () => {
	const answered = (
		method: 'GET' | 'POST',
		statusCode: number,
		headers: Record<string, string> = {},
		turnedAway = 0,
	): Outcome =>
		outcomeOfAnswer(
			{ node, request: request(method), secret: 'llmgen_x' },
			{ statusCode, headers, body: 'words' },
			session,
			turnedAway,
		);
	const error = expect.any(NodeApiError) as NodeApiError;

	test.each([200, 201, 299])('%i is one', (status) => {
		expect(answered('GET', status)).toEqual({ body: 'words' });
		expect(answered('POST', status)).toEqual({ body: 'words' });
	});

	test.each([199, 300, 400, 401, 404, 428, 430, 499])('%i is final', (status) => {
		const headers = { 'retry-after': '7' };
		expect(answered('GET', status, headers)).toEqual({ error });
		expect(answered('POST', status, headers)).toEqual({ error });
	});

	test.each([408, 500, 503, 599])('%i is asked again, but not where it may have been done', (status) => {
		expect(answered('GET', status)).toEqual({ error, again: 'out of order', pauseMs: undefined });
		expect(answered('POST', status)).toEqual({ error });
	});

	test('that names a time is waited for, unless that is too long', () => {
		const after = (seconds: number) => answered('GET', 503, { 'retry-after': String(seconds) });
		expect(after(300)).toEqual({ error, again: 'out of order', pauseMs: 300_000 });
		expect(after(301)).toEqual({ error });
		expect(after(301)).toMatchObject({
			error: { message: expect.stringMatching(/works again at .*, in about 6 minutes/) as string },
		});
	});

	test('that is out of order says nothing by the end of the rate limit’s window', () => {
		const headers = { 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': String(Date.now() / 1000 + 60) };
		expect(answered('GET', 503, headers)).toEqual({ error, again: 'out of order', pauseMs: undefined });
	});

	test.each(['GET', 'POST'] as const)('429: a %s is sent again, since nothing was done', (method) => {
		expect(answered(method, 429, { 'retry-after': '7' })).toEqual({
			error,
			again: 'rate limit',
			pauseMs: 7000,
		});
		for (const [turnedAway, most] of [
			[0, 500],
			[3, 4000],
		]) {
			const { pauseMs } = answered(method, 429, {}, turnedAway) as { pauseMs: number };
			expect(pauseMs).toBeGreaterThanOrEqual(most / 2);
			expect(pauseMs).toBeLessThan(most);
		}
	});
});

test.each([
	[1, 500],
	[2, 1000],
	[6, 16_000],
	[7, 30_000],
	[100, 30_000],
])('before try %i after trouble: up to %i ms, and no less than half of it', (tries, most) => {
	const chance = jest.spyOn(clock, 'random');
	try {
		for (const [random, expected] of [
			[0, most / 2],
			[0.5, (most * 3) / 4],
		]) {
			chance.mockReturnValue(random);
			expect(backOffMs(tries)).toBe(expected);
		}
	} finally {
		chance.mockRestore();
	}
});

describe('a request that broke', () => {
	const broke = (method: 'GET' | 'POST', code: string | undefined, late = false) =>
		outcomeOfFailure(
			{ node, request: request(method), secret: 'llmgen_x' },
			Object.assign(new Error('reason'), { code }),
			session,
			late,
		);

	test.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'ERR_BAD_RESPONSE'])(
		'by %s: a GET is asked again, a POST is not',
		(code) => {
			expect(broke('GET', code)).toMatchObject({ again: 'out of order' });
			expect(broke('POST', code)).toMatchObject({ again: undefined });
		},
	);

	test.each(['ENOTFOUND', 'EPROTO', 'XECONNRESET', 'ECONNRESETX', undefined])('by %s: is final', (code) => {
		expect(broke('GET', code)).toMatchObject({ again: undefined });
	});

	test.each(['ECONNREFUSED', 'EAI_AGAIN'])(
		'before it began, by %s: is asked again, whatever it was',
		(code) => {
			expect(broke('GET', code)).toMatchObject({ again: 'out of order' });
			expect(broke('POST', code)).toMatchObject({ again: 'out of order' });
		},
	);

	test.each([
		['connect ETIMEDOUT 10.0.0.1:443', 'out of order'],
		['read ETIMEDOUT', undefined],
	])('by a time-out of the network: “%s” of a POST', (message, again) => {
		const failure = new Error('wrapped', { cause: Object.assign(new Error(message), { code: 'ETIMEDOUT' }) });
		const asked = { node, request: request('POST'), secret: 'llmgen_x' };
		expect(outcomeOfFailure(asked, failure, session, false)).toMatchObject({ again });
	});

	test('by its deadline: says how long that was', () => {
		const told = { message: expect.stringMatching(/did not answer within 60 s\./) as string };
		expect(broke('GET', 'ECONNREFUSED', true)).toMatchObject({ error: told, again: 'out of order' });
		expect(broke('POST', 'ECONNREFUSED', true)).toMatchObject({ error: told, again: undefined });
	});

	test('half-way, without a code: a GET is asked again', () => {
		const failure = new Error('wrapped', { cause: new Error('socket hang up') });
		const ended = (method: 'GET' | 'POST') =>
			outcomeOfFailure({ node, request: request(method), secret: 'llmgen_x' }, failure, session, false);
		expect(ended('GET')).toMatchObject({ again: 'out of order' });
		expect(ended('POST')).toMatchObject({ again: undefined });
	});
});
