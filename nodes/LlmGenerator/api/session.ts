import { sleep, type IExecuteFunctions, type ILoadOptionsFunctions, type IPollFunctions } from 'n8n-workflow';
import { LONGEST_TIMER_MS, RateLimiter, type Clock } from './rateLimiter';

/** How long one request may take from first to last byte, in milliseconds. */
export const REQUEST_DEADLINE_MS = 60_000;
/** The longest wait for the rate limit before a run gives up, in milliseconds. */
export const MAX_WAIT_MS = 300_000;
/** How long one request may be turned away again and again because others are on the same plan, in longest waits. */
const MAX_WAITS = 6;
/** Measured: see docs/benchmarks.md. */
export const MAX_IN_FLIGHT = 16;

export const clock: Clock = { now: Date.now, sleep: sleepUntilAborted, random: Math.random };

export type ApiContext = IExecuteFunctions | ILoadOptionsFunctions | IPollFunctions;

export interface Limits {
	maxInFlight?: number;
	maxWaitMs?: number;
	maxTurnedAwayMs?: number;
	deadlineMs?: number;
	/** How long all requests, tries and waits may take together. */
	totalMs?: number;
}

/** What one execution shares between all its requests. */
export interface Session {
	readonly limiter: RateLimiter;
	readonly maxInFlight: number;
	readonly maxWaitMs: number;
	readonly maxTurnedAwayMs: number;
	readonly deadlineMs: number;
	/** Aborted when the execution is stopped, or by `end`. */
	readonly signal: AbortSignal;
	/** Ends every request and wait that is still under way. */
	end(): void;
}

/** Opens the budget of one execution: make one, and share it between all input items. */
export function openSession(context: ApiContext, limits: Limits = {}): Session {
	const { maxInFlight = MAX_IN_FLIGHT, maxWaitMs = MAX_WAIT_MS, deadlineMs = REQUEST_DEADLINE_MS } = limits;
	const { maxTurnedAwayMs = MAX_WAITS * maxWaitMs } = limits;
	const ending = new AbortController();
	const cancelled = 'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	const signal = cancelled ? AbortSignal.any([ending.signal, cancelled]) : ending.signal;
	const onWait = (ms: number) =>
		context.logger.info(`Waiting ${Math.ceil(ms / 1000)} s for the rate limit of LLM Generator`);
	const limiter = new RateLimiter({ maxInFlight, maxWaitMs, clock, onWait });
	return {
		limiter,
		maxInFlight,
		maxWaitMs,
		maxTurnedAwayMs,
		// AbortSignal.timeout() takes whole milliseconds only, and no more than a timer can.
		deadlineMs: Math.min(Math.ceil(deadlineMs), LONGEST_TIMER_MS),
		signal,
		end: () => ending.abort(),
	};
}

/** n8n's own sleep listens to a signal since 2.34 only. Before, its timer stays behind, and does nothing. */
async function sleepUntilAborted(ms: number, signal?: AbortSignal): Promise<void> {
	if (!signal) return await sleep(ms);
	signal.throwIfAborted();
	let onAbort = () => {};
	const aborted = new Promise<never>((_resolve, reject) => {
		onAbort = () => reject(signal.reason as Error);
		signal.addEventListener('abort', onAbort, { once: true });
	});
	try {
		await Promise.race([aborted, sleep(ms, signal)]);
	} finally {
		signal.removeEventListener('abort', onAbort);
	}
}
