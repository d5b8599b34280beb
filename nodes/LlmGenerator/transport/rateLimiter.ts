/** Time and chance, so that tests can play them. */
export interface Clock {
	/** Unix epoch, milliseconds. */
	now(): number;
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** From 0 up to, but not including, 1. */
	random(): number;
}

/** What an answer's headers say of the limit (X-RateLimit-Remaining, X-RateLimit-Reset; API reference, introduction). */
export interface Allowance {
	/** Requests left in the running window. */
	remaining: number;
	/** When the window ends: Unix epoch, milliseconds, by this machine's clock. */
	resetsAt: number;
}

export interface RateLimiterOptions {
	maxInFlight: number;
	/** The longest single wait of a request that brings none of its own, in milliseconds. */
	maxWaitMs: number;
	clock: Clock;
	/** Told once for each wait, in milliseconds, before it begins. */
	onWait?: (ms: number) => void;
}

/** How long one request may wait, and for what. */
export interface Patience {
	/** The longest single wait, in milliseconds. */
	maxWaitMs?: number;
	/** No wait goes on after that: Unix epoch, milliseconds. */
	endsAt?: number;
	/** It leaves only while fewer than so many are on their way, its own and others. */
	maxInFlight?: number;
}

/**
 * One budget for everything that one execution asks: how many requests may be on their way, and when.
 *
 * Until the first answer it is not known what the plan allows, so one request goes ahead of the others. After that
 * there are never more on their way than the last answers left over: a request that is on its way may or may not be
 * counted in them yet, and is taken as not counted; one that was sent and brought no answer is taken as counted.
 */
export class RateLimiter {
	/** How long requests were held back for the rate limit so far, in milliseconds; waits side by side count once. */
	waitedMs = 0;
	private waitedUntil = 0;
	private inFlight = 0;
	private allowance: Allowance | 'unknown' | 'unlimited' = 'unknown';
	private pausedUntil = 0;
	/** How many pauses in a row were next to none. */
	private shortPauses = 0;
	private toldUntil = 0;
	private freed = new Turn();

	constructor(private readonly options: RateLimiterOptions) {}

	/**
	 * Waits until one more request may be sent, and takes its place: give it back with `leave`.
	 *
	 * @param turnedAway how often this request was turned away already
	 * @returns nothing once the place is taken; where the limit ends too late to wait for it: when it ends (Unix epoch,
	 * milliseconds), and no place is taken
	 * @throws the reason of the signal once that is aborted
	 */
	async enter(
		signal?: AbortSignal,
		turnedAway = 0,
		{ maxWaitMs = this.options.maxWaitMs, endsAt = Infinity, maxInFlight = Infinity }: Patience = {},
	): Promise<number | undefined> {
		const { clock } = this.options;
		const wake = () => this.wake();
		signal?.addEventListener('abort', wake);
		try {
			for (;;) {
				signal?.throwIfAborted();
				const opensAt = this.opensAt();
				if (opensAt > clock.now()) {
					if (opensAt - clock.now() > maxWaitMs || opensAt >= endsAt) return opensAt;
					await this.waitUntil(opensAt, turnedAway, endsAt, signal);
				} else if (this.inFlight >= Math.min(maxInFlight, this.places())) {
					await this.freed.promise;
				} else {
					this.inFlight++;
					return undefined;
				}
			}
		} finally {
			// Node keeps a combined signal alive, and all that its listeners hold, for as long as it has one.
			signal?.removeEventListener('abort', wake);
		}
	}

	/**
	 * Gives the place back. `allowance`: what the answer said of the limit, 'unknown' where that cannot be read; left out
	 * where there was no answer, or none of the API itself, or one that asked for a pause: that one has to begin before.
	 */
	leave(allowance?: Allowance | 'unknown' | 'unlimited'): void {
		this.inFlight--;
		if (allowance) this.shortPauses = 0;
		if (typeof allowance === 'object') this.learn(allowance);
		else if (typeof this.allowance !== 'object') this.allowance = allowance ?? this.allowance;
		else if (allowance !== 'unlimited') this.allowance.remaining--;
		this.wake();
	}

	/**
	 * No request leaves before `until` (Unix epoch, milliseconds). A server that asks for next to no pause, and then
	 * again for one, gets one that grows from time to time, up to `longestMs`.
	 */
	pause(until: number, longestMs = this.options.maxWaitMs): void {
		const now = this.options.clock.now();
		// Answers that come in while one lasts belong to it.
		if (now >= this.pausedUntil) {
			const leastMs = Math.min(this.shortPauses * PAUSE_STEP_MS, LONGEST_LEAST_PAUSE_MS, longestMs);
			this.shortPauses = until - now < leastMs + PAUSE_STEP_MS ? this.shortPauses + 1 : 0;
			this.pausedUntil = now + leastMs;
		}
		this.pausedUntil = Math.max(this.pausedUntil, until);
		// What was left over belongs to the window that just ended: one request asks again.
		this.allowance = 'unknown';
	}

	private opensAt(): number {
		const { allowance } = this;
		const usedUp = typeof allowance === 'object' && allowance.remaining <= 0;
		return Math.max(this.pausedUntil, usedUp ? allowance.resetsAt : 0);
	}

	private places(): number {
		const { allowance, options } = this;
		if (typeof allowance === 'object' && allowance.resetsAt <= options.clock.now())
			this.allowance = 'unknown';
		if (this.allowance === 'unknown') return 1;
		return this.allowance === 'unlimited'
			? options.maxInFlight
			: Math.min(options.maxInFlight, this.allowance.remaining);
	}

	/**
	 * Answers arrive in any order: within a window the lowest number is the newest. None begins before the last one is
	 * over: an answer that says so was long on its way, and its number is old.
	 */
	private learn({ remaining, resetsAt }: Allowance): void {
		const last = this.allowance;
		if (typeof last !== 'object') {
			this.allowance = { remaining, resetsAt };
			return;
		}
		const later = resetsAt - last.resetsAt;
		if (later > WINDOW_TOLERANCE_MS && this.options.clock.now() >= last.resetsAt - WINDOW_TOLERANCE_MS) {
			this.allowance = { remaining, resetsAt };
		} else if (later >= -WINDOW_TOLERANCE_MS) {
			last.remaining = Math.min(last.remaining, remaining);
			last.resetsAt = Math.max(last.resetsAt, resetsAt);
		}
	}

	private async waitUntil(
		until: number,
		turnedAway: number,
		endsAt: number,
		signal?: AbortSignal,
	): Promise<void> {
		const { clock, onWait } = this.options;
		const from = clock.now();
		// Several answers that ask for the same wait differ by the time that they took.
		if (from >= this.toldUntil || until - this.toldUntil > WINDOW_TOLERANCE_MS) onWait?.(until - from);
		this.toldUntil = Math.max(this.toldUntil, until);
		const jitter = JITTER_MS * 2 ** -turnedAway * (0.5 + clock.random() / 2);
		await clock.sleep(Math.min(until - from + jitter, endsAt - from, LONGEST_TIMER_MS), signal);
		const begun = Math.max(from, this.waitedUntil);
		this.waitedUntil = clock.now();
		this.waitedMs += Math.max(0, this.waitedUntil - begun);
	}

	private wake(): void {
		const { freed } = this;
		this.freed = new Turn();
		freed.resolve();
	}
}

/** The server tells the end of a window in whole seconds, and answers of one window may differ by the rounding. */
const WINDOW_TOLERANCE_MS = 1_500;
/**
 * Every wait is up to this much longer, so that executions that were turned away together do not come back together.
 * It halves each time that a request is turned away: of all executions on a plan, the longest waiting goes first.
 */
const JITTER_MS = 500;
/** By this much the least pause grows. */
const PAUSE_STEP_MS = 100;
const LONGEST_LEAST_PAUSE_MS = 3_000;
/** Longer timers end at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

class Turn {
	resolve!: () => void;

	readonly promise = new Promise<void>((resolve) => {
		this.resolve = resolve;
	});
}
