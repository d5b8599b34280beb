import { NodeApiError, type INode } from 'n8n-workflow';
import { fateOfAnswer, fateOfFailure, isUnavailable, type BrokenConnection, type Fate } from './connection';
import { explainBetween, explainConnection, explainStatus, UNAVAILABLE } from './explanations';
import { isWebPage, kindOf, ownWords, quotable, titleOf } from './words';

/** A request as a person may see it: without key and without body. */
export interface RequestSummary {
	method: 'GET' | 'POST';
	/** In full, with its query. */
	url: string;
}

/** What is thrown for a request. `fate`: whether the server may have acted on it, which decides whether to send it again. */
export interface RequestError extends NodeApiError {
	readonly fate: Fate;
}

/** What a message is made of. `failure`: how n8n goes on polling. */
interface Said {
	happened: string;
	advice: string;
	/** The advice for a POST of unknown fate, where more is to be said than that. */
	adviceInDoubt?: string;
	httpCode?: string;
	failure?: NodeApiError['failure'];
}

/** The advice for a POST of unknown fate. */
const CHECKOUT_FATE =
	'It is not known whether the checkout was made, so it was not sent twice. No money moves until somebody pays on its page: running this again is safe';

/** The message for an answer that is not a success. `body`: of any kind, as it was received. */
export function statusError(
	node: INode,
	request: RequestSummary,
	answer: { status: number; body: unknown; headers?: Record<string, unknown> },
	secret: string,
): RequestError {
	const { status, body } = answer;
	const isBetween = isFromBetween(answer);
	const [happened, advice] = isBetween ? explainBetween(status) : explainStatus(status);
	const words = isBetween && isWebPage(body) ? titleOf(body, secret) : ownWords(body, secret);
	return requestError(node, request, fateOfAnswer(status), `answered ${status}`, {
		happened: words ? `${happened}: “${words}”` : happened,
		advice,
		httpCode: String(status),
		failure: failureOf(status, isBetween),
	});
}

/**
 * Whether something between n8n and the API answered in its place: it says so in a header, or shows a page where the API
 * has JSON. Pages with status 400 or from 500 on do not say who answered: servers send them too.
 */
function isFromBetween({ status, body, headers = {} }: Parameters<typeof statusError>[2]): boolean {
	if (status === 407 || headers['proxy-authenticate'] || headers['cf-mitigated']) return true;
	return status > 400 && status < 500 && isWebPage(body);
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

/** The message for a server that is unavailable, and says until when, which is too long to wait. `until`: Unix epoch, milliseconds. */
export function unavailableUntilError(
	node: INode,
	request: RequestSummary,
	status: number,
	until: number,
	now: number,
): RequestError {
	return requestError(node, request, fateOfAnswer(status), `answered ${status}`, {
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
	return requestError(node, request, fateOfFailure(broken), `ended with ${broken.code || 'no answer'}`, {
		happened,
		advice,
		failure: { cause: 'temporarily-unavailable' },
	});
}

/** The message for an answer that was not complete in time. `deadlineMs`: how long was waited, in milliseconds. */
export function timeOutError(node: INode, request: RequestSummary, deadlineMs: number): RequestError {
	return requestError(node, request, 'unknown', 'was given up', {
		happened: `LLM Generator did not answer within ${deadlineMs / 1000} s`,
		advice: UNAVAILABLE[1],
		failure: { cause: 'temporarily-unavailable' },
	});
}

/** The message for a request that was not sent, because the time for all requests together was over. */
export function timeUpError(node: INode, request: RequestSummary): RequestError {
	return requestError(node, request, 'not sent', 'was not sent', {
		happened:
			'LLM Generator took so long to answer that no time was left for this request, so it was not sent',
		advice: UNAVAILABLE[1],
		failure: { cause: 'temporarily-unavailable' },
	});
}

/** The message for a success whose body is not what the API documents. `misfit`: what it is, where the caller knows. */
export function unexpectedAnswerError(
	node: INode,
	request: RequestSummary,
	body: unknown,
	secret: string,
	misfit?: string,
): RequestError {
	const kind = misfit ?? kindOf(body, secret);
	const advice =
		'Check that the Base URL in the LLM Generator API credential leads to the API and that no proxy or log-in page answers in its place';
	return requestError(node, request, 'unknown', `answered with ${kind}`, {
		happened: `LLM Generator sent ${kind} in place of its documented answer to ${request.method} ${request.url}`,
		advice,
		adviceInDoubt: `${advice}. ${CHECKOUT_FATE}`,
	});
}

/** The message for a ledger whose pages do not fit together: returning it would lose rows without saying so. */
export function ledgerError(node: INode, request: RequestSummary, happened: string): NodeApiError {
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
	const isInDoubt = request.method === 'POST' && fate === 'unknown';
	const advice = isInDoubt ? (said.adviceInDoubt ?? CHECKOUT_FATE) : said.advice;
	return Object.assign(apiError(node, request, outcome, { ...said, advice }), { fate });
}

/**
 * The only place where an error is made. The message says it all, since it is all that "Continue" on error, an error
 * workflow or an AI agent passes on; the description names the request. The cause is left out on
 * purpose: axios' error holds the key, and n8n stores errors with the execution.
 */
function apiError(node: INode, request: RequestSummary, outcome: string, said: Said): NodeApiError {
	const message = `${said.happened}. ${said.advice}.`;
	const description = `${request.method} ${request.url} ${outcome}`;
	const { httpCode, failure } = said;
	const error = new NodeApiError(node, { message }, { message, description, httpCode, failure });
	// n8n replaces any message that holds a word like "ENOENT", and a quote may.
	error.message = message;
	return error;
}

function failureOf(status: number, isBetween: boolean): Said['failure'] {
	if (status === 401 && !isBetween) return { cause: 'credential-invalid' };
	if (status === 429) return { cause: 'rate-limited' };
	return isUnavailable(status) ? { cause: 'temporarily-unavailable' } : undefined;
}
