export interface RateLimit {
	/** Requests per window. */
	limit: number;
	windowMs: number;
}

/** The format of Retry-After in a 429, in addition to X-RateLimit-Reset. */
export type RetryAfter = 'seconds' | 'date' | 'none';

/** The rate limit of a key after one more request. */
export interface Standing {
	allowed: boolean;
	limit: number;
	remaining: number;
	/** When the window ends, milliseconds since 1970. */
	resetAt: number;
}

/** Fixed windows, one per key. A window starts with its first request. */
export class RateLimiter {
	private windows = new Map<string, { endsAt: number; used: number }>();

	constructor(readonly rateLimit: RateLimit) {}

	/** Counts a request. */
	count(key: string): Standing {
		const { limit, windowMs } = this.rateLimit;
		const now = Date.now();
		let window = this.windows.get(key);
		if (!window || window.endsAt <= now) {
			window = { endsAt: now + windowMs, used: 0 };
			this.windows.set(key, window);
		}
		window.used += 1;
		return {
			allowed: window.used <= limit,
			limit,
			remaining: Math.max(0, limit - window.used),
			resetAt: window.endsAt,
		};
	}
}
