import { NodeApiError, type IN8nHttpFullResponse, type INode } from 'n8n-workflow';
import {
	connectionError,
	isCutOff,
	statusError,
	timeOutError,
	unavailableUntilError,
	type RequestSummary,
} from './errors';
import { waitAskedFor } from './headers';
import { clock, type RequestLimits } from './session';

/** The first wait before trying again, in milliseconds; it doubles from try to try. */
const BACK_OFF_MS = 500;
const MAX_BACK_OFF_MS = 30_000;
/** Broken connections that often hold at the next try. An answer that ends half-way comes without a code. */
const PASSING = /^(ECONNRESET|EPIPE|ETIMEDOUT|ECONNABORTED|ERR_BAD_RESPONSE|EAI_AGAIN)$/;

export type Answer = Pick<IN8nHttpFullResponse, 'statusCode' | 'headers' | 'body'>;

/** What became of one try. `again`: why another may follow; `pauseMs`: how long all requests have to wait before it. */
export type Outcome =
	| { body: unknown }
	| { error: NodeApiError; again?: 'out of order'; pauseMs?: number }
	| { error: NodeApiError; again: 'rate limit'; pauseMs: number };

/** What a message needs to know of a request. */
export interface Asked {
	node: INode;
	request: RequestSummary;
	/** Blotted out wherever the server repeats it. */
	secret: string;
}

/** @param turnedAway how often the rate limit turned this request away already */
export function outcomeOfAnswer(
	asked: Asked,
	answer: Answer,
	limits: Pick<RequestLimits, 'maxWaitMs'>,
	turnedAway: number,
): Outcome {
	const { node, request, secret } = asked;
	const { statusCode: status, headers, body } = answer;
	if (status >= 200 && status < 300) return { body };
	const now = clock.now();
	const error = statusError(node, request, { status, body }, secret);
	if (status === 429) {
		return { error, again: 'rate limit', pauseMs: waitAskedFor(headers, now) ?? backOffMs(turnedAway + 1) };
	}
	const outOfOrder = status >= 500 || status === 408;
	if (!outOfOrder || request.method === 'POST') return { error };
	const pauseMs = headers['retry-after'] ? waitAskedFor(headers, now) : undefined;
	if (pauseMs !== undefined && pauseMs > limits.maxWaitMs) {
		return { error: unavailableUntilError(node, request, status, now + pauseMs, now) };
	}
	return { error, again: 'out of order', pauseMs };
}

/** @param late whether the request was ended by its deadline */
export function outcomeOfFailure(
	asked: Asked,
	failure: Error,
	limits: Pick<RequestLimits, 'deadlineMs'>,
	late: boolean,
): Outcome {
	const { node, request, secret } = asked;
	const isGet = request.method === 'GET';
	if (late) {
		return {
			error: timeOutError(node, request, limits.deadlineMs),
			again: isGet ? 'out of order' : undefined,
		};
	}
	const cause = causeOf(failure);
	const error = connectionError(node, request, cause, secret);
	const nothingDone = cause.code === 'ECONNREFUSED';
	const passing = isGet && (isCutOff(cause) || PASSING.test(cause.code ?? ''));
	return { error, again: nothingDone || passing ? 'out of order' : undefined };
}

/**
 * What broke the connection. n8n's request helper wraps it; before 2.34 its wrapper kept only the code, where an HTTP
 * status would stand, and the message.
 */
function causeOf(failure: Error): { code?: string; message: string } {
	if (failure.cause) return failure.cause as Error;
	if (!(failure instanceof NodeApiError)) return failure;
	const code = /^[A-Z]/.test(failure.httpCode ?? '') ? failure.httpCode! : undefined;
	return { code, message: failure.messages[0] ?? failure.message };
}

/** Exponential, with jitter, so that executions that were turned away together do not come back together. */
export function backOffMs(tries: number): number {
	const ceiling = Math.min(MAX_BACK_OFF_MS, BACK_OFF_MS * 2 ** (tries - 1));
	return ceiling * (0.5 + clock.random() / 2);
}
