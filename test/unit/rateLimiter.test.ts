import * as fc from 'fast-check';
import { seed } from './chance';
import { getEventListeners } from 'node:events';
import type { Limit } from '../../nodes/LlmGenerator/transport/knownLimit';
import {
	RateLimiter,
	WaitTooLong,
	type RateLimiterOptions,
	type Sent,
	type WaitOptions,
} from '../../nodes/LlmGenerator/transport/rateLimiter';
import { PlayedClock } from './playedClock';

/** The limit of a plan on the server, and the requests of one execution. Times are in milliseconds. */
interface Traffic {
	maxInFlight: number;
	requests: number;
	limit: number;
	windowMs: number;
	/** How long each request takes to arrive, and its response to come back; the list is repeated. */
	travels: Array<[there: number, back: number]>;
	/** Times at which others send a request on the same plan. */
	others: number[];
	/** Numbers of requests that the server counts, but whose responses are lost. */
	lost: number[];
	/** Numbers of requests that are aborted, and when. */
	aborted: Array<[request: number, at: number]>;
}

const ms = (max: number) => fc.nat({ max });
const traffic: fc.Arbitrary<Traffic> = fc.record({
	maxInFlight: fc.integer({ min: 1, max: 16 }),
	requests: fc.integer({ min: 1, max: 60 }),
	limit: fc.integer({ min: 1, max: 25 }),
	windowMs: fc.integer({ min: 500, max: 60_000 }),
	travels: fc.array(fc.tuple(ms(1500), ms(4000)), { minLength: 1, maxLength: 9 }),
	others: fc.array(ms(60_000), { maxLength: 30 }),
	lost: fc.array(fc.nat({ max: 60 }), { maxLength: 6 }),
	aborted: fc.array(fc.tuple(fc.nat({ max: 60 }), ms(60_000)), { maxLength: 6 }),
});

const WORLDS = { numRuns: 500, seed };
jest.setTimeout(180_000);

test('a single execution is never rejected, however long its requests and responses take', async () => {
	const alone = traffic.map((made) => ({ ...made, others: [], lost: [], aborted: [] }));
	await fc.assert(
		fc.asyncProperty(alone, async (made) => {
			const { rejected, answered } = await run(made);
			expect({ rejected, answered }).toEqual({ rejected: 0, answered: made.requests });
		}),
		WORLDS,
	);
});

test('with others on the plan, lost responses and aborted requests, the limits are kept and every wait ends', async () => {
	await fc.assert(
		fc.asyncProperty(traffic, async (made) => {
			const { answered, withoutAnswer } = await run(made);
			expect(answered + withoutAnswer).toBe(made.requests);
		}),
		WORLDS,
	);
});

test('none of many executions on one plan waits much longer than until its turn', async () => {
	const plan = fc.record({
		executions: fc.integer({ min: 2, max: 30 }),
		pages: fc.integer({ min: 1, max: 8 }),
		limit: fc.integer({ min: 2, max: 20 }),
		windowMs: fc.integer({ min: 1_000, max: 60_000 }),
		travelMs: fc.integer({ min: 1, max: 30 }),
	});
	await fc.assert(
		fc.asyncProperty(plan, async (made) => {
			const rejected = await share(made);
			// Each window allows `limit` executions. The rest is for requests that were already sent when it was used up.
			expect(rejected).toBeLessThanOrEqual(made.executions / made.limit + 6);
		}),
		{ numRuns: 200, seed },
	);
});

describe('requests that may take minutes', () => {
	const ANSWER_MS = 5 * 60_000;

	/** When each of them left, in milliseconds; the limiter is told so much by the one request before them. */
	async function sent(
		count: number,
		first: Limit,
	): Promise<{ at: number[]; limiter: RateLimiter; clock: PlayedClock }> {
		const clock = new PlayedClock();
		const limiter = new RateLimiter({ maxInFlight: 16, maxWaitMs: Infinity, clock });
		await limiter.run(() => Promise.resolve({ result: '', limit: first }));
		const at: number[] = [];
		const send = async () => {
			at.push(clock.now());
			await clock.sleep(ANSWER_MS);
			return { result: '', limit: first };
		};
		const all = Array.from(
			{ length: count },
			async () => await limiter.run(send, undefined, { holdMs: 1000 }),
		);
		await clock.runUntil(Promise.all(all));
		return { at, limiter, clock };
	}

	test('run side by side, more of them than there are places', async () => {
		const { at } = await sent(20, 'unlimited');
		expect(at).toEqual([...Array<number>(16).fill(0), ...Array<number>(4).fill(1000)]);
	});

	test('also where nothing is known of the limit', async () => {
		const { at } = await sent(5, 'unknown');
		expect(at).toEqual([0, 1000, 2000, 3000, 4000]);
	});

	test('count towards the limit while they have no answer', async () => {
		const { at } = await sent(5, { remaining: 3, resetsAt: 60_000 });
		expect(at.slice(0, 3)).toEqual([0, 0, 0]);
		// The window is over, and nothing is known of the next one.
		expect(at.slice(3).every((time) => time >= 60_000)).toBe(true);
	});

	test('that are answered at once give back one place each', async () => {
		const { limiter, clock } = await sent(1, 'unlimited');
		let [now, most] = [0, 0];
		const send = async () => {
			most = Math.max(most, ++now);
			await clock.sleep(10);
			now--;
			return { result: '', limit: 'unlimited' as const };
		};
		const all = Array.from({ length: 50 }, async () => await limiter.run(send, undefined, { holdMs: 1000 }));
		await clock.runUntil(Promise.all(all));
		expect(most).toBe(16);
	});
});

/** Each execution reads its first page, and then all others. Returns the highest number of rejections of one request. */
async function share(made: {
	executions: number;
	pages: number;
	limit: number;
	windowMs: number;
	travelMs: number;
}): Promise<number> {
	const clock = new PlayedClock();
	const server = new FixedWindows(made.limit, made.windowMs);
	let most = 0;
	const execution = async () => {
		const limiter = new RateLimiter({ maxInFlight: 16, maxWaitMs: Infinity, clock });
		const ask = async () => {
			let isAllowed: unknown = false;
			for (let rejections = 0; !isAllowed; rejections++) {
				most = Math.max(most, rejections);
				const send = async () => {
					await clock.sleep(made.travelMs);
					const counted = server.count(clock.now());
					await clock.sleep(made.travelMs);
					return answerOf(counted);
				};
				isAllowed = await limiter.run(send, undefined, { rejections });
			}
		};
		await ask();
		await Promise.all(Array.from({ length: made.pages - 1 }, ask));
	};
	await clock.runUntil(Promise.all(Array.from({ length: made.executions }, execution)));
	return most;
}

/** Sends the requests through a limiter, and checks for each one that the responses so far allow it. */
async function run(made: Traffic) {
	const clock = new PlayedClock();
	const limiter = new RateLimiter({ maxInFlight: made.maxInFlight, maxWaitMs: Infinity, clock });
	const server = new FixedWindows(made.limit, made.windowMs);
	for (const at of made.others) clock.after(at, () => server.count(clock.now()));

	const known = { usedUpUntil: 0, pausedUntil: 0 };
	const seen = { rejected: 0, answered: 0, withoutAnswer: 0, listenersLeft: 0 };
	let [inFlight, sent] = [0, 0];

	const send = async (number: number): Promise<Sent<'answered' | 'rejected' | 'lost'>> => {
		inFlight++;
		if (inFlight > made.maxInFlight) throw new Error('too many requests were open');
		if (clock.now() < known.usedUpUntil) throw new Error('a request was sent although the limit was used up');
		if (clock.now() < known.pausedUntil) throw new Error('a request was sent during a pause');
		const [there, back] = made.travels[sent++ % made.travels.length];
		await clock.sleep(there);
		const counted = server.count(clock.now());
		await clock.sleep(back);
		inFlight--;
		if (made.lost.includes(number)) return { result: 'lost' };
		const { allowed, remaining, resetsAt } = counted;
		if (allowed && remaining === 0) known.usedUpUntil = resetsAt;
		if (!allowed) known.pausedUntil = Math.max(known.pausedUntil, resetsAt);
		// A pause replaces what was known about the window.
		if (!allowed) known.usedUpUntil = 0;
		return { ...answerOf(counted), result: allowed ? 'answered' : 'rejected' };
	};

	const ask = async (number: number): Promise<void> => {
		const controller = new AbortController();
		const abort = made.aborted.find(([request]) => request === number);
		if (abort) clock.after(abort[1], () => controller.abort());
		try {
			for (;;) {
				const result = await limiter.run(() => send(number), controller.signal);
				if (result instanceof WaitTooLong) throw new Error('a wait was too long');
				if (result === 'lost') seen.withoutAnswer++;
				if (result === 'answered') seen.answered++;
				if (result !== 'rejected') return;
				seen.rejected++;
			}
		} catch (thrown) {
			if (thrown !== controller.signal.reason) throw thrown;
			seen.withoutAnswer++;
		} finally {
			seen.listenersLeft += getEventListeners(controller.signal, 'abort').length;
		}
	};
	await clock.runUntil(Promise.all(Array.from({ length: made.requests }, (_, number) => ask(number))));
	expect([inFlight, seen.listenersLeft]).toEqual([0, 0]);
	return seen;
}

describe('what responses say', () => {
	test('only one request is sent until the first response says how many remain', async () => {
		const { answer, sentCount } = await limiterWith(9, {});
		expect(sentCount()).toBe(1);
		answer({ limit: { remaining: 3, resetsAt: 60_000 } });
		await ticks();
		expect(sentCount()).toBe(4);
	});

	test('without a limit of the API, the maximum number of requests is sent', async () => {
		const { answer, sentCount } = await limiterWith(40, {});
		answer({ limit: 'unlimited' });
		await ticks();
		expect(sentCount()).toBe(17);
	});

	test('a response without limits from a proxy does not allow more requests', async () => {
		const { answer, sentCount } = await limiterWith(9, {});
		answer();
		await ticks();
		expect(sentCount()).toBe(2);
	});

	test('a late response does not make an old number valid again', async () => {
		const { answer, sentCount } = await limiterWith(30, {});
		answer({ limit: { remaining: 10, resetsAt: 60_000 } });
		await ticks();
		expect(sentCount()).toBe(11);
		answer({ limit: { remaining: 0, resetsAt: 60_000 } });
		answer({ limit: { remaining: 9, resetsAt: 70_000 } });
		await ticks();
		expect(sentCount()).toBe(11);
	});

	test('a response without a limit does not remove a known limit', async () => {
		const { answer, sentCount } = await limiterWith(9, {});
		answer({ limit: { remaining: 2, resetsAt: 60_000 } });
		await ticks();
		answer({ limit: 'unlimited' });
		answer({ limit: 'unlimited' });
		await ticks();
		expect(sentCount()).toBe(5);
		answer({ limit: { remaining: 0, resetsAt: 60_000 } });
		answer({ limit: 'unlimited' });
		await ticks();
		expect(sentCount()).toBe(5);
	});

	test('a response that cannot be read does not allow more requests, whatever an earlier one said', async () => {
		const { answer, sentCount } = await limiterWith(40, {});
		answer({ limit: 'unknown' });
		await ticks();
		expect(sentCount()).toBe(2);
		answer({ limit: 'unlimited' });
		await ticks();
		expect(sentCount()).toBe(18);
		for (let answers = 0; answers < 16; answers++) answer({ limit: 'unknown' });
		await ticks();
		expect(sentCount()).toBe(19);
		answer({ limit: { remaining: 3, resetsAt: 60_000 } });
		await ticks();
		expect(sentCount()).toBe(22);
	});

	test('a response that cannot be read counts as one of the remaining requests', async () => {
		const { answer, sentCount } = await limiterWith(9, {});
		answer({ limit: { remaining: 2, resetsAt: 60_000 } });
		await ticks();
		answer({ limit: 'unknown' });
		answer({ limit: 'unknown' });
		await ticks();
		expect(sentCount()).toBe(3);
	});

	test('a window that begins a little early, by the clock of the server, is the new one', async () => {
		const { answer, sentCount, clock } = await limiterWith(30, {});
		answer({ limit: { remaining: 3, resetsAt: 60_000 } });
		await clock.runUntil(clock.sleep(59_000));
		expect(sentCount()).toBe(4);
		answer({ limit: { remaining: 9, resetsAt: 120_000 } });
		await ticks();
		expect(sentCount()).toBe(11);
	});

	test('a response of an earlier window does not change the current one', async () => {
		const { answer, sentCount } = await limiterWith(30, {});
		answer({ limit: { remaining: 5, resetsAt: 60_000 } });
		await ticks();
		answer({ limit: { remaining: 0, resetsAt: 10_000 } });
		await ticks();
		expect(sentCount()).toBe(7);
	});

	test('if responses differ by rounding, the later end of the window counts', async () => {
		const { answer, sentCount, clock } = await limiterWith(9, {});
		answer({ limit: { remaining: 1, resetsAt: 60_000 } });
		await ticks();
		answer({ limit: { remaining: 0, resetsAt: 61_000 } });
		await clock.runUntil(clock.sleep(60_999));
		expect(sentCount()).toBe(2);
		await clock.runUntil(clock.sleep(1000));
		expect(sentCount()).toBe(3);
	});

	test('a request whose response is lost counts as one of the remaining requests', async () => {
		const { answer, sentCount } = await limiterWith(9, {});
		answer({ limit: { remaining: 2, resetsAt: 60_000 } });
		await ticks();
		expect(sentCount()).toBe(3);
		answer();
		answer();
		await ticks();
		expect(sentCount()).toBe(3);
	});

	test('if a response asks for a pause, the requests that wait for a place wait for its end too', async () => {
		const { answer, sentCount, clock } = await limiterWith(9, {});
		answer({ pause: { until: 1_000, longestMs: Infinity } });
		await ticks();
		expect(sentCount()).toBe(1);
		await clock.runUntil(clock.sleep(2_000));
		expect(sentCount()).toBe(2);
	});

	test('a request that breaks gives its place back, and counts as one of the remaining requests', async () => {
		const { limiter } = await limiterWith(0, {});
		const breakDown = async () => await limiter.run(() => Promise.reject(new Error('broken')));
		await expect(breakDown()).rejects.toThrow('broken');
		await ask(limiter, {}, { remaining: 1, resetsAt: 60_000 });
		await expect(breakDown()).rejects.toThrow('broken');
		expect(await ask(limiter, { maxWaitMs: 0 })).toBe(60_000);
	});
});

describe('a wait', () => {
	test('longer than allowed is refused, with the time at which it would end, and occupies no place', async () => {
		const { limiter, pause } = await limiterWith(0, { maxInFlight: 1, maxWaitMs: 5_000 });
		await pause(5_001);
		const send = jest.fn<Promise<Sent<void>>, []>();
		expect(await limiter.run(send)).toStrictEqual(new WaitTooLong(5_001));
		expect(await limiter.run(send)).toStrictEqual(new WaitTooLong(5_001));
		expect(send).not.toHaveBeenCalled();
	});

	test('that becomes too long later is refused too', async () => {
		const { limiter, answer, clock, results } = await limiterWith(3, { maxWaitMs: 5_000 });
		answer({ limit: 'unlimited' });
		await ticks();
		answer({ pause: { until: 4_000, longestMs: 5_000 } });
		await ticks();
		void ask(limiter).then((until) => results.push(until));
		clock.after(1_000, () => answer({ pause: { until: 20_000, longestMs: 5_000 } }));
		await clock.runUntil(clock.sleep(6_000));
		expect(results).toEqual([20_000]);
	});

	test('exactly as long as allowed is accepted', async () => {
		const { limiter, pause, clock, results } = await limiterWith(0, { maxWaitMs: 5_000 });
		await pause(5_000);
		void ask(limiter).then((until) => results.push(until));
		await clock.runUntil(clock.sleep(6_000));
		expect(results).toEqual([undefined]);
	});

	test('of a request with its own maximum wait uses that maximum', async () => {
		const { limiter, pause, clock, results } = await limiterWith(0, { maxWaitMs: 5_000 });
		await pause(6_000);
		expect(await ask(limiter, { maxWaitMs: 4_000 })).toBe(6_000);
		void ask(limiter, { maxWaitMs: 6_000 }).then((until) => results.push(until));
		await clock.runUntil(clock.sleep(7_000));
		expect(results).toEqual([undefined]);
	});

	test('never lasts longer than its session: such a wait is refused at once', async () => {
		const { limiter, pause, clock, results } = await limiterWith(0, {});
		await pause(5_000);
		expect(await ask(limiter, { endsAt: 5_000 })).toBe(5_000);
		expect(clock.now()).toBe(0);
		void ask(limiter, { endsAt: 5_001 }).then((until) => results.push(until, clock.now()));
		await clock.runUntil(clock.sleep(6_000));
		expect(results).toEqual([undefined, 5_001]);
	});

	test('of many requests at once is reported once and counted once', async () => {
		const waits: number[] = [];
		const { limiter, answer, clock, results } = await limiterWith(10, { onWait: (wait) => waits.push(wait) });
		answer({ limit: 'unlimited' });
		await ticks();
		for (let i = 0; i < 9; i++) {
			answer({ pause: { until: 10_000 + i * 20, longestMs: Infinity } });
			await ticks();
			void ask(limiter).then((until) => results.push(until));
		}
		await clock.runUntil(clock.sleep(15_000));
		expect(waits).toEqual([10_000]);
		expect(limiter.waitedMs).toBeGreaterThanOrEqual(10_000);
		expect(limiter.waitedMs).toBeLessThan(11_000);
		expect(results).toEqual(Array(9).fill(undefined));
	});

	test('that follows another one is reported too', async () => {
		const waits: number[] = [];
		const { limiter, pause, clock } = await limiterWith(0, { onWait: (wait) => waits.push(wait) });
		for (const until of [1_000, 3_000]) {
			await pause(until);
			await clock.runUntil(ask(limiter, {}, 'unlimited'));
		}
		expect(waits).toHaveLength(2);
	});

	test('of more than 24 days, which is too long for one timer, needs only a few timers', async () => {
		const days = 24 * 60 * 60 * 1000;
		const { limiter, pause, clock } = await limiterWith(0, { maxWaitMs: Infinity });
		await pause(60 * days);
		await clock.runUntil(ask(limiter));
		expect(clock.now()).toBeGreaterThanOrEqual(60 * days);
		expect(Math.max(...clock.slept)).toBeLessThan(2 ** 31);
		expect(clock.slept.length).toBeLessThan(5);
	});

	test.each(['for the limit', 'for a place'])('%s ends when its request is aborted', async (what) => {
		const { limiter, pause } = await limiterWith(what === 'for a place' ? 1 : 0, {});
		if (what === 'for the limit') await pause(60_000);
		const controller = new AbortController();
		const send = jest.fn<Promise<Sent<void>>, []>();
		const waiting = limiter.run(send, controller.signal);
		controller.abort(new Error('aborted'));
		await expect(waiting).rejects.toThrow('aborted');
		expect(send).not.toHaveBeenCalled();
		expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
	});
});

describe('a server that asks for very short pauses again and again', () => {
	/** The actual durations of these pauses. */
	async function pauses(
		requested: number[],
		longestMs?: number,
		between?: (limiter: RateLimiter) => Promise<void>,
	) {
		const { limiter, pause, clock } = await limiterWith(0, {});
		const lasted: number[] = [];
		for (const ms of requested) {
			const from = clock.now();
			await pause(from + ms, longestMs);
			lasted.push((await ask(limiter, { maxWaitMs: 0 }))! - from);
			await clock.runUntil(clock.sleep(lasted.at(-1)!));
			await between?.(limiter);
		}
		return lasted;
	}

	test('gets pauses that grow', async () => {
		expect(await pauses([10, 10, 10, 10, 10])).toEqual([10, 100, 200, 300, 400]);
		const last = (await pauses(Array<number>(60).fill(20))).at(-1);
		expect(last).toBe(3_000);
	});

	test('gets no pause that is longer than a request may wait', async () => {
		expect(await pauses([10, 10, 10, 10], 150)).toEqual([10, 100, 150, 150]);
	});

	test('gets the requested pause if it is long enough; after that, the next pauses start small', async () => {
		expect(await pauses([10, 10, 5_000, 10, 10])).toEqual([10, 100, 5_000, 10, 100]);
		expect(await pauses([1_000, 1_000, 1_000])).toEqual([1_000, 1_000, 1_000]);
	});

	test('gets a small pause again after a success', async () => {
		const answered = await pauses([10, 10, 10], Infinity, async (limiter) => {
			await ask(limiter, {}, 'unlimited');
		});
		expect(answered).toEqual([10, 10, 10]);
	});

	test('simultaneous responses count as one', async () => {
		const { limiter, answer, sentCount } = await limiterWith(17, {});
		answer({ limit: 'unlimited' });
		await ticks();
		expect(sentCount()).toBe(17);
		for (let answers = 0; answers < 16; answers++) answer({ pause: { until: 10, longestMs: Infinity } });
		await ticks();
		expect(await ask(limiter, { maxWaitMs: 0 })).toBe(10);
	});
});

/** A limiter with `waiting` requests, all started at once; `sentCount` says how many of them were sent. */
async function limiterWith(waiting: number, options: Partial<RateLimiterOptions>) {
	const clock = new PlayedClock();
	const limiter = new RateLimiter({ maxInFlight: 16, maxWaitMs: Infinity, clock, ...options });
	const openRequests: Array<(sent: Sent<void>) => void> = [];
	let sentCount = 0;
	const send = async () => {
		sentCount++;
		return await new Promise<Sent<void>>((resolve) => openRequests.push(resolve));
	};
	for (let i = 0; i < waiting; i++) void limiter.run(send);
	await ticks();
	return {
		limiter,
		clock,
		sentCount: () => sentCount,
		results: [] as Array<number | undefined>,
		/** Responds to the oldest open request. */
		answer: (response: Omit<Sent<void>, 'result'> = {}) =>
			openRequests.shift()!({ ...response, result: undefined }),
		/** Sends another request, whose response asks for a pause. */
		pause: async (until: number, longestMs = Infinity) =>
			await limiter.run(() => Promise.resolve({ result: undefined, pause: { until, longestMs } })),
	};
}

/** Sends a request, whose response contains only `limit`. If its wait would be too long, returns the end of the wait. */
async function ask(limiter: RateLimiter, wait?: WaitOptions, limit?: Limit): Promise<number | undefined> {
	const outcome = await limiter.run(() => Promise.resolve({ result: undefined, limit }), undefined, wait);
	return outcome?.until;
}

function answerOf({ allowed, remaining, resetsAt }: ReturnType<FixedWindows['count']>): Sent<boolean> {
	if (allowed) return { result: true, limit: { remaining, resetsAt } };
	return { result: false, pause: { until: resetsAt, longestMs: Infinity } };
}

async function ticks(): Promise<void> {
	await new Promise(setImmediate);
}

/** Counts as the API does: a window begins with its first request, and its end is rounded to whole seconds. */
class FixedWindows {
	private endsAt = 0;
	private used = 0;

	constructor(
		private readonly limit: number,
		private readonly windowMs: number,
	) {}

	count(now: number) {
		if (this.endsAt <= now) [this.endsAt, this.used] = [now + this.windowMs, 0];
		this.used++;
		return {
			allowed: this.used <= this.limit,
			remaining: Math.max(0, this.limit - this.used),
			resetsAt: Math.ceil(this.endsAt / 1000) * 1000,
		};
	}
}
