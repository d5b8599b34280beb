import type { Clock } from '../transport/clock';
import type { RequestError } from '../transport/errors';

/** In milliseconds. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;
const GROWTH = 1.5;
/** A job that will soon be done is asked about at most this many times as often. */
const NEAR_THE_END = 3;
/** From this progress on it will soon be done, whatever its pace. */
const NEARLY_DONE = 90;

/** By which clock to wait, and what ends every wait. */
export interface Timing {
	clock: Clock;
	signal: AbortSignal;
}

/** What came of asking once: what was waited for, or nothing yet. */
export interface Polled<T> {
	result?: T;
	/** 0–100, where it is known. */
	progress?: number;
	/** Until when asking is worth it, from now on; Unix epoch, milliseconds. */
	endsAt?: number;
}

/**
 * Asks at once, then at growing intervals (sooner if the progress will be complete by then), and a last time when the time
 * is over. An answer that had to wait for the rate limit is not asked for again sooner than it took: many jobs on a small
 * plan are asked about less often by themselves.
 *
 * @param ask its signal is aborted when the time is over; what it throws otherwise ends the wait
 * @param endsAt when the time is over: Unix epoch, milliseconds
 * @returns undefined where the time is over
 */
export async function pollUntil<T>(
	ask: (signal: AbortSignal) => Promise<Polled<T>>,
	{ clock, signal }: Timing,
	endsAt: number,
): Promise<T | undefined> {
	// One of its own for each wait: Node warns of a leak where many listen to the same signal.
	const stop = AbortSignal.any([signal]);
	let [pauseMs, end] = [FIRST_PAUSE_MS, endsAt];
	let last: Seen | undefined;
	for (;;) {
		stop.throwIfAborted();
		const [isLast, askedAt] = [clock.now() >= end, clock.now()];
		const polled = await inTime(ask, { clock, signal: stop }, isLast ? askedAt + LAST_ASK_MS : end);
		if (polled?.result !== undefined) return polled.result;
		end = polled?.endsAt ?? end;
		const now = clock.now();
		if (!polled || (isLast && now >= end)) return undefined;
		const seen = { progress: polled.progress, at: now };
		const usualMs = pauseMs * (0.75 + clock.random() / 2);
		const wanted = Math.min(usualMs, Math.max(usualMs / NEAR_THE_END, leftMs(seen, last)));
		last = seen;
		await clock.sleep(Math.max(0, Math.min(Math.max(wanted, now - askedAt), end - now)), stop);
		pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * GROWTH);
	}
}

interface Seen {
	progress?: number;
	/** Unix epoch, milliseconds. */
	at: number;
}

/** How long it takes at the pace of the latest two answers; endless where they show none. */
function leftMs({ progress = 0, at }: Seen, last?: Seen): number {
	if (progress >= NEARLY_DONE) return 0;
	const made = progress - (last?.progress ?? progress);
	return last && made > 0 ? ((100 - progress) / made) * (at - last.at) : Infinity;
}

/** What is asked for when the time is over already is worth a moment: it may be done. */
const LAST_ASK_MS = 10_000;

/** @returns undefined where the time is over before there is an answer */
export async function inTime<T>(
	ask: (signal: AbortSignal) => Promise<T>,
	{ clock, signal }: Timing,
	endsAt: number,
): Promise<T | undefined> {
	const [answered, late] = [new AbortController(), new AbortController()];
	clock.sleep(endsAt - clock.now(), answered.signal).then(
		() => late.abort(),
		() => undefined,
	);
	const asked = ask(AbortSignal.any([signal, late.signal])).catch(async (failure: unknown) => {
		const isLate = late.signal.aborted && !signal.aborted;
		return isLate ? undefined : await Promise.reject(failure as Error);
	});
	return await asked.finally(() => answered.abort());
}

/**
 * What another try may mend is no reason to stop asking.
 *
 * @param onLost called where the API does not know what it was asked for
 * @throws what no other try mends, e.g. a key that is not accepted; what onLost throws
 */
export async function unlessTrouble<T>(
	asked: Promise<T>,
	onLost?: (failure: Error) => void,
): Promise<T | undefined> {
	return await asked.catch(async (failure: Partial<RequestError>) => {
		const { fate, httpCode } = failure;
		const isHopeless = fate === 'refused' && httpCode !== '404' && httpCode !== '429';
		if (fate === undefined || isHopeless) return await Promise.reject(failure as Error);
		if (httpCode === '404') onLost?.(failure as Error);
		return undefined;
	});
}
