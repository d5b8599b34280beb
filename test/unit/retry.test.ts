import { NodeApiError, type INode } from 'n8n-workflow';
import { clock } from '../../nodes/LlmGenerator/transport/clock';
import { brokenBy } from '../../nodes/LlmGenerator/transport/connection';
import {
	backOffMs,
	nextStep,
	type EarlierTries,
	type Expected,
	type Step,
	type TryResult,
} from '../../nodes/LlmGenerator/transport/retry';

const node = { name: 'LLM Generator', type: 'llmGenerator', typeVersion: 1 } as INode;
const LIMITS = { maxWaitMs: 300_000, maxRejectedMs: 1_800_000, endsAt: Infinity };
const NONE: EarlierTries = { failures: 0, rejections: 0 };
const LAST: EarlierTries = { failures: 3, rejections: 0 };
const error = expect.any(NodeApiError) as NodeApiError;
const isText = (answer: unknown): answer is string => typeof answer === 'string';

interface Circumstances {
	earlier?: EarlierTries;
	limits?: Partial<typeof LIMITS>;
	isExpected?: Expected<string>;
}

function next(method: 'GET' | 'POST', result: TryResult, circumstances: Circumstances = {}): Step<string> {
	const { earlier = NONE, limits, isExpected = isText } = circumstances;
	const inDoubt = method === 'POST' ? 'It is not known whether the checkout was made' : undefined;
	const summary = { method, url: 'https://api.example.com/credits/balance/api', inDoubt };
	return nextStep({ node, summary, secret: 'llmgen_x', isExpected }, result, earlier, {
		...LIMITS,
		...limits,
	});
}

const brokenFor = (failure: Error): TryResult => ({ ended: 'broken', broken: brokenBy(failure) });
const answered = (
	statusCode: number,
	headers: Record<string, string> = {},
	body: unknown = 'words',
): TryResult => ({ ended: 'answered', answer: { statusCode, headers, body: body as string } });

/** Whether there is another try, and the error if it was the last one. */
function seen(method: 'GET' | 'POST', result: TryResult) {
	const step = next(method, result);
	const last = next(method, result, { earlier: LAST });
	if (last.do !== 'throw') throw new Error('it continues after the last try');
	if (step.do === 'try again') {
		const earlier = { failures: 1, rejections: 0, error };
		expect(step).toEqual({ do: 'try again', earlier, waitMs: anyNumber });
	} else expect(step).toEqual({ do: 'throw', error });
	return { again: step.do === 'try again', error: last.error };
}
const anyNumber = expect.any(Number) as number;

describe('a broken connection without its cause, as in n8n before 2.34', () => {
	test.each([
		['ECONNRESET', 'GET', /was cut before the answer/, true],
		['ECONNRESET', 'POST', /It is not known whether the checkout was made/, false],
		['ECONNREFUSED', 'POST', /the connection was refused/, true],
		['ENOTFOUND', 'GET', /host of LLM Generator was not found/, false],
		['ECONNREFUSED', 'POST', /^The proxy 10\.0\.0\.1:3128, /, true, 'connect ECONNREFUSED 10.0.0.1:3128'],
		['ETIMEDOUT', 'POST', /^The proxy 10\.0\.0\.1:3128, /, true, 'connect ETIMEDOUT 10.0.0.1:3128'],
		['ENOTFOUND', 'POST', /^The proxy proxy\.corp, /, false, 'getaddrinfo ENOTFOUND proxy.corp'],
	] as Array<[string, 'GET' | 'POST', RegExp, boolean, string?]>)('%s of a %s', (...row) => {
		const [code, method, sentence, again, message = `${code} 10.0.0.1`] = row;
		const wrapper = new NodeApiError(node, { code, message });
		expect(wrapper.cause).toBeUndefined();
		const { error: thrown, ...rest } = seen(method, brokenFor(wrapper));
		expect(thrown.message).toMatch(sentence);
		expect(rest).toEqual({ again });
	});
});

describe('a connection that cannot be established', () => {
	const failed = (method: 'GET' | 'POST', cause: { code?: string; message: string }) =>
		seen(method, brokenFor(Object.assign(new Error('n8n’s wrapper'), { cause })));

	test('because of an untrusted certificate: nothing was sent, and another try does not help', () => {
		const { again, error: thrown } = failed('POST', {
			code: 'CERT_HAS_EXPIRED',
			message: 'certificate has expired',
		});
		expect(again).toBe(false);
		expect(thrown.fate).toBe('not sent');
		expect(thrown.message).toMatch(/secure connection .* the clock of this n8n/);
	});

	test('for an unknown reason: the message has the original words, without the key', () => {
		const { error: thrown } = failed('GET', { message: 'Parse Error in llmgen_x' });
		expect(thrown.message).toMatch(/did not go through: Parse Error in \*\*\*\. Check/);
		expect(thrown.description).toMatch(/ended with no answer$/);
	});
});

describe('a response', () => {
	const after = (
		method: 'GET' | 'POST',
		statusCode: number,
		headers?: Record<string, string>,
		circumstances?: Circumstances,
	) => next(method, answered(statusCode, headers), circumstances);
	const failedOnce = { failures: 1, rejections: 0, error };

	test.each([200, 201, 299])('with status %i is returned', (status) => {
		expect(after('GET', status)).toEqual({ do: 'return', body: 'words' });
		expect(after('POST', status)).toEqual({ do: 'return', body: 'words' });
	});

	test('that is not as documented is final, and the message says what it is', () => {
		const isExpected = Object.assign(isText, { misfit: (body: unknown) => `the number ${String(body)}` });
		for (const method of ['GET', 'POST'] as const) {
			const step = next(method, answered(200, {}, 7), { isExpected });
			expect(step).toEqual({ do: 'throw', error });
			expect(step).toMatchObject({
				error: { fate: 'unknown', message: expect.stringContaining('sent the number 7 in place') as string },
			});
		}
	});

	test.each([199, 300, 400, 401, 404, 428, 430, 499])('with status %i is final', (status) => {
		const headers = { 'retry-after': '7' };
		expect(after('GET', status, headers)).toEqual({ do: 'throw', error });
		expect(after('POST', status, headers)).toEqual({ do: 'throw', error });
	});

	test.each([408, 500, 503, 599])(
		'with status %i is followed by another try, but not if a POST may have been processed',
		(status) => {
			expect(after('GET', status)).toEqual({ do: 'try again', earlier: failedOnce, waitMs: anyNumber });
			expect(after('POST', status)).toEqual({ do: 'throw', error });
		},
	);

	test('with a Retry-After makes all requests wait, unless it is too long', () => {
		const later = (seconds: number, earlier?: EarlierTries) =>
			after('GET', 503, { 'retry-after': String(seconds) }, { earlier });
		expect(later(300)).toEqual({ do: 'try again', earlier: failedOnce, pauseMs: 300_000 });
		expect(later(300, LAST)).toEqual({ do: 'throw', error, pauseMs: 300_000 });
		expect(later(301)).toEqual({ do: 'throw', error });
		expect(later(301)).toMatchObject({
			error: { message: expect.stringMatching(/works again at .*, in about 6 minutes/) as string },
		});
	});

	test('of an unavailable server is not related to the rate limit’s window', () => {
		const headers = { 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': String(Date.now() / 1000 + 60) };
		expect(after('GET', 503, headers)).toEqual({ do: 'try again', earlier: failedOnce, waitMs: anyNumber });
	});

	test.each(['GET', 'POST'] as const)(
		'with status 429: a %s is sent again, because it was not processed',
		(method) => {
			expect(after(method, 429, { 'retry-after': '7' })).toEqual({
				do: 'try again',
				earlier: { failures: 0, rejections: 1, firstRejectedAt: anyNumber, error },
				pauseMs: 7000,
			});
			for (const [rejections, most] of [
				[0, 500],
				[3, 4000],
			]) {
				const { pauseMs } = after(method, 429, {}, { earlier: { failures: 3, rejections } }) as {
					pauseMs: number;
				};
				expect(pauseMs).toBeGreaterThanOrEqual(most / 2);
				expect(pauseMs).toBeLessThan(most);
			}
		},
	);
});

describe('tries end', () => {
	const at = (now: number, judge: () => void) => {
		const time = jest.spyOn(clock, 'now').mockReturnValue(now);
		try {
			judge();
		} finally {
			time.mockRestore();
		}
	};

	test('when a request was rejected for the maximum time, however often', () => {
		const earlier = { failures: 0, rejections: 999, firstRejectedAt: 5_000 };
		const rejected = () =>
			next('GET', answered(429, { 'retry-after': '7' }), { earlier, limits: { maxRejectedMs: 1_000 } });
		at(5_999, () =>
			expect(rejected()).toEqual({
				do: 'try again',
				earlier: { ...earlier, rejections: 1000, error },
				pauseMs: 7000,
			}),
		);
		at(6_000, () => expect(rejected()).toEqual({ do: 'throw', error, pauseMs: 7000 }));
	});

	test('after four tries, not counting rejections', () => {
		const step = (failures: number) =>
			next('GET', answered(500), { earlier: { failures, rejections: 99, firstRejectedAt: 1 } });
		expect(step(2)).toEqual({
			do: 'try again',
			earlier: { failures: 3, rejections: 99, firstRejectedAt: 1, error },
			waitMs: anyNumber,
		});
		expect(step(3)).toEqual({ do: 'throw', error });
	});

	test('if the time is over before the next try', () => {
		const chance = jest.spyOn(clock, 'random').mockReturnValue(0);
		const step = () => next('GET', answered(500), { limits: { endsAt: 1_000 } });
		at(749, () => expect(step()).toMatchObject({ do: 'try again', waitMs: 250 }));
		at(750, () => expect(step()).toEqual({ do: 'throw', error }));
		chance.mockRestore();
	});
});

describe('whether the server may have processed a request', () => {
	test.each<[string, TryResult, string]>([
		['400', answered(400), 'refused'],
		['301, which servers also send after they processed it,', answered(301), 'unknown'],
		['302, likewise,', answered(302), 'unknown'],
		['303, which says that it was done', answered(303), 'unknown'],
		['307, which asks to send it elsewhere,', answered(307), 'refused'],
		['308, likewise,', answered(308), 'refused'],
		['407', answered(407), 'not sent'],
		['403 of a firewall', answered(403, {}, '<html></html>'), 'not sent'],
		['a stopped run', { ended: 'stopped' }, 'unknown'],
		['408', answered(408), 'unknown'],
		['500', answered(500), 'unknown'],
		['a success that cannot be read', answered(200, {}, 7), 'unknown'],
		['no response in time', { ended: 'timed out', deadlineMs: 1 }, 'unknown'],
		['a refused connection', brokenFor(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })), 'not sent'],
		['a cut connection', brokenFor(new Error('socket hang up')), 'unknown'],
	])('%s of a POST', (_what, result, fate) => {
		const step = next('POST', result, { earlier: LAST });
		expect(step).toMatchObject({ do: 'throw', error: { fate } });
		expect(/not known whether the checkout was made/.test((step as { error: Error }).error.message)).toBe(
			fate === 'unknown',
		);
	});

	test.each([403, 502, 503])('%i of a proxy that refuses a tunnel: it was not sent', (statusCode) => {
		const answer = { statusCode, headers: {}, body: '', isTunnelRefusal: true };
		const last = next('POST', { ended: 'answered', answer }, { earlier: LAST });
		expect(last).toMatchObject({ do: 'throw', error: { fate: 'not sent' } });
		const first = next('POST', { ended: 'answered', answer });
		expect(first.do).toBe(statusCode < 500 ? 'throw' : 'try again');
	});

	test('429 of a POST', () => {
		const limits = { maxRejectedMs: 0 };
		expect(next('POST', answered(429), { limits })).toMatchObject({ error: { fate: 'refused' } });
	});
});

test.each([
	[1, 500],
	[2, 1000],
	[6, 16_000],
	[7, 30_000],
	[100, 30_000],
])('the wait after failure %i: up to %i ms, and at least half of it', (tries, most) => {
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
	const broke = (method: 'GET' | 'POST', code: string | undefined) =>
		seen(method, brokenFor(Object.assign(new Error('reason'), { code }))).again;

	test.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'ERR_BAD_RESPONSE'])(
		'by %s: a GET is tried again, a POST is not',
		(code) => {
			expect(broke('GET', code)).toBe(true);
			expect(broke('POST', code)).toBe(false);
		},
	);

	test.each(['ENOTFOUND', 'EPROTO', 'XECONNRESET', 'ECONNRESETX', undefined])('by %s: is final', (code) => {
		expect(broke('GET', code)).toBe(false);
	});

	test.each(['ECONNREFUSED', 'EAI_AGAIN'])(
		'before it was sent, by %s: is tried again, also a POST',
		(code) => {
			expect(broke('GET', code)).toBe(true);
			expect(broke('POST', code)).toBe(true);
		},
	);

	test.each([
		['connect ETIMEDOUT 10.0.0.1:443', true],
		['read ETIMEDOUT', false],
	])('by a timeout of the network: “%s” of a POST', (message, again) => {
		const failure = new Error('wrapped', { cause: Object.assign(new Error(message), { code: 'ETIMEDOUT' }) });
		expect(seen('POST', brokenFor(failure)).again).toBe(again);
	});

	test('by its deadline: the message says how long that was', () => {
		const late: TryResult = { ended: 'timed out', deadlineMs: 60_000 };
		for (const [method, again] of [
			['GET', true],
			['POST', false],
		] as const) {
			const { error: thrown, ...rest } = seen(method, late);
			expect(thrown.message).toMatch(/did not answer within 60 s\./);
			expect(rest).toEqual({ again });
		}
	});

	test('halfway, without a code: a GET is tried again', () => {
		const failure = new Error('wrapped', { cause: new Error('socket hang up') });
		expect(seen('GET', brokenFor(failure)).again).toBe(true);
		expect(seen('POST', brokenFor(failure)).again).toBe(false);
	});
});
