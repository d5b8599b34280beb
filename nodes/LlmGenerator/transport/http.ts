import { NodeApiError, type IDataObject, type IHttpRequestOptions } from 'n8n-workflow';
import type { Answer } from './answer';
import { allowedDomains, CREDENTIAL_TYPE, type LlmGeneratorCredential } from './credential';
import type { ApiContext } from './session';

export interface HttpRequest {
	method: 'GET' | 'POST';
	/** Below the Base URL. */
	path: string;
	query?: IDataObject;
	body?: IDataObject;
}

/** Statuses after which a server may or may not have processed a request. */
const UNAVAILABLE = [408, ...Array.from({ length: 100 }, (_, i) => 500 + i)];

/**
 * Sends a request once, with n8n's own helper. Any status is an answer; only a broken connection throws.
 *
 * @param how its signal, and a proxy if n8n must not choose one
 */
export async function answerTo(
	context: ApiContext,
	credential: LlmGeneratorCredential,
	{ method, path, query, body }: HttpRequest,
	how: { abortSignal: AbortSignal } & Pick<IHttpRequestOptions, 'proxy'>,
): Promise<Answer> {
	const url = `${credential.baseUrl}${path}`;
	const options: IHttpRequestOptions = {
		method,
		url,
		qs: query,
		body,
		json: true,
		// The caller decides on the status. This also keeps n8n from sending the request again after a 401.
		ignoreHttpStatusErrors: method === 'POST' ? { ignore: true, except: UNAVAILABLE } : true,
		...everyRequest(credential),
		...how,
	};
	const answer = sendWithKey(context, credential, options);
	return await answer.catch((failure: Error) => thrownAnswer(failure, url) ?? Promise.reject(failure));
}

/** What holds for every request, whether for JSON or for a file. */
export function everyRequest(credential: LlmGeneratorCredential) {
	return {
		returnFullResponse: true,
		// By default, n8n ends every request that is silent for 5 minutes. Here, the signal ends it at its deadline.
		timeout: 0,
		// The caller decides where to go on, and what is sent there.
		disableFollowRedirect: true,
		allowedDomains: allowedDomains(credential),
	};
}

/** Sends a request with the key, which n8n adds as the credential says. */
export async function sendWithKey(
	context: ApiContext,
	credential: LlmGeneratorCredential,
	options: IHttpRequestOptions,
): Promise<Answer> {
	// n8n replaces a request's signal with the cancel signal of its context. This context returns ours, which includes it.
	const scope = Object.create(context, {
		getExecutionCancelSignal: { value: () => options.abortSignal },
	}) as ApiContext;
	// As it was read for this input item, and without reading it from the database for every page.
	const data = { ...credential };
	const credentialsDecrypted = { id: '', name: '', type: CREDENTIAL_TYPE, data };
	return (await context.helpers.httpRequestWithAuthentication.call(scope, CREDENTIAL_TYPE, options, {
		credentialsDecrypted,
	})) as Answer;
}

/** The part of axios' error that is read here. */
interface AxiosFailure {
	response?: {
		status: number;
		headers: Record<string, unknown>;
		data: Answer['body'];
		request?: { socket?: { encrypted?: boolean } | null };
	};
}

/**
 * The answer for which n8n threw; undefined if there was none.
 *
 * n8n asks a proxy for a tunnel to the API (CONNECT), and returns a refusal as if the API had answered. Only what n8n
 * throws shows the connection: a refused tunnel was never encrypted, and the request was not sent. For a POST that is
 * important, so n8n has to throw for these answers. Before 2.34 its error contains only the status and one text.
 */
function thrownAnswer(failure: Error, url: string): Answer | undefined {
	if (!(failure instanceof NodeApiError)) return undefined;
	const { response } = (failure.cause ?? {}) as AxiosFailure;
	const statusCode = response?.status ?? Number(failure.httpCode);
	// For other statuses n8n throws only if the connection broke in the middle of the answer.
	if (!UNAVAILABLE.includes(statusCode)) return undefined;
	if (!response) return { statusCode, headers: {}, body: failure.description ?? '' };
	const { headers, data: body, request } = response;
	const isTunnelRefusal = url.startsWith('https:') && !!request?.socket && !request.socket.encrypted;
	return { statusCode, headers, body, isTunnelRefusal };
}
