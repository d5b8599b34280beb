import { readAccount } from '../../nodes/LlmGenerator/jobs/find';
import type { GenerationSource } from '../../nodes/LlmGenerator/jobs/source';
import { pollUntil, unlessTrouble, type Polled } from '../../nodes/LlmGenerator/jobs/wait';
import type { LedgerSource } from '../../nodes/LlmGenerator/ledger/source';
import { PlayedClock } from './playedClock';

const MINUTE_MS = 60_000;

/** Asks until the answer with this number is the last; each takes so long, or as long as its signal lasts. */
function asking(clock: PlayedClock, { last = Infinity, takesMs = 100, near = Infinity } = {}) {
	const at: number[] = [];
	const ask = async (signal: AbortSignal): Promise<Polled<string>> => {
		at.push(clock.now());
		const number = at.length;
		await clock.sleep(takesMs, signal);
		return number >= last ? { result: 'done' } : { progress: number >= near ? 90 : undefined };
	};
	return { at, ask };
}
const never = new AbortController().signal;
const pauses = (at: number[]) => at.slice(1).map((time, i) => time - at[i]);

test('asks at once, then at growing intervals that are bounded', async () => {
	const clock = new PlayedClock();
	const { at, ask } = asking(clock, { last: 30 });
	expect(await clock.runUntil(pollUntil(ask, { clock, signal: never }, 30 * MINUTE_MS))).toBe('done');
	expect(at[0]).toBe(0);
	expect(pauses(at)[0]).toBeLessThan(1500);
	expect(Math.max(...pauses(at))).toBeLessThan(20_000);
	expect(pauses(at).at(-1)).toBeGreaterThan(10_000);
});

test('asks more often when the end is near', async () => {
	const clock = new PlayedClock();
	const { at, ask } = asking(clock, { last: 30, near: 20 });
	await clock.runUntil(pollUntil(ask, { clock, signal: never }, 30 * MINUTE_MS));
	expect(Math.max(...pauses(at).slice(20))).toBeLessThan(7000);
});

/** Asks for a job of this duration, whose progress is even and told in whole percent. Returns how late its end is seen. */
async function seenLate(clock: PlayedClock, durationMs: number, stallsAt = 100) {
	const [begunAt, asked] = [clock.now(), jest.fn()];
	const ask = async (signal: AbortSignal): Promise<Polled<string>> => {
		asked();
		await clock.sleep(20, signal);
		const share = (clock.now() - begunAt) / durationMs;
		return share >= 1 ? { result: 'done' } : { progress: Math.min(stallsAt, Math.floor(share * 100)) };
	};
	await clock.runUntil(pollUntil(ask, { clock, signal: never }, begunAt + 30 * MINUTE_MS));
	return { lateMs: clock.now() - begunAt - durationMs, asked: asked.mock.calls.length };
}

test('a job of a few seconds is seen to be done within two seconds, by its progress', async () => {
	const clock = new PlayedClock();
	for (let durationMs = 1000; durationMs <= 6000; durationMs += 50) {
		const { lateMs, asked } = await seenLate(clock, durationMs);
		expect(lateMs).toBeLessThan(2000);
		expect(asked).toBeLessThanOrEqual(7);
	}
});

test('a job whose progress stops is not asked for more often because of it', async () => {
	const clock = new PlayedClock();
	const { asked } = await seenLate(clock, 10 * MINUTE_MS, 5);
	expect(asked).toBeLessThan(60);
});

test('does not ask sooner than an answer took, so that a small plan is not used up by asking', async () => {
	const clock = new PlayedClock();
	const { at, ask } = asking(clock, { last: 10, takesMs: 50_000 });
	await clock.runUntil(pollUntil(ask, { clock, signal: never }, 60 * MINUTE_MS));
	expect(Math.min(...pauses(at))).toBeGreaterThanOrEqual(100_000);
});

test('asks a last time when the time is over, and ends', async () => {
	const clock = new PlayedClock();
	const { at, ask } = asking(clock);
	expect(await clock.runUntil(pollUntil(ask, { clock, signal: never }, 5000))).toBeUndefined();
	expect(at.at(-1)).toBe(5000);
	expect(clock.now()).toBeLessThan(6000);
});

test('an answer that does not come does not go on beyond the time', async () => {
	const clock = new PlayedClock();
	const { ask } = asking(clock, { takesMs: 10 * MINUTE_MS });
	expect(await clock.runUntil(pollUntil(ask, { clock, signal: never }, 5000))).toBeUndefined();
	expect(clock.now()).toBe(5000);
});

test('without any time it asks once', async () => {
	const clock = new PlayedClock();
	const { at, ask } = asking(clock, { last: 1 });
	expect(await clock.runUntil(pollUntil(ask, { clock, signal: never }, 0))).toBe('done');
	expect(at).toEqual([0]);
});

test('ends with the reason when it is stopped', async () => {
	const clock = new PlayedClock();
	const stopping = new AbortController();
	const reason = new Error('stopped');
	clock.after(7000, () => stopping.abort(reason));
	const { ask } = asking(clock);
	const polled = pollUntil(ask, { clock, signal: stopping.signal }, 30 * MINUTE_MS);
	await expect(clock.runUntil(polled)).rejects.toBe(reason);
	expect(clock.now()).toBe(7000);
});

describe('trouble while asking', () => {
	const thrown = (fate?: string, httpCode?: string) =>
		Promise.reject(Object.assign(new Error('trouble'), { fate, httpCode }));

	test.each([
		['unknown', undefined],
		['unknown', '503'],
		['not sent', '429'],
		['refused', '429'],
		['refused', '404'],
	])('of fate "%s" with status %s is not the end', async (fate, status) => {
		expect(await unlessTrouble(thrown(fate, status))).toBeUndefined();
	});

	test.each([
		['refused', '401'],
		['refused', '403'],
		['refused', '400'],
		[undefined, undefined],
	])('of fate "%s" with status %s is', async (fate, status) => {
		await expect(unlessTrouble(thrown(fate, status))).rejects.toThrow('trouble');
	});

	test('tells apart what the API does not know', async () => {
		const lost = jest.fn();
		await unlessTrouble(thrown('refused', '404'), lost);
		await unlessTrouble(thrown('unknown', '503'), lost);
		expect(lost).toHaveBeenCalledTimes(1);
	});
});

test('a ledger that hangs keeps no generation from being started: the account counts without it', async () => {
	const clock = new PlayedClock();
	const usage: LedgerSource = {
		page: async (_slice, signal) => await clock.sleep(Infinity, signal).then(() => ({ transactions: [] })),
		unreadable: (happened) => new Error(happened),
	};
	const sites = async () => await Promise.resolve({ sites: [], isWhole: true });
	const looking = readAccount({ sites, usage } as Partial<GenerationSource> as GenerationSource, {
		clock,
		signal: never,
	});
	expect(await clock.runUntil(looking)).toEqual({ sites: [], isWhole: true, usage: undefined });
	expect(clock.now()).toBe(MINUTE_MS);
});
