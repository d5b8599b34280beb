import type { IN8nHttpFullResponse } from 'n8n-workflow';
import { isUnavailable, type Fate } from './connection';
import { mentionsLimit } from './headers';
import { isRecord, isWebPage } from './words';

/** An answer with any status, from the API or from an intermediary. */
export interface Answer extends Pick<IN8nHttpFullResponse, 'statusCode' | 'body'> {
	headers?: Record<string, unknown>;
	/** It is a proxy's answer to n8n's request for a tunnel to the API (CONNECT), so the request itself was not sent. */
	isTunnelRefusal?: boolean;
	/** It answers a request for a file, which anybody may read: that it says nothing of the rate limit means nothing. */
	isOfFile?: boolean;
}

/**
 * Whether an intermediary (a proxy, CDN or firewall) answered instead of the API: a header says so, or it is a web page
 * where the API sends JSON. A web page with status 400 or from 500 on may come from a server as well.
 */
export function isFromIntermediary({ statusCode, body, headers = {}, isTunnelRefusal }: Answer): boolean {
	if (isTunnelRefusal || statusCode === 407) return true;
	if (headers['proxy-authenticate'] || headers['cf-mitigated']) return true;
	return statusCode > 400 && statusCode < 500 && isWebPage(body);
}

/** Whether the API itself answered, as far as anyone can see: it sends JSON, or says what is left of the rate limit. */
export function isFromApi(answer: Answer): boolean {
	const { body, headers = {} } = answer;
	if (isFromIntermediary(answer)) return false;
	const isJson = !answer.isOfFile && (isRecord(body) || Array.isArray(body));
	return isJson || mentionsLimit(headers);
}

/**
 * 303 says that a POST was processed and its result is elsewhere, and many servers send 301 or 302 for that (RFC 9110,
 * 15.4). 307 and 308 ask to send it elsewhere: it was not processed.
 */
const REDIRECTED_AFTERWARDS = [301, 302, 303];

/** Whether the server may have processed the request. For an answer that is not a success. */
export function fateOfAnswer(answer: Answer): Fate {
	if (answer.isTunnelRefusal) return 'not sent';
	if (isUnavailable(answer.statusCode) || REDIRECTED_AFTERWARDS.includes(answer.statusCode)) return 'unknown';
	return isFromIntermediary(answer) ? 'not sent' : 'refused';
}
