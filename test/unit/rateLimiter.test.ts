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

/** A plan's limit on the server, and how the requests of one execution travel. Times in milliseconds. */
interface Traffic {
	maxInFlight: number;
	requests: number;
	limit: number;
	windowMs: number;
	/** How long each request travels there, and its answer back; used over and over. */
	travels: Array<[there: number, back: number]>;
	/** Moments at which somebody else uses up one request of the same plan. */
	others: number[];
	/** Numbers of requests that the server counts, and whose answers are lost. */
	lost: number[];
	/** Numbers of requests that are given up, and when. */
	givenUp: Array<[request: number, at: number]>;
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
	givenUp: fc.array(fc.tuple(fc.nat({ max: 60 }), ms(60_000)), { maxLength: 6 }),
});

const WORLDS = { numRuns: 500, seed };
jest.setTimeout(60_000);

test('a lone execution is never turned away, however its requests and answers travel', async () => {
	const alone = traffic.map((made) => ({ ...made, others: [], lost: [], givenUp: [] }));
	await fc.assert(
		fc.asyncProperty(alone, async (made) => {
			const { turnedAway, answered } = await run(made);
			expect({ turnedAway, answered }).toEqual({ turnedAway: 0, answered: made.requests });
		}),
		WORLDS,
	);
});

test('with others on the plan, lost answers and requests given up, the bounds hold and every wait ends', async () => {
	await fc.assert(
		fc.asyncProperty(traffic, async (made) => {
			const { answered, withoutAnswer } = await run(made);
			expect(answered + withoutAnswer).toBe(made.requests);
		}),
		WORLDS,
	);
});

test('of many executions on one plan none waits much longer than its turn takes to come', async () => {
	const plan = fc.record({
		executions: fc.integer({ min: 2, max: 30 }),
		pages: fc.integer({ min: 1, max: 8 }),
		limit: fc.integer({ min: 2, max: 20 }),
		windowMs: fc.integer({ min: 1_000, max: 60_000 }),
		travelMs: fc.integer({ min: 1, max: 30 }),
	});
	await fc.assert(
		fc.asyncProperty(plan, async (made) => {
			const turnedAway = await share(made);
			// Each window lets `limit` of them on. The rest is for requests that were on their way when it was used up.
			expect(turnedAway).toBeLessThanOrEqual(made.executions / made.limit + 6);
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

/** Each execution reads its first page, and then all the others. Returns how often the unluckiest request was turned away. */
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

/** Sends the traffic through a limiter, and checks at each sending what the answers that came back allow. */
async function run(made: Traffic) {
	const clock = new PlayedClock();
	const limiter = new RateLimiter({ maxInFlight: made.maxInFlight, maxWaitMs: Infinity, clock });
	const server = new FixedWindows(made.limit, made.windowMs);
	for (const at of made.others) clock.after(at, () => server.count(clock.now()));

	const told = { usedUpUntil: 0, pausedUntil: 0 };
	const seen = { turnedAway: 0, answered: 0, withoutAnswer: 0, listenersLeft: 0 };
	let [inFlight, sent] = [0, 0];

	const send = async (number: number): Promise<Sent<'answered' | 'rejected' | 'lost'>> => {
		inFlight++;
		if (inFlight > made.maxInFlight) throw new Error('too many were on their way');
		if (clock.now() < told.usedUpUntil) throw new Error('one was sent though the limit was used up');
		if (clock.now() < told.pausedUntil) throw new Error('one was sent in a pause');
		const [there, back] = made.travels[sent++ % made.travels.length];
		await clock.sleep(there);
		const counted = server.count(clock.now());
		await clock.sleep(back);
		inFlight--;
		if (made.lost.includes(number)) return { result: 'lost' };
		const { allowed, remaining, resetsAt } = counted;
		if (allowed && remaining === 0) told.usedUpUntil = resetsAt;
		if (!allowed) told.pausedUntil = Math.max(told.pausedUntil, resetsAt);
		// A pause takes the place of what was known of the window.
		if (!allowed) told.usedUpUntil = 0;
		return { ...answerOf(counted), result: allowed ? 'answered' : 'rejected' };
	};

	const ask = async (number: number): Promise<void> => {
		const giving = new AbortController();
		const up = made.givenUp.find(([request]) => request === number);
		if (up) clock.after(up[1], () => giving.abort());
		try {
			for (;;) {
				const result = await limiter.run(() => send(number), giving.signal);
				if (result instanceof WaitTooLong) throw new Error('a wait was too long');
				if (result === 'lost') seen.withoutAnswer++;
				if (result === 'answered') seen.answered++;
				if (result !== 'rejected') return;
				seen.turnedAway++;
			}
		} catch (thrown) {
			if (thrown !== giving.signal.reason) throw thrown;
			seen.withoutAnswer++;
		} finally {
			seen.listenersLeft += getEventListeners(giving.signal, 'abort').length;
		}
	};
	await clock.runUntil(Promise.all(Array.from({ length: made.requests }, (_, number) => ask(number))));
	expect([inFlight, seen.listenersLeft]).toEqual([0, 0]);
	return seen;
}

describe('what answers say', () => {
	test('one request goes ahead until the first answer tells what is left', async () => {
		const { answer, taken } = await crowd(9, {});
		expect(taken()).toBe(1);
		answer({ limit: { remaining: 3, resetsAt: 60_000 } });
		await ticks();
		expect(taken()).toBe(4);
	});

	test('an API that says nothing of a limit gets as many as may be on their way', async () => {
		const { answer, taken } = await crowd(40, {});
		answer({ limit: 'unlimited' });
		await ticks();
		expect(taken()).toBe(17);
	});

	test('an answer that tells nothing, because it came from a proxy, is no leave to send more', async () => {
		const { answer, taken } = await crowd(9, {});
		answer();
		await ticks();
		expect(taken()).toBe(2);
	});

	test('an answer that was long on its way does not make an old number new', async () => {
		const { answer, taken } = await crowd(30, {});
		answer({ limit: { remaining: 10, resetsAt: 60_000 } });
		await ticks();
		expect(taken()).toBe(11);
		answer({ limit: { remaining: 0, resetsAt: 60_000 } });
		answer({ limit: { remaining: 9, resetsAt: 70_000 } });
		await ticks();
		expect(taken()).toBe(11);
	});

	test('an answer that says nothing of a limit does not lift one that is known', async () => {
		const { answer, taken } = await crowd(9, {});
		answer({ limit: { remaining: 2, resetsAt: 60_000 } });
		await ticks();
		answer({ limit: 'unlimited' });
		answer({ limit: 'unlimited' });
		await ticks();
		expect(taken()).toBe(5);
		answer({ limit: { remaining: 0, resetsAt: 60_000 } });
		answer({ limit: 'unlimited' });
		await ticks();
		expect(taken()).toBe(5);
	});

	test('an answer that cannot be read is no leave to send more, whatever an earlier one said', async () => {
		const { answer, taken } = await crowd(40, {});
		answer({ limit: 'unknown' });
		await ticks();
		expect(taken()).toBe(2);
		answer({ limit: 'unlimited' });
		await ticks();
		expect(taken()).toBe(18);
		for (let answers = 0; answers < 16; answers++) answer({ limit: 'unknown' });
		await ticks();
		expect(taken()).toBe(19);
		answer({ limit: { remaining: 3, resetsAt: 60_000 } });
		await ticks();
		expect(taken()).toBe(22);
	});

	test('an answer that cannot be read counts as one of those that were left', async () => {
		const { answer, taken } = await crowd(9, {});
		answer({ limit: { remaining: 2, resetsAt: 60_000 } });
		await ticks();
		answer({ limit: 'unknown' });
		answer({ limit: 'unknown' });
		await ticks();
		expect(taken()).toBe(3);
	});

	test('a window that begins a little early, by the server’s clock, is the new one', async () => {
		const { answer, taken, clock } = await crowd(30, {});
		answer({ limit: { remaining: 3, resetsAt: 60_000 } });
		await clock.runUntil(clock.sleep(59_000));
		expect(taken()).toBe(4);
		answer({ limit: { remaining: 9, resetsAt: 120_000 } });
		await ticks();
		expect(taken()).toBe(11);
	});

	test('an answer of a window that is over says nothing of the one that runs', async () => {
		const { answer, taken } = await crowd(30, {});
		answer({ limit: { remaining: 5, resetsAt: 60_000 } });
		await ticks();
		answer({ limit: { remaining: 0, resetsAt: 10_000 } });
		await ticks();
		expect(taken()).toBe(7);
	});

	test('of answers that differ by the rounding, the later end of the window counts', async () => {
		const { answer, taken, clock } = await crowd(9, {});
		answer({ limit: { remaining: 1, resetsAt: 60_000 } });
		await ticks();
		answer({ limit: { remaining: 0, resetsAt: 61_000 } });
		await clock.runUntil(clock.sleep(60_999));
		expect(taken()).toBe(2);
		await clock.runUntil(clock.sleep(1000));
		expect(taken()).toBe(3);
	});

	test('a request whose answer is lost counts as one of those that were left', async () => {
		const { answer, taken } = await crowd(9, {});
		answer({ limit: { remaining: 2, resetsAt: 60_000 } });
		await ticks();
		expect(taken()).toBe(3);
		answer();
		answer();
		await ticks();
		expect(taken()).toBe(3);
	});

	test('a pause that an answer asks for holds back those who wait for its place', async () => {
		const { answer, taken, clock } = await crowd(9, {});
		answer({ pause: { until: 1_000, longestMs: Infinity } });
		await ticks();
		expect(taken()).toBe(1);
		await clock.runUntil(clock.sleep(2_000));
		expect(taken()).toBe(2);
	});

	test('a request that breaks gives its place back, and counts as one of those that were left', async () => {
		const { limiter } = await crowd(0, {});
		const breakDown = async () => await limiter.run(() => Promise.reject(new Error('broken')));
		await expect(breakDown()).rejects.toThrow('broken');
		await ask(limiter, {}, { remaining: 1, resetsAt: 60_000 });
		await expect(breakDown()).rejects.toThrow('broken');
		expect(await ask(limiter, { maxWaitMs: 0 })).toBe(60_000);
	});
});

describe('a wait', () => {
	test('longer than allowed is refused, with the time at which it would end, and takes no place', async () => {
		const { limiter, pause } = await crowd(0, { maxInFlight: 1, maxWaitMs: 5_000 });
		await pause(5_001);
		const send = jest.fn<Promise<Sent<void>>, []>();
		expect(await limiter.run(send)).toStrictEqual(new WaitTooLong(5_001));
		expect(await limiter.run(send)).toStrictEqual(new WaitTooLong(5_001));
		expect(send).not.toHaveBeenCalled();
	});

	test('that becomes too long while it lasts is refused as well', async () => {
		const { limiter, answer, clock, results } = await crowd(3, { maxWaitMs: 5_000 });
		answer({ limit: 'unlimited' });
		await ticks();
		answer({ pause: { until: 4_000, longestMs: 5_000 } });
		await ticks();
		void ask(limiter).then((until) => results.push(until));
		clock.after(1_000, () => answer({ pause: { until: 20_000, longestMs: 5_000 } }));
		await clock.runUntil(clock.sleep(6_000));
		expect(results).toEqual([20_000]);
	});

	test('as long as allowed, to the millisecond, is waited', async () => {
		const { limiter, pause, clock, results } = await crowd(0, { maxWaitMs: 5_000 });
		await pause(5_000);
		void ask(limiter).then((until) => results.push(until));
		await clock.runUntil(clock.sleep(6_000));
		expect(results).toEqual([undefined]);
	});

	test('of a request with a longest wait of its own goes by that', async () => {
		const { limiter, pause, clock, results } = await crowd(0, { maxWaitMs: 5_000 });
		await pause(6_000);
		expect(await ask(limiter, { maxWaitMs: 4_000 })).toBe(6_000);
		void ask(limiter, { maxWaitMs: 6_000 }).then((until) => results.push(until));
		await clock.runUntil(clock.sleep(7_000));
		expect(results).toEqual([undefined]);
	});

	test('never goes on after the end of its session: one that would is refused at once', async () => {
		const { limiter, pause, clock, results } = await crowd(0, {});
		await pause(5_000);
		expect(await ask(limiter, { endsAt: 5_000 })).toBe(5_000);
		expect(clock.now()).toBe(0);
		void ask(limiter, { endsAt: 5_001 }).then((until) => results.push(until, clock.now()));
		await clock.runUntil(clock.sleep(6_000));
		expect(results).toEqual([undefined, 5_001]);
	});

	test('of many requests side by side is told once and counted once', async () => {
		const waits: number[] = [];
		const { limiter, answer, clock, results } = await crowd(10, { onWait: (wait) => waits.push(wait) });
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

	test('that follows another is told too', async () => {
		const waits: number[] = [];
		const { limiter, pause, clock } = await crowd(0, { onWait: (wait) => waits.push(wait) });
		for (const until of [1_000, 3_000]) {
			await pause(until);
			await clock.runUntil(ask(limiter, {}, 'unlimited'));
		}
		expect(waits).toHaveLength(2);
	});

	test('of more than 24 days, which no timer holds, does not spin', async () => {
		const days = 24 * 60 * 60 * 1000;
		const { limiter, pause, clock } = await crowd(0, { maxWaitMs: Infinity });
		await pause(60 * days);
		await clock.runUntil(ask(limiter));
		expect(clock.now()).toBeGreaterThanOrEqual(60 * days);
		expect(Math.max(...clock.slept)).toBeLessThan(2 ** 31);
		expect(clock.slept.length).toBeLessThan(5);
	});

	test.each(['for the limit', 'for a place'])('%s ends when its request is given up', async (what) => {
		const { limiter, pause } = await crowd(what === 'for a place' ? 1 : 0, {});
		if (what === 'for the limit') await pause(60_000);
		const giving = new AbortController();
		const send = jest.fn<Promise<Sent<void>>, []>();
		const waiting = limiter.run(send, giving.signal);
		giving.abort(new Error('given up'));
		await expect(waiting).rejects.toThrow('given up');
		expect(send).not.toHaveBeenCalled();
		expect(getEventListeners(giving.signal, 'abort')).toEqual([]);
	});
});

describe('a server that asks for next to no pause, again and again', () => {
	/** How long each of the pauses was that it got. */
	async function pauses(
		asked: number[],
		longestMs?: number,
		between?: (limiter: RateLimiter) => Promise<void>,
	) {
		const { limiter, pause, clock } = await crowd(0, {});
		const lasted: number[] = [];
		for (const ms of asked) {
			const from = clock.now();
			await pause(from + ms, longestMs);
			lasted.push((await ask(limiter, { maxWaitMs: 0 }))! - from);
			await clock.runUntil(clock.sleep(lasted.at(-1)!));
			await between?.(limiter);
		}
		return lasted;
	}

	test('gets one that grows', async () => {
		expect(await pauses([10, 10, 10, 10, 10])).toEqual([10, 100, 200, 300, 400]);
		const last = (await pauses(Array<number>(60).fill(20))).at(-1);
		expect(last).toBe(3_000);
	});

	test('but not more than a request may wait', async () => {
		expect(await pauses([10, 10, 10, 10], 150)).toEqual([10, 100, 150, 150]);
	});

	test('gets what it asks for where that is a real one, and begins anew after it', async () => {
		expect(await pauses([10, 10, 5_000, 10, 10])).toEqual([10, 100, 5_000, 10, 100]);
		expect(await pauses([1_000, 1_000, 1_000])).toEqual([1_000, 1_000, 1_000]);
	});

	test('begins anew after an answer', async () => {
		const answered = await pauses([10, 10, 10], Infinity, async (limiter) => {
			await ask(limiter, {}, 'unlimited');
		});
		expect(answered).toEqual([10, 10, 10]);
	});

	test('answers that come in side by side are one', async () => {
		const { limiter, answer, taken } = await crowd(17, {});
		answer({ limit: 'unlimited' });
		await ticks();
		expect(taken()).toBe(17);
		for (let answers = 0; answers < 16; answers++) answer({ pause: { until: 10, longestMs: Infinity } });
		await ticks();
		expect(await ask(limiter, { maxWaitMs: 0 })).toBe(10);
	});
});

/** A limiter at which `waiting` requests wanted to be sent at once, and how many of them could. */
async function crowd(waiting: number, options: Partial<RateLimiterOptions>) {
	const clock = new PlayedClock();
	const limiter = new RateLimiter({ maxInFlight: 16, maxWaitMs: Infinity, clock, ...options });
	const onTheirWay: Array<(sent: Sent<void>) => void> = [];
	let taken = 0;
	const send = async () => {
		taken++;
		return await new Promise<Sent<void>>((resolve) => onTheirWay.push(resolve));
	};
	for (let i = 0; i < waiting; i++) void limiter.run(send);
	await ticks();
	return {
		limiter,
		clock,
		taken: () => taken,
		results: [] as Array<number | undefined>,
		/** Ends the one that is on its way for longest. */
		answer: (said: Omit<Sent<void>, 'result'> = {}) => onTheirWay.shift()!({ ...said, result: undefined }),
		/** Sends another one, whose answer asks for a pause. */
		pause: async (until: number, longestMs = Infinity) =>
			await limiter.run(() => Promise.resolve({ result: undefined, pause: { until, longestMs } })),
	};
}

/** Sends one, whose answer says no more than `limit`; returns until when its wait would have been, where that was too long. */
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

/** As the API counts: a window begins with its first request, and its end is told in whole seconds. */
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
