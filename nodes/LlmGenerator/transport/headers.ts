import type { Allowance, Limit } from './knownLimit';

type Headers = Record<string, unknown>;

/** A smaller difference of two clocks is ignored: a Date header has only whole seconds. In milliseconds. */
const CLOCK_TOLERANCE_MS = 2_000;
/** Twice the window of the API, which counts by the minute: a wait up to this is plausible. In milliseconds. */
const PLAUSIBLE_WAIT_MS = 120_000;
/** A year: longer waits are mistakes of the server, and may be more than a date can hold. In milliseconds. */
const LONGEST_WAIT_MS = 365 * 24 * 60 * 60 * 1000;
/** The size of a number shows its unit. As seconds since 1970 this is in 2001; as seconds from now, in 31 years. */
const LEAST_EPOCH_SECONDS = 1e9;
/** As milliseconds since 1970 this is in 1973; as seconds, in the year 5138. */
const LEAST_EPOCH_MS = 1e11;

/** What an answer says about the rate limit. Undefined for one that a server may send that knows nothing about it. */
export function limitIn(status: number, headers: Headers, now: number): Limit | undefined {
	const allowance = allowanceIn(headers, now);
	if (allowance) return allowance;
	if (mentionsLimit(headers)) return 'unknown';
	return status < 500 ? 'unlimited' : undefined;
}

/**
 * What is left of the rate limit, from X-RateLimit-Remaining and X-RateLimit-Reset (UTC epoch, seconds; milliseconds and
 * seconds from now are understood as well). Undefined if they are missing or cannot be read.
 * Source: API reference, introduction.
 */
export function allowanceIn(headers: Headers, now: number): Allowance | undefined {
	const remaining = numberIn(headers['x-ratelimit-remaining']);
	const wait = resetIn(headers, now);
	return remaining === undefined || wait === undefined ? undefined : { remaining, resetsAt: now + wait };
}

/** Whether an answer says anything about the rate limit, readable or not. */
export function mentionsLimit(headers: Headers): boolean {
	return Object.keys(headers).some((name) => /^x-ratelimit-/i.test(name));
}

/**
 * How long the server asks to wait, in milliseconds: Retry-After (seconds or an HTTP date), else the end of the
 * rate limit's window. Undefined if it does not say it, or if that time has passed.
 */
export function waitAskedFor(headers: Headers, now: number): number | undefined {
	const wait = retryAfter(headers, now) ?? resetIn(headers, now) ?? 0;
	return wait > 0 ? Math.min(wait, LONGEST_WAIT_MS) : undefined;
}

/** How long the rate limit's window still lasts, in milliseconds. */
function resetIn(headers: Headers, now: number): number | undefined {
	const reset = numberIn(headers['x-ratelimit-reset']);
	const wait = reset === undefined ? Infinity : waitFor(reset, headers, now);
	// No window is longer than a year: the number means something else.
	return wait <= LONGEST_WAIT_MS ? wait : undefined;
}

function retryAfter(headers: Headers, now: number): number | undefined {
	const value = headers['retry-after'];
	if (typeof value !== 'string') return undefined;
	const seconds = numberIn(value);
	if (seconds !== undefined) return waitFor(seconds, headers, now);
	const date = Date.parse(value);
	return Number.isNaN(date) ? undefined : waitUntil(date, headers, now);
}

/** In milliseconds. `value`: seconds from now, or epoch seconds, or epoch milliseconds. */
function waitFor(value: number, headers: Headers, now: number): number {
	if (value < LEAST_EPOCH_SECONDS) return value * 1000;
	return waitUntil(value < LEAST_EPOCH_MS ? value * 1000 : value, headers, now);
}

/**
 * How long to wait until a time that the server names, in milliseconds. Its clock may be wrong, which its Date header
 * shows; but a cache may have stored that header hours ago. So the server's clock decides if the wait is then plausible;
 * otherwise the clock with the shorter wait.
 */
function waitUntil(at: number, headers: Headers, now: number): number {
	const byThisClock = at - now;
	const byItsClock = at - Date.parse(String(headers.date));
	if (!(Math.abs(byThisClock - byItsClock) > CLOCK_TOLERANCE_MS)) return byThisClock;
	if (byItsClock > 0 && byItsClock <= PLAUSIBLE_WAIT_MS) return byItsClock;
	const [shorter, longer] = [byThisClock, byItsClock].sort((a, b) => a - b);
	return shorter > 0 ? shorter : longer;
}

function numberIn(value: unknown): number | undefined {
	return typeof value === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined;
}
