import type { Clock } from './clock';

/** What is left of the rate limit according to an answer's headers (source: API reference, introduction). */
export interface Allowance {
	/** Requests left in the current window. */
	remaining: number;
	/** When the window ends: Unix epoch, milliseconds, by this machine's clock. */
	resetsAt: number;
}

/** What is known about the limit: what is left of it, that there is no limit, or nothing (no answer yet, or none that can be read). */
export type Limit = Allowance | 'unlimited' | 'unknown';

/** A time without requests, because the server asked for it. */
export interface Pause {
	/** Unix epoch, milliseconds. */
	until: number;
	/** The longest pause for a server that asks for a very short one again and again, in milliseconds. */
	longestMs: number;
}

/** What the answers so far say about the rate limit: when the next request may be sent, and how many may be in flight. */
export class KnownLimit {
	private limit: Limit = 'unknown';
	private pausedUntil = 0;
	/** How many pauses in a row were very short. */
	private shortPauses = 0;

	constructor(
		private readonly maxInFlight: number,
		private readonly clock: Clock,
	) {}

	/** When the next request may be sent, if there is a free place: Unix epoch, milliseconds. */
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

	/** When a window has ended, nothing is known about the next one. */
	forgetEndedWindow(): void {
		const { limit, clock } = this;
		if (typeof limit === 'object' && limit.resetsAt <= clock.now()) this.limit = 'unknown';
	}

	/**
	 * No request is sent before `until`. If a server asks for a very short pause again and again, the pause gets longer each
	 * time, up to `longestMs`.
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
		// What was left belongs to a window that has ended: the next request finds out what is left now.
		this.limit = 'unknown';
	}

	/** @param limit what the answer says; undefined if there was no answer of the API itself */
	learn(limit: Limit | undefined): void {
		if (limit) this.shortPauses = 0;
		if (typeof limit === 'object') this.learnAllowance(limit);
		else if (typeof this.limit !== 'object') this.limit = limit ?? this.limit;
		// A request without a readable answer counts as one of those left; an answer that names no limit does not cancel it.
		else if (limit !== 'unlimited') this.limit.remaining--;
	}

	/**
	 * Answers arrive in any order: within a window, the lowest number is the newest. A window begins only after the last one
	 * has ended: an answer that names an earlier one is late, and its number is old.
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

/** The server rounds the end of a window to whole seconds, so answers of the same window may differ. In milliseconds. */
export const WINDOW_TOLERANCE_MS = 1_500;
/** The shortest pause grows by this much. */
const PAUSE_STEP_MS = 100;
const LONGEST_MINIMUM_PAUSE_MS = 3_000;
