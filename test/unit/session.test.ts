import { getEventListeners } from 'node:events';
import { setTimeout as later } from 'node:timers/promises';
import { clock } from '../../nodes/LlmGenerator/transport/clock';
import { WaitTooLong } from '../../nodes/LlmGenerator/transport/rateLimiter';
import { openSession, type ApiContext } from '../../nodes/LlmGenerator/transport/session';

const logged: string[] = [];
const logger = { info: (line: string) => logged.push(line) };
/** What a session uses of n8n's contexts. Those of older versions and of polls cannot be cancelled. */
const context = (cancelled?: AbortSignal) =>
	({
		logger,
		...(cancelled && { getExecutionCancelSignal: () => cancelled }),
	}) as unknown as ApiContext;

beforeEach(() => (logged.length = 0));

describe('a wait', () => {
	test('is as long as requested', async () => {
		const start = performance.now();
		await clock.sleep(60);
		await clock.sleep(60, new AbortController().signal);
		// Timers of Node may be up to a millisecond early.
		expect(performance.now() - start).toBeGreaterThan(118);
	});

	test('ends at once when it is aborted, with the reason, and removes its listeners', async () => {
		const stopping = new AbortController();
		const reason = new Error('stopped');
		const wait = expect(clock.sleep(100_000, stopping.signal)).rejects.toBe(reason);
		await later(5);
		stopping.abort(reason);
		await wait;
		expect(getEventListeners(stopping.signal, 'abort')).toEqual([]);
	}, 20_000);

	test('does not begin if it is already aborted', async () => {
		const reason = new Error('stopped');
		await expect(clock.sleep(100_000, AbortSignal.abort(reason))).rejects.toBe(reason);
	}, 20_000);

	test('that has ended removes its listeners', async () => {
		const { signal } = new AbortController();
		await clock.sleep(1, signal);
		expect(getEventListeners(signal, 'abort')).toEqual([]);
	});
});

describe('a session', () => {
	test('can be ended', () => {
		for (const cancelled of [undefined, new AbortController().signal]) {
			const session = openSession(context(cancelled));
			expect(session.signal.aborted).toBe(false);
			session.end();
			expect(session.signal.aborted).toBe(true);
		}
	});

	test('ends with the execution', () => {
		const stopping = new AbortController();
		const { signal } = openSession(context(stopping.signal));
		const reason = new Error('stopped');
		stopping.abort(reason);
		expect(signal.reason).toBe(reason);
	});

	test('has the limits from docs/benchmarks.md and the README by default', () => {
		expect(openSession(context())).toMatchObject({
			maxInFlight: 16,
			maxWaitMs: 300_000,
			maxRejectedMs: 1_800_000,
			deadlineMs: 60_000,
		});
		const limits = { maxInFlight: 2, maxWaitMs: 7, maxRejectedMs: 8, deadlineMs: 9 };
		expect(openSession(context(), limits)).toMatchObject(limits);
		expect(openSession(context(), { maxWaitMs: 7 })).toMatchObject({ maxRejectedMs: 42 });
	});

	test('gives a client the requested limits, and its own limits for the rest', () => {
		const session = openSession(context(), { maxWaitMs: 7, deadlineMs: 9 });
		const own = { maxInFlight: 16, maxWaitMs: 7, maxRejectedMs: 42, deadlineMs: 9 };
		expect(session.limitsFor()).toEqual(own);
		expect(session.limitsFor({ maxInFlight: 3 })).toEqual({ ...own, maxInFlight: 3 });
		expect(session.limitsFor({ maxWaitMs: 2 })).toEqual({ ...own, maxWaitMs: 2, maxRejectedMs: 12 });
		expect(session.limitsFor({ deadlineMs: 0.5 })).toEqual({ ...own, deadlineMs: 1 });
		const fixed = openSession(context(), { maxRejectedMs: 8 });
		expect(fixed.limitsFor({ maxWaitMs: 2 })).toEqual({
			maxInFlight: 16,
			maxWaitMs: 2,
			maxRejectedMs: 8,
			deadlineMs: 60_000,
		});
	});

	test('ends after its total time, if it has one', () => {
		expect(openSession(context()).endsAt).toBe(Infinity);
		const { endsAt } = openSession(context(), { totalMs: 5000 });
		expect(Math.abs(endsAt - Date.now() - 5000)).toBeLessThan(500);
	});

	test.each([
		[0.5, 1],
		[1234.5, 1235],
		[Infinity, 2 ** 31 - 1],
		[1e12, 2 ** 31 - 1],
	])('a deadline of %d ms is limited to what a timer supports: %i', (deadlineMs, kept) => {
		expect(openSession(context(), { deadlineMs }).deadlineMs).toBe(kept);
	});

	test('logs how long it waits for the rate limit', async () => {
		const { limiter } = openSession(context());
		const pause = { until: clock.now() + 300, longestMs: 1000 };
		await limiter.run(() => Promise.resolve({ result: 'answered', pause }));
		expect(await limiter.run(() => Promise.resolve({ result: 'answered' }))).toBe('answered');
		expect(logged).toEqual(['Waiting 1 s for the rate limit of LLM Generator']);
	});

	test('does not wait longer for the rate limit than allowed', async () => {
		const { limiter } = openSession(context(), { maxWaitMs: 1000 });
		const until = clock.now() + 5000;
		await limiter.run(() => Promise.resolve({ result: 'answered', pause: { until, longestMs: 1000 } }));
		expect(await limiter.run(() => Promise.resolve({ result: 'answered' }))).toStrictEqual(
			new WaitTooLong(until),
		);
		expect(logged).toEqual([]);
	});
});
