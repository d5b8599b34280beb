import type { IDataObject, IHttpRequestOptions, INode } from 'n8n-workflow';
import { clock } from './clock';
import {
	allowedDomains,
	checkDomain,
	checkedApiKey,
	checkedBaseUrl,
	CREDENTIAL_TYPE,
	type LlmGeneratorCredential,
} from './credential';
import { rateLimitError, timeUpError, unexpectedAnswerError, type RequestSummary } from './errors';
import { allowanceIn, speaksOfLimit } from './headers';
import { backOffMs, outcomeOfAnswer, outcomeOfFailure, type Answer, type Outcome } from './outcome';
import { WaitTooLong, type Sent } from './rateLimiter';
import type { ApiContext, OwnLimits, RequestLimits, Session } from './session';
import { directlyIfProxied } from './thisMachine';

/** How often a request may meet trouble before it is given up. */
const MAX_TRIES = 4;

/** Whether an answer is what the API documents. `misfit`: what it is instead, where there is more to say than its kind. */
export interface Expected<T> {
	(answer: unknown): answer is T;
	misfit?(answer: unknown): string | undefined;
}

interface ApiRequest {
	method: 'GET' | 'POST';
	path: string;
	query?: IDataObject;
	body?: IDataObject;
}

/**
 * Requests to the API with one credential: authentication, rate limit, repetition, deadline, cancelling.
 *
 * A GET is repeated after 429, 408, 5xx, a time-out or a broken connection; a POST only where the server cannot have
 * processed it (429, or nothing had left n8n). Everything else is asked once.
 */
export class ApiClient {
	private constructor(
		private readonly context: ApiContext,
		private readonly session: Session,
		private readonly credential: LlmGeneratorCredential,
		private readonly limits: RequestLimits,
		private readonly route: Pick<IHttpRequestOptions, 'proxy'>,
	) {}

	/**
	 * @param itemIndex the input item whose values expressions in the credential may use
	 * @param limits of this client's requests; what is left out is as in the session
	 * @throws UserError if the credential's base URL or key cannot be used; nothing was sent then
	 */
	static async open(
		context: ApiContext,
		session: Session,
		itemIndex = 0,
		limits?: OwnLimits,
	): Promise<ApiClient> {
		const credential = await context.getCredentials<LlmGeneratorCredential>(CREDENTIAL_TYPE, itemIndex);
		const [apiKey, baseUrl] = [checkedApiKey(credential.apiKey), checkedBaseUrl(credential.baseUrl)];
		checkDomain({ ...credential, baseUrl });
		const route = await directlyIfProxied(context, session, baseUrl);
		const checked = { ...credential, apiKey, baseUrl };
		return new ApiClient(context, session, checked, session.limitsFor(limits), route);
	}

	/**
	 * @param signal ends this request; the execution's own cancelling always does
	 * @throws NodeApiError with a sentence for the user
	 */
	async get<T>(path: string, query: IDataObject, isExpected: Expected<T>, signal?: AbortSignal): Promise<T> {
		return await this.request({ method: 'GET', path, query }, isExpected, signal);
	}

	/** @throws NodeApiError with a sentence for the user, which also says whether the server may have acted */
	async post<T>(path: string, body: IDataObject, isExpected: Expected<T>): Promise<T> {
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
		return 2 * this.limits.maxInFlight;
	}

	private async request<T>(request: ApiRequest, isExpected: Expected<T>, signal?: AbortSignal): Promise<T> {
		// One of its own for each request: Node warns of a leak where many listen to the same signal.
		const stop = AbortSignal.any(signal ? [signal, this.session.signal] : [this.session.signal]);
		let tries = 0;
		let turnedAway = 0;
		let turnedAwaySince: number | undefined;
		for (;;) {
			const outcome = await this.tryOnce(request, turnedAway, stop);
			if ('body' in outcome) {
				if (isExpected(outcome.body)) return outcome.body;
				const misfit = isExpected.misfit?.(outcome.body);
				throw unexpectedAnswerError(
					this.node,
					this.summary(request),
					outcome.body,
					this.credential.apiKey,
					misfit,
				);
			}
			const { again, error, pauseMs } = outcome;
			if (again === 'rate limit') {
				// No sign of trouble: others are on the same plan. So what counts is the time, however often it is tried.
				turnedAway++;
				turnedAwaySince ??= clock.now();
				if (clock.now() - turnedAwaySince >= this.limits.maxTurnedAwayMs) throw error;
			} else {
				if (!again || ++tries >= MAX_TRIES) throw error;
				if (pauseMs !== undefined) continue;
				const waitMs = backOffMs(tries);
				if (clock.now() + waitMs >= this.session.endsAt) throw error;
				await clock.sleep(waitMs, stop);
			}
		}
	}

	private async tryOnce(request: ApiRequest, rejections: number, stop: AbortSignal): Promise<Outcome> {
		const { limiter, endsAt } = this.session;
		const wait = { ...this.limits, endsAt, rejections };
		const outcome = await limiter.run(() => this.sendOnce(request, rejections, stop), stop, wait);
		if (!(outcome instanceof WaitTooLong)) return outcome;
		return { error: rateLimitError(this.node, this.summary(request), outcome.until, clock.now()) };
	}

	private async sendOnce(request: ApiRequest, rejections: number, stop: AbortSignal): Promise<Sent<Outcome>> {
		stop.throwIfAborted();
		const asked = { node: this.node, request: this.summary(request), secret: this.credential.apiKey };
		const limits = this.limitsNow();
		if (limits.deadlineMs <= 0) return { result: { error: timeUpError(asked.node, asked.request) } };
		const deadline = AbortSignal.timeout(limits.deadlineMs);
		const ending = request.method === 'GET' ? stop : this.session.sentSignal;
		try {
			const answer = await this.send(request, AbortSignal.any([deadline, ending]));
			const result = outcomeOfAnswer(asked, answer, limits, rejections);
			const pauseMs = 'pauseMs' in result ? result.pauseMs : undefined;
			if (!pauseMs) return { result, limit: allowanceIn(answer.headers, clock.now()) ?? unlessTold(answer) };
			return { result, pause: { until: clock.now() + pauseMs, longestMs: limits.maxWaitMs } };
		} catch (failure) {
			ending.throwIfAborted();
			return { result: outcomeOfFailure(asked, failure as Error, limits, deadline.aborted) };
		}
	}

	/** The limits of a request that leaves now: nothing goes on after the end of the session. */
	private limitsNow(): RequestLimits {
		const leftMs = Math.ceil(this.session.endsAt - clock.now());
		const { limits } = this;
		return {
			...limits,
			maxWaitMs: Math.min(limits.maxWaitMs, leftMs),
			deadlineMs: Math.min(limits.deadlineMs, leftMs),
		};
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
			...this.route,
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
}

/** Where an answer says nothing of a limit, there is none; but what a proxy answers in the API's place says nothing. */
function unlessTold({ statusCode, headers }: Answer): 'unknown' | 'unlimited' | undefined {
	if (speaksOfLimit(headers)) return 'unknown';
	return statusCode < 500 ? 'unlimited' : undefined;
}
