import { NodeApiError, type INode } from 'n8n-workflow';
import { fateOfAnswer, isFromIntermediary, type Answer } from './answer';
import { fateOfFailure, isBlocked, isUnavailable, type BrokenConnection, type Fate } from './connection';
import { explainIntermediary, explainConnection, explainStatus, REMOVED, UNAVAILABLE } from './explanations';
import { isWebPage, kindOf, ownWords, quotable, titleOf } from './words';

/** What only the sender of a request knows, for its messages. No full stop at the end of any. */
export interface RequestHints {
	/** For a POST, if nobody knows whether it was processed: what that means for the user, and what to do. */
	inDoubt?: string;
	/** What to do after an answer with a status, if there is more to say than in general. */
	advice?: Partial<Record<number, string>>;
}

/** A request as a person may see it: without key and without body. */
export interface RequestSummary extends RequestHints {
	method: 'GET' | 'POST';
	/** In full, with its query. */
	url: string;
}

/** What is thrown for a request. `fate` decides whether it may be sent again. */
export interface RequestError extends NodeApiError {
	readonly fate: Fate;
}

/** The parts of a message. `failure` tells n8n how to continue polling. */
interface Said {
	happened: string;
	advice: string;
	/** The advice also applies to a POST of unknown fate. */
	isAlwaysAdvised?: boolean;
	httpCode?: string;
	failure?: NodeApiError['failure'];
}

/** The message for an answer that is not a success. */
export function statusError(
	node: INode,
	request: RequestSummary,
	answer: Answer,
	secret: string,
): RequestError {
	const { statusCode: status, body } = answer;
	const isIntermediary = isFromIntermediary(answer);
	const [happened, general] = isIntermediary ? explainIntermediary(status) : explainStatus(status);
	const advice = (!isIntermediary && request.advice?.[status]) || general;
	const words = isIntermediary && isWebPage(body) ? titleOf(body, secret) : ownWords(body, secret);
	return requestError(node, request, fateOfAnswer(answer), `answered ${status}`, {
		happened: words ? `${happened}: “${words}”` : happened,
		advice,
		httpCode: String(status),
		failure: failureOf(status, isIntermediary),
	});
}

/** The message for a rate limit that will not end soon enough. `until`: Unix epoch, milliseconds. */
export function rateLimitError(
	node: INode,
	request: RequestSummary,
	until: number,
	now: number,
): RequestError {
	return requestError(node, request, 'not sent', 'was not sent', {
		happened: explainStatus(429)[0],
		advice: `${worksAgain(until, now)}, or move to a plan with a higher limit`,
		httpCode: '429',
		failure: { cause: 'rate-limited', retryAfterMs: until - now, resetsAtEpochMs: until },
	});
}

/** The message for a server that will be unavailable for longer than the wait allowed. `until`: Unix epoch, milliseconds. */
export function unavailableUntilError(
	node: INode,
	request: RequestSummary,
	answer: Answer,
	until: number,
	now: number,
): RequestError {
	const status = answer.statusCode;
	return requestError(node, request, fateOfAnswer(answer), `answered ${status}`, {
		happened: UNAVAILABLE[0],
		advice: worksAgain(until, now),
		httpCode: String(status),
		failure: { cause: 'temporarily-unavailable' },
	});
}

function worksAgain(until: number, now: number): string {
	const minutes = Math.ceil((until - now) / 60_000);
	return `It works again at ${new Date(until).toISOString()}, in about ${minutes} minute${minutes === 1 ? '' : 's'}: run this again then`;
}

/** The message for a request that got no complete answer. */
export function connectionError(
	node: INode,
	request: RequestSummary,
	broken: BrokenConnection,
	secret: string,
): RequestError {
	const words = quotable(broken.message, secret);
	const [happened, advice] = explainConnection(broken, request.url, words);
	const outcome = isBlocked(broken)
		? 'was blocked by the protection of this n8n against requests to internal addresses (SSRF)'
		: `ended with ${broken.code || 'no answer'}`;
	return requestError(node, request, fateOfFailure(broken), outcome, {
		happened,
		advice,
		failure: { cause: 'temporarily-unavailable' },
	});
}

/** The message for a request that n8n did not send, because the package was removed. Another try would end the same way. */
export function removedError(node: INode, request: RequestSummary): RequestError {
	const [happened, advice] = REMOVED;
	return requestError(node, request, 'refused', 'was not sent', { happened, advice });
}

/** The message for an answer that was not complete in time. `deadlineMs`: how long the node waited, in milliseconds. */
export function timeOutError(node: INode, request: RequestSummary, deadlineMs: number): RequestError {
	return requestError(node, request, 'unknown', 'was given up', {
		happened: `LLM Generator did not answer within ${deadlineMs / 1000} s`,
		advice: UNAVAILABLE[1],
		failure: { cause: 'temporarily-unavailable' },
	});
}

/** The message for a request that was not sent because the time for all requests was over. */
export function timeUpError(node: INode, request: RequestSummary): RequestError {
	return requestError(node, request, 'not sent', 'was not sent', {
		happened:
			'LLM Generator took so long to answer that no time was left for this request, so it was not sent',
		advice: UNAVAILABLE[1],
		failure: { cause: 'temporarily-unavailable' },
	});
}

/** The message for a POST that was stopped together with the execution, or because another input item failed. */
export function stoppedError(node: INode, request: RequestSummary, fate: Fate): RequestError {
	const moment = fate === 'unknown' ? 'LLM Generator answered' : 'this request was sent';
	return requestError(node, request, fate, 'was stopped', {
		happened: `The run was stopped before ${moment}`,
		advice: 'Run this again',
	});
}

/** The message for a success whose body is not what the API documents. `misfit`: what it is, if the caller knows. */
export function unexpectedAnswerError(
	node: INode,
	request: RequestSummary,
	body: unknown,
	secret: string,
	misfit?: string,
): RequestError {
	const kind = misfit ?? kindOf(body, secret);
	const advice =
		'Check that the Base URL in the LLM Generator API credential points to the API and that no proxy or log-in page answers in its place';
	return requestError(node, request, 'unknown', `answered with ${kind}`, {
		happened: `LLM Generator sent ${kind} in place of its documented answer to ${request.method} ${request.url}`,
		advice,
		isAlwaysAdvised: true,
	});
}

/** The message for a file on another host than the API's. `failure`: what its request threw, as if the API had it. */
export function fileHostError(node: INode, hostname: string, failure: RequestError): RequestError {
	const { description, httpCode, fate } = failure;
	const message = `The file is at ${hostname}, and could not be read there: ${description}. ${UNAVAILABLE[1]}, and check that this n8n may reach ${hostname}.`;
	const error = new NodeApiError(
		node,
		{ message },
		{ message, description: description ?? '', httpCode: httpCode ?? undefined },
	);
	error.message = message;
	return Object.assign(error, { fate });
}

/** The message for a list whose pages do not fit together: the result would miss rows without notice. */
export function listError(node: INode, request: RequestSummary, happened: string): NodeApiError {
	return apiError(node, request, 'was the last one', {
		happened,
		advice: 'Nothing was returned, so that no row is missing without notice. Run this again',
		failure: { cause: 'temporarily-unavailable' },
	});
}

function requestError(
	node: INode,
	request: RequestSummary,
	fate: Fate,
	outcome: string,
	said: Said,
): RequestError {
	const inDoubt = fate === 'unknown' ? request.inDoubt : undefined;
	const advised = inDoubt === undefined || said.isAlwaysAdvised ? [said.advice] : [];
	const advice = [...advised, ...(inDoubt === undefined ? [] : [inDoubt])].join('. ');
	return Object.assign(apiError(node, request, outcome, { ...said, advice }), { fate });
}

/**
 * The only place where an error is created. The message says everything, because "Continue" on error, an error workflow
 * and an AI agent pass on nothing else; the description names the request. The cause is left out on purpose: axios'
 * error contains the key, and n8n stores errors with the execution.
 */
function apiError(node: INode, request: RequestSummary, outcome: string, said: Said): NodeApiError {
	const message = `${said.happened}. ${said.advice}.`;
	const description = `${request.method} ${request.url} ${outcome}`;
	const { httpCode, failure } = said;
	const error = new NodeApiError(node, { message }, { message, description, httpCode, failure });
	// n8n replaces any message that contains a word like "ENOENT", and a quote may contain one.
	error.message = message;
	return error;
}

function failureOf(status: number, isIntermediary: boolean): Said['failure'] {
	if (status === 401 && !isIntermediary) return { cause: 'credential-invalid' };
	if (status === 429) return { cause: 'rate-limited' };
	return isUnavailable(status) ? { cause: 'temporarily-unavailable' } : undefined;
}
