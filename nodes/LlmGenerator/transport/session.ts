import type { IExecuteFunctions, ILoadOptionsFunctions, IPollFunctions } from 'n8n-workflow';
import { clock, LONGEST_TIMER_MS } from './clock';
import { RateLimiter } from './rateLimiter';

/** How long one request may take from first to last byte, in milliseconds. */
export const REQUEST_DEADLINE_MS = 60_000;
/** The longest wait for the rate limit before a run gives up, in milliseconds. */
export const MAX_WAIT_MS = 300_000;
/** For how many longest waits the rate limit may reject one request again and again, because others use the same plan. */
const MAX_WAITS = 6;
/**
 * How long a POST in flight may take after another input item has stopped the run, in milliseconds. If it were cut off,
 * nobody would know whether it was processed, and a retry of the execution could create the same thing again.
 */
const GRACE_MS = 15_000;
/** Measured: see docs/benchmarks.md. */
export const MAX_IN_FLIGHT = 16;

export type ApiContext = IExecuteFunctions | ILoadOptionsFunctions | IPollFunctions;

/** All except the first are in milliseconds. */
export interface Limits {
	maxInFlight?: number;
	/** The longest wait for the rate limit. */
	maxWaitMs?: number;
	/** How long the rate limit may reject one request again and again. Default: six times its longest wait. */
	maxRejectedMs?: number;
	/** For one request, from first to last byte. */
	deadlineMs?: number;
	/** For all requests and waits together. Default: no end. */
	totalMs?: number;
}

/** What each input item may set. */
export type OwnLimits = Pick<Limits, 'maxInFlight' | 'maxWaitMs' | 'deadlineMs'>;

/** How long a request that may take minutes holds its place, in milliseconds. */
export const HOLD_MS = 1_000;

/** The limits of a single request. `holdMs`: how long it holds a place that others need; until it is answered by default. */
export type RequestLimits = Required<Omit<Limits, 'totalMs'>> & { holdMs?: number };

/** What all requests of an execution share. Its limits apply to clients without their own. */
export interface Session extends RequestLimits {
	readonly limiter: RateLimiter;
	/** When everything has to be over: Unix epoch, milliseconds; Infinity if there is no limit. */
	readonly endsAt: number;
	/** Aborted when the execution is stopped, or by `end`. */
	readonly signal: AbortSignal;
	/** For a POST in flight: aborted when the execution is stopped (as far as this n8n reports it), or some time after `end`. */
	readonly sentSignal: AbortSignal;
	/** For a POST that may take minutes: aborted when the execution is stopped (as far as this n8n reports it). */
	readonly stoppedSignal: AbortSignal;
	/** For each host name of this machine: whether n8n would use a proxy for it (see thisMachine.ts). */
	readonly proxied: Map<string, Promise<boolean>>;
	readonly limitsFor: (own?: OwnLimits) => RequestLimits;
	/** Ends every wait and every GET. A POST that was already sent gets some time to complete. */
	end(): void;
}

/** Opens the session of an execution. Create one, and use it for all input items. */
export function openSession(context: ApiContext, limits: Limits = {}): Session {
	const { maxInFlight = MAX_IN_FLIGHT, totalMs = Infinity } = limits;
	const limitsFor: Session['limitsFor'] = (own = {}) => {
		const maxWaitMs = own.maxWaitMs ?? limits.maxWaitMs ?? MAX_WAIT_MS;
		const deadlineMs = own.deadlineMs ?? limits.deadlineMs ?? REQUEST_DEADLINE_MS;
		return {
			maxInFlight: own.maxInFlight ?? maxInFlight,
			maxWaitMs,
			maxRejectedMs: limits.maxRejectedMs ?? MAX_WAITS * maxWaitMs,
			// AbortSignal.timeout() takes whole milliseconds only, and no more than a timer can.
			deadlineMs: Math.min(Math.ceil(deadlineMs), LONGEST_TIMER_MS),
		};
	};
	const own = limitsFor();
	const [ending, graceOver] = [new AbortController(), new AbortController()];
	const cancelled = 'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	const stoppedSignal = cancelled ?? new AbortController().signal;
	const withCancelled = ({ signal }: AbortController) =>
		cancelled ? AbortSignal.any([signal, cancelled]) : signal;
	const onWait = (ms: number) =>
		context.logger.info(`Waiting ${Math.ceil(ms / 1000)} s for the rate limit of LLM Generator`);
	const limiter = new RateLimiter({ maxInFlight, maxWaitMs: own.maxWaitMs, clock, onWait });
	const end = () => {
		ending.abort();
		AbortSignal.timeout(GRACE_MS).addEventListener('abort', () => graceOver.abort(), { once: true });
	};
	const [signal, sentSignal] = [ending, graceOver].map(withCancelled);
	const endsAt = clock.now() + totalMs;
	const proxied = new Map<string, Promise<boolean>>();
	return { ...own, limiter, endsAt, signal, sentSignal, stoppedSignal, proxied, limitsFor, end };
}
