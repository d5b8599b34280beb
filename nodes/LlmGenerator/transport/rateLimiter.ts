import { LONGEST_TIMER_MS, type Clock } from './clock';
import { KnownLimit, WINDOW_TOLERANCE_MS, type Limit, type Pause } from './knownLimit';

/** The result of a request, and what its answer means for all requests. */
export interface Sent<T> {
	result: T;
	/** Not set if there was no answer of the API itself. */
	limit?: Limit;
	/** Replaces a limit. */
	pause?: Pause;
}

export interface RateLimiterOptions {
	maxInFlight: number;
	/** The longest single wait of a request without its own maximum, in milliseconds. */
	maxWaitMs: number;
	clock: Clock;
	/** Called once for each wait, in milliseconds, before it begins. */
	onWait?: (ms: number) => void;
}

/** How long one request may wait, and for what. */
export interface WaitOptions {
	/** How often the rate limit has rejected this request so far. */
	rejections?: number;
	/** The longest single wait, in milliseconds. */
	maxWaitMs?: number;
	/** Every wait ends by then: Unix epoch, milliseconds. */
	endsAt?: number;
	/** It is sent only while fewer requests than this are in flight. */
	maxInFlight?: number;
	/** How long it holds its place, in milliseconds; until it is answered where it is left out. */
	holdMs?: number;
}

/** A request that was not sent because it would have had to wait too long. */
export class WaitTooLong {
	/** @param until when the wait would end: Unix epoch, milliseconds */
	constructor(readonly until: number) {}
}

/**
 * One budget for all requests of one execution: how many may be in flight, and when they may be sent.
 *
 * Before the first answer nobody knows what the plan allows, so one request is sent alone. After that, never more are in
 * flight than the last answers say are left. These may or may not include requests in flight, so they are counted as not
 * included; a request that was sent and got no answer is counted as included. So is one that
 * may take minutes, once it has held its place for a moment: others are sent, and its answer is read when it comes.
 */
export class RateLimiter {
	/** How long requests have waited for the rate limit, in milliseconds; waits at the same time count once. */
	waitedMs = 0;
	private waitedUntil = 0;
	private announcedUntil = 0;
	private inFlight = 0;
	private readonly limit: KnownLimit;
	/** Wakes the requests that wait for a place. */
	private waiting: Array<() => void> = [];

	constructor(private readonly options: RateLimiterOptions) {
		this.limit = new KnownLimit(options.maxInFlight, options.clock);
	}

	/**
	 * Waits until one more request may be sent, sends it, and learns from its answer before the next one is sent.
	 *
	 * @param send may throw: the request then counts as one without an answer
	 * @returns the result, or `WaitTooLong` if the limit ends too late; then nothing was sent
	 * @throws what `send` throws, and the reason of the signal if that is aborted while the request waits
	 */
	async run<T>(
		send: () => Promise<Sent<T>>,
		signal?: AbortSignal,
		wait: WaitOptions = {},
	): Promise<T | WaitTooLong> {
		const tooLong = await this.takePlace(signal, wait);
		if (tooLong) return tooLong;
		const place = this.heldFor(wait.holdMs);
		let sent: Sent<T> | undefined;
		try {
			sent = await send();
			return sent.result;
		} finally {
			// Before another request can be sent.
			if (sent?.pause) this.limit.pause(sent.pause);
			else if (sent?.limit || place.isHeld) this.limit.learn(sent?.limit);
			place.giveBack();
			this.wake();
		}
	}

	/** The place of a request in flight, given back after `holdMs` by itself. */
	private heldFor(holdMs?: number): { readonly isHeld: boolean; giveBack(): void } {
		const answered = new AbortController();
		const place = {
			isHeld: true,
			giveBack: () => {
				answered.abort();
				if (!place.isHeld) return;
				place.isHeld = false;
				this.inFlight--;
			},
		};
		const giveBackUnanswered = () => {
			this.limit.learn(undefined);
			place.giveBack();
			this.wake();
		};
		if (holdMs !== undefined)
			this.options.clock.sleep(holdMs, answered.signal).then(giveBackUnanswered, () => undefined);
		return place;
	}

	/** @returns nothing once a place is taken */
	private async takePlace(
		signal: AbortSignal | undefined,
		wait: WaitOptions,
	): Promise<WaitTooLong | undefined> {
		const { clock } = this.options;
		const { maxWaitMs = this.options.maxWaitMs, endsAt = Infinity, maxInFlight = Infinity } = wait;
		const wake = () => this.wake();
		signal?.addEventListener('abort', wake);
		try {
			for (;;) {
				signal?.throwIfAborted();
				const opensAt = this.limit.opensAt();
				if (opensAt > clock.now()) {
					if (opensAt - clock.now() > maxWaitMs || opensAt >= endsAt) return new WaitTooLong(opensAt);
					await this.waitUntil(opensAt, wait, signal);
				} else {
					this.limit.forgetEndedWindow();
					if (this.inFlight < Math.min(maxInFlight, this.limit.places())) {
						this.inFlight++;
						return undefined;
					}
					await new Promise<void>((resolve) => this.waiting.push(resolve));
				}
			}
		} finally {
			// Node.js keeps a combined signal, and everything that its listeners refer to, in memory as long as it has a listener.
			signal?.removeEventListener('abort', wake);
		}
	}

	private async waitUntil(
		until: number,
		{ rejections = 0, endsAt = Infinity }: WaitOptions,
		signal?: AbortSignal,
	): Promise<void> {
		const { clock, onWait } = this.options;
		const from = clock.now();
		// Several answers that ask for the same wait differ by their travel time.
		if (from >= this.announcedUntil || until - this.announcedUntil > WINDOW_TOLERANCE_MS)
			onWait?.(until - from);
		this.announcedUntil = Math.max(this.announcedUntil, until);
		const jitter = JITTER_MS * 2 ** -rejections * (0.5 + clock.random() / 2);
		await clock.sleep(Math.min(until - from + jitter, endsAt - from, LONGEST_TIMER_MS), signal);
		const begun = Math.max(from, this.waitedUntil);
		this.waitedUntil = clock.now();
		this.waitedMs += Math.max(0, this.waitedUntil - begun);
	}

	private wake(): void {
		for (const wake of this.waiting.splice(0)) wake();
	}
}

/**
 * Every wait is up to this much longer, so that executions that were rejected together do not try again together. It
 * halves with each rejection of a request: of all executions on a plan, the one that has waited longest goes first.
 */
const JITTER_MS = 500;
