import type { Clock } from './clock';

/** What is left of the rate limit, by an answer's headers (source: API reference, introduction). */
export interface Allowance {
	/** Requests left in the current window. */
	remaining: number;
	/** When the window ends: Unix epoch, milliseconds, by this machine's clock. */
	resetsAt: number;
}

/** What is known of the limit: what is left of it, that there is none, or nothing (nothing yet, or nothing readable). */
export type Limit = Allowance | 'unlimited' | 'unknown';

/** A time in which no request is sent, because the server asked for it. */
export interface Pause {
	/** Unix epoch, milliseconds. */
	until: number;
	/** How long pauses may become for a server that asks for very short ones again and again, in milliseconds. */
	longestMs: number;
}

/** What answers said of the rate limit so far: when the next request may be sent, and how many may be in flight. */
export class KnownLimit {
	private limit: Limit = 'unknown';
	private pausedUntil = 0;
	/** How many pauses in a row were very short. */
	private shortPauses = 0;

	constructor(
		private readonly maxInFlight: number,
		private readonly clock: Clock,
	) {}

	/** When the next request may be sent, if there is a place for it: Unix epoch, milliseconds. */
	opensAt(): number {
		const { limit } = this;
		const usedUp = typeof limit === 'object' && limit.remaining <= 0;
		return Math.max(this.pausedUntil, usedUp ? limit.resetsAt : 0);
	}

	/** How many requests may be in flight. */
	places(): number {
		const { limit, maxInFlight } = this;
		if (limit === 'unknown') return 1;
		return limit === 'unlimited' ? maxInFlight : Math.min(maxInFlight, limit.remaining);
	}

	/** After a window nothing is known of the next one. */
	forgetEndedWindow(): void {
		const { limit, clock } = this;
		if (typeof limit === 'object' && limit.resetsAt <= clock.now()) this.limit = 'unknown';
	}

	/**
	 * No request is sent before `until`. A server that asks for a very short pause, and then for another, gets one that
	 * grows each time, up to `longestMs`.
	 */
	pause({ until, longestMs }: Pause): void {
		const now = this.clock.now();
		// Answers that arrive during a pause belong to it.
		if (now >= this.pausedUntil) {
			const minimumMs = Math.min(this.shortPauses * PAUSE_STEP_MS, LONGEST_MINIMUM_PAUSE_MS, longestMs);
			this.shortPauses = until - now < minimumMs + PAUSE_STEP_MS ? this.shortPauses + 1 : 0;
			this.pausedUntil = now + minimumMs;
		}
		this.pausedUntil = Math.max(this.pausedUntil, until);
		// What was left over belongs to the window that just ended: one request asks again.
		this.limit = 'unknown';
	}

	/** @param limit what the answer says; undefined where there was none, or none of the API itself */
	learn(limit: Limit | undefined): void {
		if (limit) this.shortPauses = 0;
		if (typeof limit === 'object') this.learnAllowance(limit);
		else if (typeof this.limit !== 'object') this.limit = limit ?? this.limit;
		// What brought no answer that can be read is taken as counted; one that says nothing of a limit does not lift it.
		else if (limit !== 'unlimited') this.limit.remaining--;
	}

	/**
	 * Answers arrive in any order: within a window the lowest number is the newest. None begins before the last one is
	 * over: an answer that says so took long to arrive, and its number is old.
	 */
	private learnAllowance({ remaining, resetsAt }: Allowance): void {
		const last = this.limit;
		if (typeof last !== 'object') {
			this.limit = { remaining, resetsAt };
			return;
		}
		const later = resetsAt - last.resetsAt;
		if (later > WINDOW_TOLERANCE_MS && this.clock.now() >= last.resetsAt - WINDOW_TOLERANCE_MS) {
			this.limit = { remaining, resetsAt };
		} else if (later >= -WINDOW_TOLERANCE_MS) {
			last.remaining = Math.min(last.remaining, remaining);
			last.resetsAt = Math.max(last.resetsAt, resetsAt);
		}
	}
}

/** The server gives the end of a window in whole seconds, and answers of one window may differ by the rounding. */
export const WINDOW_TOLERANCE_MS = 1_500;
/** The shortest pause grows by this much. */
const PAUSE_STEP_MS = 100;
const LONGEST_MINIMUM_PAUSE_MS = 3_000;
