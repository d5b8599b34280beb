import type { IN8nHttpFullResponse } from 'n8n-workflow';
import { isUnavailable, type Fate } from './connection';
import { mentionsLimit } from './headers';
import { isRecord, isWebPage } from './words';

/** An answer with any status, of the API or of something in its place. */
export interface Answer extends Pick<IN8nHttpFullResponse, 'statusCode' | 'body'> {
	headers?: Record<string, unknown>;
	/** A proxy gave it when n8n asked for a tunnel to the API, so the request was not sent. */
	isOfTunnel?: boolean;
	/** It answers a request for a file, which anybody may read: that it says nothing of the rate limit means nothing. */
	isOfFile?: boolean;
}

/**
 * Whether something between n8n and the API answered in its place: it says so in a header, or shows a page where the API
 * has JSON. Pages with status 400 or from 500 on do not say who answered: servers send them too.
 */
export function isFromBetween({ statusCode, body, headers = {}, isOfTunnel }: Answer): boolean {
	if (isOfTunnel || statusCode === 407) return true;
	if (headers['proxy-authenticate'] || headers['cf-mitigated']) return true;
	return statusCode > 400 && statusCode < 500 && isWebPage(body);
}

/** Whether the API itself answered, as far as one can see: it sends JSON, or says what is left of the rate limit. */
export function isFromApi(answer: Answer): boolean {
	const { body, headers = {} } = answer;
	if (isFromBetween(answer)) return false;
	const isJson = !answer.isOfFile && (isRecord(body) || Array.isArray(body));
	return isJson || mentionsLimit(headers);
}

/** Whether the server may have processed the request. For an answer that is not a success. */
export function fateOfAnswer(answer: Answer): Fate {
	if (answer.isOfTunnel) return 'not sent';
	// 303: it was processed, and the result is elsewhere (RFC 9110, 15.4.4).
	if (isUnavailable(answer.statusCode) || answer.statusCode === 303) return 'unknown';
	return isFromBetween(answer) ? 'not sent' : 'refused';
}
