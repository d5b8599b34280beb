import { createHash } from 'crypto';
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
import { brokenBy } from './connection';
import { rateLimitError, timeUpError, type RequestSummary } from './errors';
import { limitIn } from './headers';
import { WaitTooLong, type Sent } from './rateLimiter';
import { nextStep, type Answer, type EarlierTries, type Expected, type Step, type TryResult } from './retry';
import { HOLD_MS, type ApiContext, type OwnLimits, type RequestLimits, type Session } from './session';
import { directlyIfProxied } from './thisMachine';

interface ApiRequest {
	method: 'GET' | 'POST';
	path: string;
	query?: IDataObject;
	body?: IDataObject;
}

/**
 * Requests to the API with one credential: authentication, rate limit, retries, deadline, cancelling.
 *
 * A GET is retried after 429, 408, 5xx, a time-out or a broken connection; a POST only where the server cannot have
 * processed it (429, or it was not sent). Everything else is sent once: see `nextStep`.
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
	 * @throws RequestError, with sentences for the user
	 */
	async get<T>(path: string, query: IDataObject, isExpected: Expected<T>, signal?: AbortSignal): Promise<T> {
		return await this.request({ method: 'GET', path, query }, isExpected, signal);
	}

	/** @throws RequestError, with sentences for the user; its `fate` is whether the server may have acted on the POST */
	async post<T>(path: string, body: IDataObject, isExpected: Expected<T>): Promise<T> {
		return await this.request({ method: 'POST', path, body }, isExpected);
	}

	/**
	 * The same for requests that may take minutes: they do not hold up others, and a POST that was sent is not cut off by
	 * an input item that stops the run.
	 */
	patient(deadlineMs = this.limits.deadlineMs): ApiClient {
		const limits = {
			...this.limits,
			...this.session.limitsFor({ ...this.limits, deadlineMs }),
			holdMs: HOLD_MS,
		};
		return new ApiClient(this.context, this.session, this.credential, limits, this.route);
	}

	/** The request as messages show it. */
	summary({ method, path, query }: ApiRequest): RequestSummary {
		const search = new URLSearchParams(query as Record<string, string>).toString();
		return { method, url: `${this.credential.baseUrl}${path}${search && `?${search}`}` };
	}

	get node(): INode {
		return this.context.getNode();
	}

	/** Aborted when nothing more is to be asked. */
	get signal(): AbortSignal {
		return this.session.signal;
	}

	/** The same for the same key at the same place; it does not tell the key. */
	get account(): string {
		const { baseUrl, apiKey } = this.credential;
		return createHash('sha256').update(`${baseUrl} ${apiKey}`).digest('base64').slice(0, 8);
	}

	/** How many pages to ask for ahead: twice as many as may be in flight, so that a slow one holds up no other. */
	get pagesAhead(): number {
		return 2 * this.limits.maxInFlight;
	}

	private async request<T>(request: ApiRequest, isExpected: Expected<T>, signal?: AbortSignal): Promise<T> {
		// One of its own for each request: Node warns of a leak where many listen to the same signal.
		const stop = AbortSignal.any(signal ? [signal, this.session.signal] : [this.session.signal]);
		let earlier: EarlierTries = { failures: 0, rejections: 0 };
		for (;;) {
			const step = await this.tryOnce(request, isExpected, earlier, stop);
			if (step.do === 'return') return step.body;
			if (step.do === 'throw') throw step.error;
			earlier = step.earlier;
			if (step.waitMs !== undefined) await clock.sleep(step.waitMs, stop);
		}
	}

	/** Waits until the rate limit allows the request, sends it, and decides what comes next while it holds its place. */
	private async tryOnce<T>(
		request: ApiRequest,
		isExpected: Expected<T>,
		earlier: EarlierTries,
		stop: AbortSignal,
	): Promise<Step<T>> {
		const { node, session } = this;
		const { limiter, endsAt } = session;
		const summary = this.summary(request);
		const send = async (): Promise<Sent<Step<T>>> => {
			stop.throwIfAborted();
			const limits = this.limitsNow();
			if (limits.deadlineMs <= 0) throw timeUpError(node, summary);
			const result = await this.send(request, limits.deadlineMs, stop);
			const tried = { node, summary, secret: this.credential.apiKey, isExpected };
			const step = nextStep(tried, result, earlier, { ...limits, endsAt });
			return { result: step, ...forAllRequests(step, result, limits.maxWaitMs) };
		};
		const wait = { ...this.limits, endsAt, rejections: earlier.rejections };
		const step = await limiter.run(send, stop, wait);
		if (step instanceof WaitTooLong) throw rateLimitError(node, summary, step.until, clock.now());
		return step;
	}

	/** The limits of a request that is sent now: nothing goes on after the end of the session. */
	private limitsNow(): RequestLimits {
		const leftMs = Math.ceil(this.session.endsAt - clock.now());
		const { limits } = this;
		return {
			...limits,
			maxWaitMs: Math.min(limits.maxWaitMs, leftMs),
			deadlineMs: Math.min(limits.deadlineMs, leftMs),
		};
	}

	private async send(request: ApiRequest, deadlineMs: number, stop: AbortSignal): Promise<TryResult> {
		const deadline = AbortSignal.timeout(deadlineMs);
		const { sentSignal, stoppedSignal } = this.session;
		const mayTakeLong = this.limits.holdMs !== undefined;
		const end = request.method === 'GET' ? stop : mayTakeLong ? stoppedSignal : sentSignal;
		try {
			const answer = await this.answerTo(request, AbortSignal.any([deadline, end]));
			return { ended: 'answered', answer };
		} catch (failure) {
			end.throwIfAborted();
			if (deadline.aborted) return { ended: 'timed out', deadlineMs };
			return { ended: 'broken', broken: brokenBy(failure as Error) };
		}
	}

	/** Any status is an answer; only a connection that breaks throws. */
	private async answerTo(request: ApiRequest, abortSignal: AbortSignal): Promise<Answer> {
		const { method, path, query, body } = request;
		const { credential, context } = this;
		const options: IHttpRequestOptions = {
			method,
			url: `${credential.baseUrl}${path}`,
			qs: query,
			body,
			json: true,
			returnFullResponse: true,
			// `nextStep` decides on the status. This also keeps n8n from sending the request again after a 401.
			ignoreHttpStatusErrors: true,
			disableFollowRedirect: true,
			allowedDomains: allowedDomains(credential),
			abortSignal,
			...this.route,
		};
		// n8n replaces a request's signal by the cancel signal of its context. So this context gives ours, which ends with it.
		const scope = Object.create(context, {
			getExecutionCancelSignal: { value: () => abortSignal },
		}) as ApiContext;
		return (await context.helpers.httpRequestWithAuthentication.call(scope, CREDENTIAL_TYPE, options, {
			// As it was read for this input item, and without reading it from the database for every page.
			credentialsDecrypted: { id: '', name: '', type: CREDENTIAL_TYPE, data: { ...credential } },
		})) as Answer;
	}
}

/** What the end of a try says to all requests. */
function forAllRequests<T>(
	step: Step<T>,
	result: TryResult,
	longestMs: number,
): Pick<Sent<T>, 'limit' | 'pause'> {
	const now = clock.now();
	if (step.do !== 'return' && step.pauseMs) return { pause: { until: now + step.pauseMs, longestMs } };
	if (result.ended !== 'answered') return {};
	return { limit: limitIn(result.answer.statusCode, result.answer.headers, now) };
}
