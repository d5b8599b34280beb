import type { Allowance } from './rateLimiter';

type Headers = Record<string, unknown>;

/** Clocks closer than this count as equal: a Date header knows whole seconds only. In milliseconds. */
const CLOCK_TOLERANCE_MS = 2_000;
/** A year: later times are slips of the server, and may be none that a date can hold. In milliseconds. */
const LONGEST_WAIT_MS = 365 * 24 * 60 * 60 * 1000;

/**
 * What is left of the rate limit, from X-RateLimit-Remaining and X-RateLimit-Reset (UTC epoch, seconds).
 * Source: API reference, introduction.
 */
export function allowanceIn(headers: Headers, now: number): Allowance | undefined {
	const remaining = numberIn(headers['x-ratelimit-remaining']);
	const reset = numberIn(headers['x-ratelimit-reset']);
	if (remaining === undefined || reset === undefined) return undefined;
	const resetsAt = reset * 1000 + clockDifference(headers, now);
	return { remaining, resetsAt: Math.min(resetsAt, now + LONGEST_WAIT_MS) };
}

/**
 * How long the server asks to wait, in milliseconds: Retry-After (seconds or an HTTP date), else the end of the
 * rate limit's window. Undefined where it does not say, or where that time is past.
 */
export function waitAskedFor(headers: Headers, now: number): number | undefined {
	const wait = retryAfter(headers, now) ?? (allowanceIn(headers, now)?.resetsAt ?? 0) - now;
	return wait > 0 ? Math.min(wait, LONGEST_WAIT_MS) : undefined;
}

function retryAfter(headers: Headers, now: number): number | undefined {
	const value = headers['retry-after'];
	if (typeof value !== 'string') return undefined;
	const seconds = numberIn(value);
	if (seconds !== undefined) return seconds * 1000;
	const date = Date.parse(value);
	return Number.isNaN(date) ? undefined : date + clockDifference(headers, now) - now;
}

/** This machine's clock minus the server's, in milliseconds: times in headers are by the server's. */
function clockDifference(headers: Headers, now: number): number {
	const difference = now - Date.parse(String(headers.date));
	return Math.abs(difference) > CLOCK_TOLERANCE_MS ? difference : 0;
}

function numberIn(value: unknown): number | undefined {
	return typeof value === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined;
}
