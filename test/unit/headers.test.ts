import * as fc from 'fast-check';
import {
	allowanceIn,
	limitIn,
	mentionsLimit,
	waitAskedFor,
} from '../../nodes/LlmGenerator/transport/headers';

const NOW = Date.UTC(2026, 0, 20, 14, 30);
const HOUR = 60 * 60 * 1000;
const YEAR = 365 * 24 * HOUR;
const httpDate = (at: number) => new Date(at).toUTCString();
const epochSeconds = (at: number) => String(at / 1000);

describe('the number of remaining requests', () => {
	const limit = (remaining: unknown, reset: unknown) =>
		allowanceIn({ 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': reset }, NOW);

	test('is read from X-RateLimit-Remaining and X-RateLimit-Reset, in epoch seconds', () => {
		expect(limit('7', epochSeconds(NOW + 5000))).toEqual({ remaining: 7, resetsAt: NOW + 5000 });
		expect(limit('0', '1768919400.25')).toEqual({ remaining: 0, resetsAt: 1768919400250 });
	});

	test.each([
		['epoch milliseconds', String(NOW + 60_000), 60_000],
		['epoch seconds', epochSeconds(NOW + 60_000), 60_000],
		['seconds from now', '60', 60_000],
		['a fraction of a second from now', '0.5', 500],
		['now', '0', 0],
		['a day from now', '86400', 86_400_000],
		['a window that is over', epochSeconds(NOW - 5000), -5000],
	])('has a reset in any unit, which is recognized by its size: %s', (_unit, reset, ms) => {
		expect(limit('7', reset)).toEqual({ remaining: 7, resetsAt: NOW + ms });
		expect(waitAskedFor({ 'x-ratelimit-reset': reset }, NOW)).toBe(ms > 0 ? ms : undefined);
	});

	test.each(['999999999', '99999999999', '9999999999999', String(NOW * 1000), '9'.repeat(400)])(
		'is unknown if the reset is not a plausible time: %s',
		(reset) => {
			expect(limit('7', reset)).toBeUndefined();
			expect(waitAskedFor({ 'x-ratelimit-reset': reset }, NOW)).toBeUndefined();
		},
	);

	test.each([
		[{}, false],
		[{ 'retry-after': '7', ratelimit: '5' }, false],
		[{ 'x-ratelimit-limit': '60' }, true],
		[{ 'x-ratelimit-remaining': '-1' }, true],
		[{ 'X-RateLimit-Reset': '' }, true],
	])('is mentioned, readable or not, in %j: %p', (headers, speaks) => {
		expect(mentionsLimit(headers)).toBe(speaks);
	});

	test.each([
		[undefined, epochSeconds(NOW)],
		['7', undefined],
		['', epochSeconds(NOW)],
		['-1', epochSeconds(NOW)],
		['many', epochSeconds(NOW)],
		['7', 'soon'],
		['7, 8', epochSeconds(NOW)],
		['7', ['1', '2']],
		[['7'], epochSeconds(NOW)],
	])('is unknown with %j and %j', (remaining, reset) => {
		expect(limit(remaining, reset)).toBeUndefined();
	});

	test.each([HOUR, -HOUR, 10_000, -10_000])(
		'has the right reset time with a server clock that is off by %i ms',
		(off) => {
			const headers = {
				'x-ratelimit-remaining': '0',
				'x-ratelimit-reset': epochSeconds(NOW + off + 20_000),
				date: httpDate(NOW + off),
			};
			expect(allowanceIn(headers, NOW)).toEqual({ remaining: 0, resetsAt: NOW + 20_000 });
			expect(waitAskedFor(headers, NOW)).toBe(20_000);
		},
	);

	test('a clock difference below the precision of a Date header is ignored', () => {
		const headers = {
			'x-ratelimit-remaining': '0',
			'x-ratelimit-reset': epochSeconds(NOW + 20_000),
			date: httpDate(NOW - 1_000),
		};
		expect(allowanceIn(headers, NOW)?.resetsAt).toBe(NOW + 20_000);
	});
});

describe('a Date header', () => {
	const wait = (resetInMs: number, dateInMs: number, retryAfter = false) => {
		const at = NOW + resetInMs;
		return waitAskedFor(
			{
				...(retryAfter ? { 'retry-after': httpDate(at) } : { 'x-ratelimit-reset': epochSeconds(at) }),
				date: httpDate(NOW + dateInMs),
			},
			NOW,
		);
	};

	test.each([
		['from a cache, an hour old', 2_000, -HOUR, 2_000],
		['from a cache, a day old', 30_000, -24 * HOUR, 30_000],
		['of a clock that is ahead, with a short window', HOUR + 2_000, HOUR, 2_000],
		['of a clock that is behind, with a short window', 2_000 - HOUR, -HOUR, 2_000],
		['from a cache, with a long window', HOUR, -HOUR, HOUR],
		['of a clock that is ahead, with a long window', 3 * HOUR, HOUR, 2 * HOUR],
		['of a clock that is behind, with a long window', -HOUR, -3 * HOUR, 2 * HOUR],
		['of a window that is over in any case', -2 * HOUR, -HOUR, undefined],
	])('%s', (_what, resetInMs, dateInMs, expected) => {
		expect(wait(resetInMs, dateInMs)).toBe(expected);
		expect(wait(resetInMs, dateInMs, true)).toBe(expected);
	});

	test('that is not a date changes nothing', () => {
		const headers = { 'x-ratelimit-reset': epochSeconds(NOW + 2_000), date: 'soon' };
		expect(waitAskedFor(headers, NOW)).toBe(2_000);
	});

	test('is ignored if the server counts from now', () => {
		const headers = { 'retry-after': '7', 'x-ratelimit-reset': '9', date: httpDate(NOW - HOUR) };
		expect(waitAskedFor(headers, NOW)).toBe(7_000);
		expect(waitAskedFor({ ...headers, 'retry-after': undefined }, NOW)).toBe(9_000);
	});

	test('property: a wait is never longer than by the slower of the two clocks, and there is a wait if both clocks require one', () => {
		const ms = fc.integer({ min: -48 * 3600, max: 48 * 3600 }).map((seconds) => seconds * 1000);
		fc.assert(
			fc.property(ms, ms, (resetInMs, dateInMs) => {
				const waits = [resetInMs, resetInMs - dateInMs];
				const waited = wait(resetInMs, dateInMs) ?? 0;
				expect(waited).toBeLessThanOrEqual(Math.max(0, ...waits));
				if (Math.min(...waits) > 0) expect(waited).toBeGreaterThanOrEqual(Math.min(...waits));
				if (waited > 122_000 && Math.min(...waits) > 0)
					expect(waited - Math.min(...waits)).toBeLessThanOrEqual(2_000);
			}),
		);
	});
});

describe('how long to wait', () => {
	const reset = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': epochSeconds(NOW + 9_000) };

	test.each([
		['seconds', { 'retry-after': '30' }, 30_000],
		['a fraction of a second', { 'retry-after': ' 1.5 ' }, 1_500],
		['a date', { 'retry-after': httpDate(NOW + 30_000) }, 30_000],
		[
			'a date, by a clock an hour ahead',
			{ 'retry-after': httpDate(NOW + HOUR + 30_000), date: httpDate(NOW + HOUR) },
			30_000,
		],
		['Retry-After before the reset', { 'retry-after': '2', ...reset }, 2_000],
		['the reset, if there is no Retry-After', reset, 9_000],
		['the reset, if Retry-After cannot be read', { 'retry-after': 'soon', ...reset }, 9_000],
		['nothing', {}, undefined],
		['epoch seconds', { 'retry-after': epochSeconds(NOW + 30_000) }, 30_000],
		['epoch milliseconds', { 'retry-after': String(NOW + 30_000) }, 30_000],
		[
			'the reset, although the number of remaining requests cannot be read',
			{ ...reset, 'x-ratelimit-remaining': '-1' },
			9_000,
		],
		['no time at all', { 'retry-after': '0' }, undefined],
		['a date in the past', { 'retry-after': httpDate(NOW - 30_000) }, undefined],
		['something else', { 'retry-after': ['1', '2'] }, undefined],
	])('%s', (_what, headers, expected) => {
		expect(waitAskedFor(headers, NOW)).toBe(expected);
	});

	test('with any headers, it ends at a valid date', () => {
		const value = fc.oneof(
			fc.string(),
			fc.bigInt().map(String),
			fc.constant('9'.repeat(400)),
			fc.array(fc.string()),
		);
		const headers = fc.record(
			{
				'retry-after': value,
				'x-ratelimit-remaining': value,
				'x-ratelimit-reset': value,
				date: fc.oneof(
					value,
					fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
				),
			},
			{ requiredKeys: [] },
		);
		fc.assert(
			fc.property(headers, (made) => {
				const wait = waitAskedFor(made, NOW);
				const resetsAt = allowanceIn(made, NOW)?.resetsAt;
				expect(wait === undefined || (wait > 0 && wait <= YEAR)).toBe(true);
				expect(resetsAt === undefined || resetsAt <= NOW + YEAR).toBe(true);
			}),
		);
	});
});

test.each([
	[
		'the remaining requests',
		500,
		{ 'x-ratelimit-remaining': '7', 'x-ratelimit-reset': '5' },
		{ remaining: 7, resetsAt: NOW + 5000 },
	],
	['something that cannot be read', 200, { 'x-ratelimit-remaining': 'abc' }, 'unknown'],
	['nothing, from the API', 404, {}, 'unlimited'],
	['nothing, maybe from a proxy', 500, {}, undefined],
])('a response says about the rate limit: %s', (_what, status, headers, limit) => {
	expect(limitIn(status, headers, NOW)).toEqual(limit);
});
