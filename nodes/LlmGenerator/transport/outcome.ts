import type { IN8nHttpFullResponse, INode, NodeApiError } from 'n8n-workflow';
import { brokenBy, fateOfAnswer, fateOfFailure, isOutOfOrder, isPassing, type Fate } from './connection';
import {
	connectionError,
	statusError,
	timeOutError,
	unavailableUntilError,
	type RequestSummary,
} from './errors';
import { waitAskedFor } from './headers';
import { clock } from './clock';
import type { RequestLimits } from './session';

/** The first wait before trying again, in milliseconds; it doubles from try to try. */
const BACK_OFF_MS = 500;
const MAX_BACK_OFF_MS = 30_000;
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
	const error = statusError(node, request, { status, body, headers }, secret);
	if (status === 429) {
		return { error, again: 'rate limit', pauseMs: waitAskedFor(headers, now) ?? backOffMs(turnedAway + 1) };
	}
	if (!isOutOfOrder(status) || mayHaveActed(request, fateOfAnswer(status))) return { error };
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
	if (late) {
		const error = timeOutError(node, request, limits.deadlineMs);
		return { error, again: mayHaveActed(request, 'unknown') ? undefined : 'out of order' };
	}
	const broken = brokenBy(failure);
	const again = isPassing(broken) && !mayHaveActed(request, fateOfFailure(broken));
	return { error: connectionError(node, request, broken, secret), again: again ? 'out of order' : undefined };
}

/** Whether the request may have done something that must not be done twice. */
function mayHaveActed({ method }: RequestSummary, fate: Fate): boolean {
	return method === 'POST' && fate === 'unknown';
}

/** Exponential, with jitter, so that executions that were turned away together do not come back together. */
export function backOffMs(tries: number): number {
	const ceiling = Math.min(MAX_BACK_OFF_MS, BACK_OFF_MS * 2 ** (tries - 1));
	return ceiling * (0.5 + clock.random() / 2);
}
