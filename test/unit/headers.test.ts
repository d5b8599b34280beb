import * as fc from 'fast-check';
import { allowanceIn, waitAskedFor } from '../../nodes/LlmGenerator/api/headers';

const NOW = Date.UTC(2026, 0, 20, 14, 30);
const HOUR = 60 * 60 * 1000;
const YEAR = 365 * 24 * HOUR;
const httpDate = (at: number) => new Date(at).toUTCString();
const epochSeconds = (at: number) => String(at / 1000);

describe('what is left of the rate limit', () => {
	const limit = (remaining: unknown, reset: unknown) =>
		allowanceIn({ 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': reset }, NOW);

	test('comes from X-RateLimit-Remaining and X-RateLimit-Reset, in epoch seconds', () => {
		expect(limit('7', epochSeconds(NOW + 5000))).toEqual({ remaining: 7, resetsAt: NOW + 5000 });
		expect(limit('0', '1768919400.25')).toEqual({ remaining: 0, resetsAt: 1768919400250 });
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
	])('is not known from %j and %j', (remaining, reset) => {
		expect(limit(remaining, reset)).toBeUndefined();
	});

	test.each([HOUR, -HOUR, 10_000, -10_000])(
		'ends at the right moment with a server clock off by %i ms',
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

	test('a clock that is off by less than a Date header can tell is taken as right', () => {
		const headers = {
			'x-ratelimit-remaining': '0',
			'x-ratelimit-reset': epochSeconds(NOW + 20_000),
			date: httpDate(NOW - 1_000),
		};
		expect(allowanceIn(headers, NOW)?.resetsAt).toBe(NOW + 20_000);
	});
});

describe('how long to wait', () => {
	const reset = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': epochSeconds(NOW + 9_000) };

	test.each([
		['seconds', { 'retry-after': '30' }, 30_000],
		['a part of a second', { 'retry-after': ' 1.5 ' }, 1_500],
		['a date', { 'retry-after': httpDate(NOW + 30_000) }, 30_000],
		[
			'a date, by a clock an hour ahead',
			{ 'retry-after': httpDate(NOW + HOUR + 30_000), date: httpDate(NOW + HOUR) },
			30_000,
		],
		['Retry-After before the reset', { 'retry-after': '2', ...reset }, 2_000],
		['the reset, where there is no Retry-After', reset, 9_000],
		['the reset, where Retry-After is neither', { 'retry-after': 'soon', ...reset }, 9_000],
		['nothing', {}, undefined],
		['no time at all', { 'retry-after': '0' }, undefined],
		['a date that is past', { 'retry-after': httpDate(NOW - 30_000) }, undefined],
		['something else', { 'retry-after': ['1', '2'] }, undefined],
	])('%s', (_what, headers, expected) => {
		expect(waitAskedFor(headers, NOW)).toBe(expected);
	});

	test('whatever stands in the headers, it is a time that a date can hold', () => {
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
