import type { INode } from 'n8n-workflow';
import { isFromApi, type Answer } from './answer';
import { clock } from './clock';
import { isRemoved, isTransient, isUnavailable, type BrokenConnection } from './connection';
import {
	connectionError,
	removedError,
	statusError,
	stoppedError,
	timeOutError,
	unavailableUntilError,
	unexpectedAnswerError,
	type RequestError,
	type RequestSummary,
} from './errors';
import { limitIn, waitAskedFor } from './headers';
import type { Sent } from './rateLimiter';
import type { RequestLimits } from './session';

/** How often a request is tried, not counting the times that the rate limit rejected it. */
const MAX_TRIES = 4;
/** The first wait before another try, in milliseconds; it doubles from try to try. */
const BACK_OFF_MS = 500;
const MAX_BACK_OFF_MS = 30_000;

/** Whether an answer is what the API documents. `misfit`: what it is instead, if there is more to say than its kind. */
export interface Expected<T> {
	(answer: unknown): answer is T;
	misfit?(answer: unknown): string | undefined;
}

/** A request, and what its messages need. */
export interface TriedRequest<T> {
	node: INode;
	summary: RequestSummary;
	/** The API key: redacted wherever the server repeats it. */
	secret: string;
	isExpected: Expected<T>;
}

/** How one try ended. */
export type TryResult =
	| { ended: 'answered'; answer: Answer }
	| { ended: 'broken'; broken: BrokenConnection }
	/** `isCutShort`: not by its own deadline, but because the time for everything was over. */
	| { ended: 'timed out'; deadlineMs: number; isCutShort?: boolean }
	/** By the end of the execution, or of the session. */
	| { ended: 'stopped' };

/** How earlier tries of a request ended. */
export interface EarlierTries {
	/** How many failed, not counting rejections by the rate limit. */
	failures: number;
	/** How many the rate limit rejected. */
	rejections: number;
	/** Unix epoch, milliseconds. */
	firstRejectedAt?: number;
	/** The message for the last one. */
	error?: RequestError;
}

/**
 * What to do after a try. `pauseMs`: for how long no request may be sent at all, because the server asked for it.
 * `waitMs`: for how long only this request waits.
 */
export type Step<T> =
	| { do: 'return'; body: T }
	| { do: 'throw'; error: RequestError; pauseMs?: number }
	| { do: 'try again'; earlier: EarlierTries; pauseMs?: number; waitMs?: number };

export interface RetryLimits extends Pick<RequestLimits, 'maxWaitMs' | 'maxRejectedMs'> {
	/** Everything ends by then: Unix epoch, milliseconds. */
	endsAt: number;
}

/** Decides what to do after a try. It changes nothing. */
export function nextStep<T>(
	request: TriedRequest<T>,
	result: TryResult,
	earlier: EarlierTries,
	limits: RetryLimits,
): Step<T> {
	const now = clock.now();
	const answer = result.ended === 'answered' ? result.answer : undefined;
	// This is what the API documents.
	if (isSuccess(answer) && request.isExpected(answer.body)) return { do: 'return', body: answer.body };

	// A try with little time left says less about the server than the one before.
	const isCutShort = result.ended === 'timed out' && result.isCutShort;
	if (isCutShort && earlier.error) return { do: 'throw', error: earlier.error };
	const error = errorOf(request, result);
	// The server did nothing: others use the same plan. So the time decides, not the number of tries.
	if (answer?.statusCode === 429) {
		const { firstRejectedAt = now } = earlier;
		const rejections = earlier.rejections + 1;
		const pauseMs = waitAskedFor(answer.headers ?? {}, now) ?? backOffMs(rejections);
		if (now - firstRejectedAt >= limits.maxRejectedMs) return { do: 'throw', error, pauseMs };
		return { do: 'try again', earlier: { ...earlier, rejections, firstRejectedAt, error }, pauseMs };
	}
	// Another try would end the same way.
	if (!isTemporary(result)) return { do: 'throw', error };
	// The server may have done what must not be done twice.
	if (request.summary.method === 'POST' && error.fate === 'unknown') return { do: 'throw', error };
	// The server says when it works again: either that is too late, or all requests wait until then.
	const pauseMs = answer?.headers?.['retry-after'] ? waitAskedFor(answer.headers, now) : undefined;
	if (answer && pauseMs !== undefined && pauseMs > limits.maxWaitMs) {
		const { node, summary } = request;
		const until = now + pauseMs;
		return { do: 'throw', error: unavailableUntilError(node, summary, answer, until, now) };
	}
	// It was tried often enough.
	const failures = earlier.failures + 1;
	if (failures >= MAX_TRIES) return { do: 'throw', error, pauseMs };
	const tries = { ...earlier, failures, error };
	if (pauseMs !== undefined) return { do: 'try again', earlier: tries, pauseMs };
	// The server names no time: only this request waits, unless its time would be over by then.
	const waitMs = backOffMs(failures);
	if (now + waitMs >= limits.endsAt) return { do: 'throw', error };
	return { do: 'try again', earlier: tries, waitMs };
}

/** What the end of a try means for all requests. */
export function forAllRequests<T>(
	step: Step<T>,
	result: TryResult,
	longestMs: number,
): Pick<Sent<T>, 'limit' | 'pause'> {
	const now = clock.now();
	if (step.do !== 'return' && step.pauseMs) return { pause: { until: now + step.pauseMs, longestMs } };
	// Only the API itself knows its limit, not a proxy or a firewall that answers in its place.
	if (result.ended !== 'answered' || !isFromApi(result.answer)) return {};
	const { statusCode, headers = {} } = result.answer;
	return { limit: limitIn(statusCode, headers, now) };
}

function isSuccess(answer?: Answer): answer is Answer {
	return answer !== undefined && answer.statusCode >= 200 && answer.statusCode < 300;
}

/** Whether another try may succeed. */
function isTemporary(result: TryResult): boolean {
	if (result.ended === 'answered') return isUnavailable(result.answer.statusCode);
	return result.ended === 'timed out' || (result.ended === 'broken' && isTransient(result.broken));
}

function errorOf<T>({ node, summary, secret, isExpected }: TriedRequest<T>, result: TryResult): RequestError {
	if (result.ended === 'timed out') return timeOutError(node, summary, result.deadlineMs);
	if (result.ended === 'broken' && isRemoved(result.broken)) return removedError(node, summary);
	if (result.ended === 'broken') return connectionError(node, summary, result.broken, secret);
	if (result.ended === 'stopped') return stoppedError(node, summary, 'unknown');
	const { answer } = result;
	if (!isSuccess(answer)) return statusError(node, summary, answer, secret);
	const { body } = answer;
	return unexpectedAnswerError(node, summary, body, secret, isExpected.misfit?.(body));
}

/** Exponential, with jitter, so that executions that failed together do not try again together. */
export function backOffMs(tries: number): number {
	const ceiling = Math.min(MAX_BACK_OFF_MS, BACK_OFF_MS * 2 ** (tries - 1));
	return ceiling * (0.5 + clock.random() / 2);
}
