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
	/** The longest single wait, in milliseconds. */
	maxWaitMs: number;
	clock: Clock;
	/** Told once for each wait, in milliseconds, before it begins. */
	onWait?: (ms: number) => void;
	/** Ends all waiting. */
	signal?: AbortSignal;
}

/**
 * One budget for everything that one execution asks: how many requests may be on their way, and when.
 *
 * Until the first answer it is not known what the plan allows, so one request goes ahead of the others. After that
 * there are never more on their way than the last answers left over: a request that is on its way may or may not be
 * counted in them yet, and is taken as not counted.
 */
export class RateLimiter {
	/** How long requests were held back for the rate limit so far, in milliseconds; waits side by side count once. */
	waitedMs = 0;
	private waitedUntil = 0;
	private inFlight = 0;
	private allowance: Allowance | 'unknown' | 'unlimited' = 'unknown';
	private pausedUntil = 0;
	private toldUntil = 0;
	private freed = new Turn();

	constructor(private readonly options: RateLimiterOptions) {
		options.signal?.addEventListener('abort', () => this.wake(), { once: true });
	}

	/**
	 * Waits until one more request may be sent, and takes its place: give it back with `leave`.
	 *
	 * @returns nothing once the place is taken; where the limit ends too late to wait for it: when it ends (Unix epoch,
	 * milliseconds), and no place is taken
	 * @throws the reason of the signal once that is aborted
	 */
	async enter(): Promise<number | undefined> {
		const { clock, maxWaitMs, signal } = this.options;
		for (;;) {
			signal?.throwIfAborted();
			const opensAt = this.opensAt();
			if (opensAt > clock.now()) {
				if (opensAt - clock.now() > maxWaitMs) return opensAt;
				await this.waitUntil(opensAt);
			} else if (this.inFlight >= this.places()) {
				await this.freed.promise;
			} else {
				this.inFlight++;
				return undefined;
			}
		}
	}

	/** Gives the place back. `allowance`: what the answer said of the limit; left out where there was no answer. */
	leave(allowance?: Allowance | 'unlimited'): void {
		this.inFlight--;
		if (typeof allowance === 'object') this.learn(allowance);
		else if (allowance && this.allowance === 'unknown') this.allowance = allowance;
		this.wake();
	}

	/** No request leaves before `until` (Unix epoch, milliseconds). */
	pause(until: number): void {
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

	/** Answers arrive in any order: within a window the lowest number is the newest. */
	private learn({ remaining, resetsAt }: Allowance): void {
		const last = this.allowance;
		const later = typeof last === 'object' ? resetsAt - last.resetsAt : Infinity;
		if (later > WINDOW_TOLERANCE_MS) this.allowance = { remaining, resetsAt };
		else if (typeof last === 'object' && later >= -WINDOW_TOLERANCE_MS) {
			last.remaining = Math.min(last.remaining, remaining);
			last.resetsAt = Math.max(last.resetsAt, resetsAt);
		}
	}

	private async waitUntil(until: number): Promise<void> {
		const { clock, onWait, signal } = this.options;
		const from = clock.now();
		if (until > this.toldUntil) {
			this.toldUntil = until;
			onWait?.(until - from);
		}
		await clock.sleep(until - from, signal);
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

class Turn {
	resolve!: () => void;

	readonly promise = new Promise<void>((resolve) => {
		this.resolve = resolve;
	});
}
