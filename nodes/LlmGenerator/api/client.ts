import {
	sleep,
	type IDataObject,
	type IExecuteFunctions,
	type IHttpRequestOptions,
	type ILoadOptionsFunctions,
	type IN8nHttpFullResponse,
	type INode,
	type IPollFunctions,
	type NodeApiError,
} from 'n8n-workflow';
import { checkedApiKey, checkedBaseUrl, CREDENTIAL_TYPE, type LlmGeneratorCredential } from './credential';
import {
	connectionError,
	isCutOff,
	rateLimitError,
	statusError,
	timeOutError,
	unavailableUntilError,
	unexpectedAnswerError,
	type RequestSummary,
} from './errors';
import { allowanceIn, waitAskedFor } from './headers';
import { LONGEST_TIMER_MS, RateLimiter, type Allowance, type Clock } from './rateLimiter';

/** How long one request may take from first to last byte, in milliseconds. */
export const REQUEST_DEADLINE_MS = 60_000;
/** The longest wait for the rate limit before a run gives up, in milliseconds. */
export const MAX_WAIT_MS = 300_000;
/** Measured: see docs/benchmarks.md. */
export const MAX_IN_FLIGHT = 16;
/** How often a request may end so before it is given up. The rate limit is no sign of trouble, and each try waits first. */
const MAX_TRIES = { 'out of order': 4, 'rate limit': 20 };
/** The first wait before trying again, in milliseconds; it doubles from try to try. */
const BACK_OFF_MS = 500;
const MAX_BACK_OFF_MS = 30_000;

export type ApiContext = IExecuteFunctions | ILoadOptionsFunctions | IPollFunctions;

export interface Limits {
	maxInFlight?: number;
	maxWaitMs?: number;
	deadlineMs?: number;
}

/** What one execution shares between all its requests. */
export interface Session {
	readonly limiter: RateLimiter;
	readonly maxInFlight: number;
	readonly maxWaitMs: number;
	readonly deadlineMs: number;
	/** Aborted when the execution is stopped, or by `end`. */
	readonly signal: AbortSignal;
	/** Ends every request and wait that is still under way. */
	end(): void;
}

interface ApiRequest {
	method: 'GET' | 'POST';
	path: string;
	query?: IDataObject;
	body?: IDataObject;
}

type Answer = Pick<IN8nHttpFullResponse, 'statusCode' | 'headers' | 'body'>;
type Tries = Record<keyof typeof MAX_TRIES, number>;
/** What became of one try. `again`: why another may follow; `pauseMs`: how long all requests have to wait before it. */
type Outcome = { body: unknown } | { error: NodeApiError; again?: keyof Tries; pauseMs?: number };

/** Broken connections that often hold at the next try. An answer that ends half-way comes without a code. */
const PASSING = /^(ECONNRESET|EPIPE|ETIMEDOUT|ECONNABORTED|ERR_BAD_RESPONSE|EAI_AGAIN)$/;

const clock: Clock = { now: Date.now, sleep, random: Math.random };

/** Opens the budget of one execution: make one, and share it between all input items. */
export function openSession(context: ApiContext, limits: Limits = {}): Session {
	const { maxInFlight = MAX_IN_FLIGHT, maxWaitMs = MAX_WAIT_MS, deadlineMs = REQUEST_DEADLINE_MS } = limits;
	const ending = new AbortController();
	const cancelled = 'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	const signal = cancelled ? AbortSignal.any([ending.signal, cancelled]) : ending.signal;
	const onWait = (ms: number) =>
		context.logger.info(`Waiting ${Math.ceil(ms / 1000)} s for the rate limit of LLM Generator`);
	const limiter = new RateLimiter({ maxInFlight, maxWaitMs, clock, onWait });
	return {
		limiter,
		maxInFlight,
		maxWaitMs,
		// AbortSignal.timeout() takes whole milliseconds only, and no more than a timer can.
		deadlineMs: Math.min(Math.ceil(deadlineMs), LONGEST_TIMER_MS),
		signal,
		end: () => ending.abort(),
	};
}

/**
 * Requests to the API with one credential: authentication, rate limit, repetition, deadline, cancelling.
 *
 * Repeated are: a GET after 429, 5xx, a time-out or a broken connection; a POST only where the server surely did
 * nothing (429, connection refused). Everything else is asked once.
 */
export class ApiClient {
	private constructor(
		private readonly context: ApiContext,
		private readonly session: Session,
		private readonly credential: LlmGeneratorCredential,
	) {}

	/**
	 * @param itemIndex the input item whose values expressions in the credential may use
	 * @throws UserError if the credential's base URL or key cannot be used; nothing was sent then
	 */
	static async open(context: ApiContext, session: Session, itemIndex = 0): Promise<ApiClient> {
		const credential = await context.getCredentials<LlmGeneratorCredential>(CREDENTIAL_TYPE, itemIndex);
		const [apiKey, baseUrl] = [checkedApiKey(credential.apiKey), checkedBaseUrl(credential.baseUrl)];
		return new ApiClient(context, session, { ...credential, apiKey, baseUrl });
	}

	/**
	 * @param signal ends this request; the execution's own cancelling always does
	 * @throws NodeApiError with a sentence for the user
	 */
	async get<T>(
		path: string,
		query: IDataObject,
		isExpected: (answer: unknown) => answer is T,
		signal?: AbortSignal,
	): Promise<T> {
		return await this.request({ method: 'GET', path, query }, isExpected, signal);
	}

	/** @throws NodeApiError with a sentence for the user, which also says whether the server may have acted */
	async post<T>(path: string, body: IDataObject, isExpected: (answer: unknown) => answer is T): Promise<T> {
		return await this.request({ method: 'POST', path, body }, isExpected);
	}

	/** The request as messages show it. */
	summary({ method, path, query }: ApiRequest): RequestSummary {
		const search = new URLSearchParams(query as Record<string, string>).toString();
		return { method, url: `${this.credential.baseUrl}${path}${search && `?${search}`}` };
	}

	get node(): INode {
		return this.context.getNode();
	}

	/** How many pages to ask for ahead: twice as many as may be on their way, so that a slow one holds up no other. */
	get pagesAhead(): number {
		return 2 * this.session.maxInFlight;
	}

	private async request<T>(
		request: ApiRequest,
		isExpected: (answer: unknown) => answer is T,
		signal?: AbortSignal,
	): Promise<T> {
		// One of its own for each request: Node warns of a leak where many listen to the same signal.
		const stop = AbortSignal.any(signal ? [signal, this.session.signal] : [this.session.signal]);
		const tries: Tries = { 'out of order': 0, 'rate limit': 0 };
		for (;;) {
			const outcome = await this.tryOnce(request, tries, stop);
			if ('body' in outcome) {
				if (isExpected(outcome.body)) return outcome.body;
				throw unexpectedAnswerError(this.node, this.summary(request), outcome.body, this.credential.apiKey);
			}
			const { again, error, pauseMs } = outcome;
			if (!again || ++tries[again] >= MAX_TRIES[again]) throw error;
			if (pauseMs === undefined) await clock.sleep(backOffMs(tries[again]), stop);
		}
	}

	private async tryOnce(request: ApiRequest, tries: Tries, stop: AbortSignal): Promise<Outcome> {
		const { limiter, deadlineMs } = this.session;
		const opensAt = await limiter.enter(stop);
		if (opensAt !== undefined) {
			return { error: rateLimitError(this.node, this.summary(request), opensAt, clock.now()) };
		}
		const deadline = AbortSignal.timeout(deadlineMs);
		let allowance: Allowance | 'unlimited' | undefined;
		try {
			const answer = await this.send(request, AbortSignal.any([deadline, stop]));
			const outcome = this.outcomeOf(request, answer, tries);
			// Before the place is given back, or another request would slip through.
			if ('pauseMs' in outcome && outcome.pauseMs) limiter.pause(clock.now() + outcome.pauseMs);
			else allowance = allowanceIn(answer.headers, clock.now()) ?? unlessTold(answer.statusCode);
			return outcome;
		} catch (failure) {
			stop.throwIfAborted();
			return this.outcomeOfFailure(request, failure as NodeApiError, deadline.aborted);
		} finally {
			limiter.leave(allowance);
		}
	}

	/** One request on the wire. Any status is an answer; only a connection that breaks throws. */
	private async send(request: ApiRequest, abortSignal: AbortSignal): Promise<Answer> {
		const { method, path, query, body } = request;
		const { credential, context } = this;
		const options: IHttpRequestOptions = {
			method,
			url: `${credential.baseUrl}${path}`,
			qs: query,
			body,
			json: true,
			returnFullResponse: true,
			// Statuses are told apart here. It also keeps n8n from asking twice after a 401.
			ignoreHttpStatusErrors: true,
			disableFollowRedirect: true,
			allowedDomains: allowedDomains(credential),
			abortSignal,
		};
		// n8n puts the execution's cancel signal in place of ours, asking its context for it: answer with all of them.
		const scope = Object.create(context, {
			getExecutionCancelSignal: { value: () => abortSignal },
		}) as ApiContext;
		return (await context.helpers.httpRequestWithAuthentication.call(scope, CREDENTIAL_TYPE, options, {
			// As it was read for this input item, and without reading it from the database for every page.
			credentialsDecrypted: { id: '', name: '', type: CREDENTIAL_TYPE, data: { ...credential } },
		})) as Answer;
	}

	private outcomeOf(request: ApiRequest, answer: Answer, tries: Tries): Outcome {
		const { statusCode: status, headers, body } = answer;
		if (status >= 200 && status < 300) return { body };
		const now = clock.now();
		const error = statusError(this.node, this.summary(request), { status, body }, this.credential.apiKey);
		if (status === 429) {
			const pauseMs = waitAskedFor(headers, now) ?? backOffMs(tries['rate limit'] + 1);
			return { error, again: 'rate limit', pauseMs };
		}
		if (status < 500 || request.method === 'POST') return { error };
		const pauseMs = headers['retry-after'] ? waitAskedFor(headers, now) : undefined;
		if (pauseMs !== undefined && pauseMs > this.session.maxWaitMs) {
			return { error: unavailableUntilError(this.node, this.summary(request), status, now + pauseMs, now) };
		}
		return { error, again: 'out of order', pauseMs };
	}

	private outcomeOfFailure(request: ApiRequest, failure: NodeApiError, late: boolean): Outcome {
		const summary = this.summary(request);
		if (late) {
			const error = timeOutError(this.node, summary, this.session.deadlineMs);
			return { error, again: request.method === 'GET' ? 'out of order' : undefined };
		}
		const cause = (failure.cause ?? failure) as Error & { code?: string };
		const error = connectionError(this.node, summary, cause, this.credential.apiKey);
		const nothingDone = cause.code === 'ECONNREFUSED';
		const passing = request.method === 'GET' && (isCutOff(cause) || PASSING.test(cause.code ?? ''));
		return { error, again: nothingDone || passing ? 'out of order' : undefined };
	}
}

/** Only where the credential names domains: "none" speaks of n8n's HTTP Request node, not of this one. */
function allowedDomains(credential: LlmGeneratorCredential): string | undefined {
	return credential.allowedHttpRequestDomains === 'domains' ? credential.allowedDomains : undefined;
}

/** Where an answer says nothing of a limit, there is none; but what a proxy answers in the API's place says nothing. */
function unlessTold(status: number): 'unlimited' | undefined {
	return status < 500 ? 'unlimited' : undefined;
}

/** Exponential, with jitter, so that executions that were turned away together do not come back together. */
function backOffMs(tries: number): number {
	const ceiling = Math.min(MAX_BACK_OFF_MS, BACK_OFF_MS * 2 ** (tries - 1));
	return ceiling * (0.5 + clock.random() / 2);
}
