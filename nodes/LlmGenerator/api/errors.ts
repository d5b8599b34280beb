import { NodeApiError, type INode } from 'n8n-workflow';
import { isHistoryPage, isRecord } from './types';

/** A request as a person may see it: without key and without body. */
export interface RequestSummary {
	method: 'GET' | 'POST';
	/** In full, with its query. */
	url: string;
}

/** What happened, and what to do next: no full stop at the end of either. */
type Explanation = [happened: string, advice: string];

type Failure = NodeApiError['failure'];

const STATUS: Record<number, Explanation> = {
	400: ['LLM Generator could not use the request', 'Check the values in this node'],
	401: [
		'LLM Generator did not accept the API key',
		'Check the key in the LLM Generator API credential: it may be mistyped, expired or deleted',
	],
	402: [
		'LLM Generator asks for payment first',
		'Buy credits or check the plan of this account in the LLM Generator dashboard',
	],
	403: [
		'The API key is not allowed to do this',
		'Check the rights of the key and the plan of its account in the LLM Generator dashboard',
	],
	404: [
		'LLM Generator did not find what was asked for',
		'Check the package ID in this node and the Base URL in the LLM Generator API credential',
	],
	409: [
		'LLM Generator says that this conflicts with the present state of the account',
		'Look in the LLM Generator dashboard whether it is done already, then run this again',
	],
	422: ['LLM Generator did not accept a value', 'Check the values in this node'],
	429: [
		'The rate limit of your LLM Generator plan is used up',
		'Wait a minute and run this again, run it less often, or move to a plan with a higher limit',
	],
};

const UNAVAILABLE: Explanation = [
	'LLM Generator is not working at the moment',
	'Run this again in a few minutes. If it stays so, ask LLM Generator’s support',
];
const REDIRECT: Explanation = [
	'LLM Generator sent the request on to another address, which was not followed so that the API key stays where it belongs',
	'Check the Base URL in the LLM Generator API credential',
];

const CUT: Explanation = [
	'The connection to LLM Generator was cut before the answer was complete',
	'Run this again. If it stays so, check the network and any proxy between n8n and LLM Generator',
];
const UNKNOWN_HOST: Explanation = [
	'The host of LLM Generator was not found',
	'Check the Base URL in the LLM Generator API credential, and that n8n can resolve names on the internet',
];
const UNREACHABLE: Explanation = [
	'LLM Generator cannot be reached from this n8n',
	'Check the Base URL in the LLM Generator API credential, the network and any firewall',
];
const CONNECTION: Record<string, Explanation> = {
	ECONNREFUSED: [
		'Nothing answers at the address of LLM Generator: the connection was refused',
		'Check the Base URL in the LLM Generator API credential. If it is right, run this again later',
	],
	ECONNRESET: CUT,
	EPIPE: CUT,
	ERR_BAD_RESPONSE: CUT,
	ENOTFOUND: UNKNOWN_HOST,
	EAI_AGAIN: UNKNOWN_HOST,
	EHOSTUNREACH: UNREACHABLE,
	ENETUNREACH: UNREACHABLE,
};
const TLS: Explanation = [
	'A secure connection to LLM Generator could not be made',
	'Check the Base URL in the LLM Generator API credential, the clock of this n8n, and any proxy that inspects traffic',
];
/** Codes of Node's TLS and of OpenSSL's certificate checks. */
const TLS_CODE = /CERT|TLS|SSL|EPROTO|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/;

/** Sent once, answered never: said wherever it is not known what the server did. */
const CHECKOUT_FATE =
	'It is not known whether the checkout was made, so it was not sent twice. No money moves until somebody pays on its page: running this again is safe';

const LONGEST_QUOTE = 300;

/** The message for an answer whose status says no. `body`: as it came, of any kind. */
export function statusError(
	node: INode,
	request: RequestSummary,
	answer: { status: number; body: unknown },
	secret: string,
): NodeApiError {
	const { status } = answer;
	const [happened, advice] = STATUS[status] ?? otherStatus(status);
	const words = ownWords(answer.body, secret);
	return apiError(node, request, `answered ${status}`, {
		happened: words ? `${happened}: “${words}”` : happened,
		advice: status >= 500 && request.method === 'POST' ? CHECKOUT_FATE : advice,
		httpCode: String(status),
		failure: failureOf(status),
	});
}

/** The message for a rate limit that will not end soon enough. `until`: Unix epoch, milliseconds. */
export function rateLimitError(
	node: INode,
	request: RequestSummary,
	until: number,
	now: number,
): NodeApiError {
	return apiError(node, request, 'was not sent', {
		happened: STATUS[429][0],
		advice: `${worksAgain(until, now)}, or move to a plan with a higher limit`,
		httpCode: '429',
		failure: { cause: 'rate-limited', retryAfterMs: until - now, resetsAtEpochMs: until },
	});
}

/** The message for a server that is out of order and says for how long, which is too long to wait. */
export function unavailableUntilError(
	node: INode,
	request: RequestSummary,
	status: number,
	until: number,
	now: number,
): NodeApiError {
	return apiError(node, request, `answered ${status}`, {
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

/** The message for a request that got no complete answer. `cause`: what n8n's request helper threw. */
export function connectionError(
	node: INode,
	request: RequestSummary,
	cause: { code?: string; message: string },
	secret: string,
): NodeApiError {
	const code = cause.code ?? '';
	const [happened, advice] = CONNECTION[code] ??
		(TLS_CODE.test(code) ? TLS : undefined) ??
		(isCutOff(cause) ? CUT : undefined) ?? [
			`The request to LLM Generator did not go through: ${quotable(cause.message, secret)}`,
			'Check the LLM Generator API credential and the network, then run this again',
		];
	const sent = !(code === 'ECONNREFUSED' || TLS_CODE.test(code)) && CONNECTION[code] !== UNKNOWN_HOST;
	return apiError(node, request, `ended with ${code || 'no answer'}`, {
		happened,
		advice: sent && request.method === 'POST' ? CHECKOUT_FATE : advice,
		failure: { cause: 'temporarily-unavailable' },
	});
}

/** Whether the connection ended in the middle of an answer, for which there is not always a code. */
export function isCutOff(cause: { message: string }): boolean {
	return /socket hang up|aborted/i.test(cause.message);
}

/** The message for an answer that was not complete in time. `deadlineMs`: how long was waited, in milliseconds. */
export function timeOutError(node: INode, request: RequestSummary, deadlineMs: number): NodeApiError {
	return apiError(node, request, 'was given up', {
		happened: `LLM Generator did not answer within ${deadlineMs / 1000} s`,
		advice: request.method === 'POST' ? CHECKOUT_FATE : UNAVAILABLE[1],
		failure: { cause: 'temporarily-unavailable' },
	});
}

/** The message for a request that could not be sent any more, because the time for all of them together was over. */
export function timeUpError(node: INode, request: RequestSummary): NodeApiError {
	return apiError(node, request, 'was not sent', {
		happened:
			'LLM Generator took so long to answer that no time was left for this request, so it was not sent',
		advice: UNAVAILABLE[1],
		failure: { cause: 'temporarily-unavailable' },
	});
}

/** The message for a success whose body is not what the API documents. */
export function unexpectedAnswerError(
	node: INode,
	request: RequestSummary,
	body: unknown,
	secret: string,
): NodeApiError {
	const advice =
		'Check that the Base URL in the LLM Generator API credential leads to the API and that no proxy or log-in page answers in its place';
	return apiError(node, request, `answered with ${kindOf(body, secret)}`, {
		happened: `LLM Generator sent ${kindOf(body, secret)} in place of its documented answer to ${request.method} ${request.url}`,
		advice: request.method === 'POST' ? `${advice}. ${CHECKOUT_FATE}` : advice,
	});
}

/** The message for a ledger whose pages do not fit together, which would lose rows if it went by. */
export function ledgerError(node: INode, request: RequestSummary, happened: string): NodeApiError {
	return apiError(node, request, 'was the last one', {
		happened,
		advice: 'Nothing was returned, so that no row is missing without notice. Run this again',
		failure: { cause: 'temporarily-unavailable' },
	});
}

/**
 * The only place where an error is made. The message says it all, since it is all that "Continue" on error, an error
 * workflow or an AI agent passes on; the description is for the person who looks closer. The cause is left out on
 * purpose: axios' error holds the key, and n8n stores errors with the execution.
 */
function apiError(
	node: INode,
	request: RequestSummary,
	outcome: string,
	said: { happened: string; advice: string; httpCode?: string; failure?: Failure },
): NodeApiError {
	const message = `${said.happened}. ${said.advice}.`;
	const description = `${request.method} ${request.url} ${outcome}`;
	const { httpCode, failure } = said;
	const error = new NodeApiError(node, { message }, { message, description, httpCode, failure });
	// n8n replaces any message that holds a word like "ENOENT", and a quote may.
	error.message = message;
	return error;
}

function otherStatus(status: number): Explanation {
	if (status >= 500) return UNAVAILABLE;
	if (status >= 300 && status < 400) return REDIRECT;
	return [`LLM Generator refused the request (status ${status})`, 'Check the values in this node'];
}

function failureOf(status: number): Failure {
	if (status === 401) return { cause: 'credential-invalid' };
	if (status === 429) return { cause: 'rate-limited' };
	return status >= 500 ? { cause: 'temporarily-unavailable' } : undefined;
}

/** The API's own words. Where they stand is not documented, so the usual places are looked through. */
function ownWords(body: unknown, secret: string): string {
	const candidates = isRecord(body)
		? [body.message, isRecord(body.error) ? body.error.message : undefined, body.error, body.msg]
		: [body];
	const words = candidates.find((candidate) => typeof candidate === 'string' && candidate.trim() !== '');
	// A page made for a browser says nothing that helps here.
	if (typeof words !== 'string' || words.trimStart().startsWith('<')) return '';
	return quotable(words, secret).replace(/\.$/, '');
}

/** Short, on one line, and without the key, which some servers echo. */
function quotable(text: string, secret: string): string {
	const line = text.split(secret).join('***').replace(/\s+/g, ' ').trim();
	return line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE)}…` : line;
}

function kindOf(body: unknown, secret: string): string {
	if (body === null || body === undefined || body === '') return 'an empty answer';
	if (Array.isArray(body)) return 'a list';
	if (typeof body === 'string') {
		if (/^\s*</.test(body)) return 'a web page';
		return /^\s*[[{]/.test(body) ? 'JSON that is cut off' : 'plain text';
	}
	if (!isRecord(body)) return `a ${typeof body}`;
	if ('transactions' in body && !isHistoryPage(body)) {
		return Array.isArray(body.transactions)
			? 'a transaction without an ID'
			: 'an object whose “transactions” is no list';
	}
	const fields = Object.keys(body).slice(0, 5);
	return fields.length === 0 ? 'an empty object' : `an object with ${quotable(fields.join(', '), secret)}`;
}
