import type { IDataObject, IHttpRequestOptions, INode } from 'n8n-workflow';
import { clock } from './clock';
import {
	accountOf,
	checkedCredential,
	CREDENTIAL_TYPE,
	type Destination,
	type LlmGeneratorCredential,
} from './credential';
import { brokenBy } from './connection';
import { rateLimitError, stoppedError, timeUpError, type RequestHints, type RequestSummary } from './errors';
import { fileAnswer, isElsewhere, isFileAnswer, type FileAnswer, type FileRequest } from './file';
import { answerTo, type HttpRequest } from './http';
import { RateLimiter, WaitTooLong, type Sent } from './rateLimiter';
import {
	forAllRequests,
	nextStep,
	type EarlierTries,
	type Expected,
	type Step,
	type TryResult,
} from './retry';
import { HOLD_MS, type ApiContext, type OwnLimits, type RequestLimits, type Session } from './session';
import { directlyIfProxied } from './thisMachine';
import { quotable } from './words';

interface ApiRequest extends HttpRequest {
	hints?: RequestHints;
	/** In place of the path. */
	file?: FileRequest;
}

/**
 * Requests to the API with one credential: authentication, rate limit, retries, deadline, cancellation.
 *
 * A GET is retried after 429, 408, 5xx, a timeout or a broken connection; a POST only if the server cannot have
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
	 * @param itemIndex the input item that expressions in the credential refer to
	 * @param limits of this client's requests; the session has the defaults
	 * @throws UserError if the credential's base URL or key cannot be used; then nothing was sent
	 */
	static async open(
		context: ApiContext,
		session: Session,
		itemIndex = 0,
		limits?: OwnLimits,
	): Promise<ApiClient> {
		const credential = await context.getCredentials<LlmGeneratorCredential>(CREDENTIAL_TYPE, itemIndex);
		const checked = checkedCredential(credential);
		const route = await directlyIfProxied(context, session, checked.baseUrl);
		return new ApiClient(context, session, checked, session.limitsFor(limits), route);
	}

	/**
	 * @param signal ends this request, as does the end of the execution
	 * @throws RequestError, with sentences for the user
	 */
	async get<T>(
		path: string,
		query: IDataObject,
		isExpected: Expected<T>,
		signal?: AbortSignal,
		hints?: RequestHints,
	): Promise<T> {
		return await this.request({ method: 'GET', path, query, hints }, isExpected, signal);
	}

	/** @throws RequestError, with sentences for the user; its `fate` is whether the server may have processed the POST */
	async post<T>(
		path: string,
		body: IDataObject,
		isExpected: Expected<T>,
		hints: RequestHints & { inDoubt: string },
	): Promise<T> {
		return await this.request({ method: 'POST', path, body, hints }, isExpected);
	}

	/**
	 * A file, as it is served. The key is sent to the API's own server only.
	 *
	 * @throws RequestError, with sentences for the user
	 */
	async file(file: FileRequest): Promise<FileAnswer> {
		return await this.request({ method: 'GET', path: '', file }, isFileAnswer);
	}

	/**
	 * The same for requests that may take minutes: they do not hold up others, and a POST that was sent is not cut off by
	 * an input item that stops the run.
	 */
	patient(deadlineMs = this.limits.deadlineMs): ApiClient {
		const limits = { ...this.session.limitsFor({ ...this.limits, deadlineMs }), holdMs: HOLD_MS };
		return new ApiClient(this.context, this.session, this.credential, limits, this.route);
	}

	/** The request as messages show it. */
	summary({ method, path, query, hints, file }: ApiRequest): RequestSummary {
		if (file) return { method, url: file.url };
		const search = new URLSearchParams(query as Record<string, string>).toString();
		return { method, url: `${this.credential.baseUrl}${path}${search && `?${search}`}`, ...hints };
	}

	/** The API's own words, for a message: short, and without the key. */
	quotable(words: string): string {
		return quotable(words, this.credential.apiKey);
	}

	get node(): INode {
		return this.context.getNode();
	}

	/** Aborted when nothing more is to be asked. */
	get signal(): AbortSignal {
		return this.session.signal;
	}

	/** The same text for the same key at the same place; it does not reveal the key. */
	get account(): string {
		return accountOf(this.credential);
	}

	/** Where the credential leads. */
	get destination(): Destination {
		return this.credential;
	}

	/** How many pages to request ahead: twice as many as may be in flight, so that a slow page does not delay the others. */
	get pagesAhead(): number {
		return 2 * this.limits.maxInFlight;
	}

	private async request<T>(request: ApiRequest, isExpected: Expected<T>, signal?: AbortSignal): Promise<T> {
		// A new one for each request: Node.js warns of a leak if one signal has many listeners.
		const stop = AbortSignal.any(signal ? [signal, this.session.signal] : [this.session.signal]);
		const limiter = this.limiterFor(request);
		let earlier: EarlierTries = { failures: 0, rejections: 0 };
		try {
			for (;;) {
				const step = await this.tryOnce(request, isExpected, earlier, limiter, stop);
				if (step.do === 'return') return step.body;
				if (step.do === 'throw') throw step.error;
				earlier = step.earlier;
				if (step.waitMs !== undefined) await clock.sleep(step.waitMs, stop);
			}
		} catch (failure) {
			// It was waiting for a try: earlier tries did nothing, or there would not be another.
			const isStopped = request.method === 'POST' && stop.aborted && failure === stop.reason;
			throw isStopped ? stoppedError(this.node, this.summary(request), 'not sent') : failure;
		}
	}

	/** Waits until the rate limit allows the request, sends it, and decides what comes next before the next one is sent. */
	private async tryOnce<T>(
		request: ApiRequest,
		isExpected: Expected<T>,
		earlier: EarlierTries,
		limiter: RateLimiter,
		stop: AbortSignal,
	): Promise<Step<T>> {
		const { node } = this;
		const { endsAt } = this.session;
		const summary = this.summary(request);
		const send = async (): Promise<Sent<Step<T>>> => {
			stop.throwIfAborted();
			const limits = this.limitsNow();
			if (limits.deadlineMs <= 0) throw earlier.error ?? timeUpError(node, summary);
			const result = await this.send(request, limits.deadlineMs, stop);
			const tried = { node, summary, secret: this.credential.apiKey, isExpected };
			const step = nextStep(tried, result, earlier, { ...limits, endsAt });
			return { result: step, ...forAllRequests(step, result, limits.maxWaitMs) };
		};
		const wait = { ...this.limits, endsAt, rejections: earlier.rejections };
		const step = await limiter.run(send, stop, wait);
		if (!(step instanceof WaitTooLong)) return step;
		// The limit of another host is not that of the plan.
		if (earlier.error && limiter !== this.session.limiter) throw earlier.error;
		throw rateLimitError(node, summary, step.until, clock.now());
	}

	/** What another host asks for is for one request only. */
	private limiterFor({ file }: ApiRequest): RateLimiter {
		const { limiter } = this.session;
		return isElsewhere(file, this.credential) ? new RateLimiter({ ...this.limits, clock }) : limiter;
	}

	/** The limits of a request that is sent now: no request continues after the end of the session. */
	private limitsNow(): RequestLimits {
		const leftMs = Math.ceil(this.session.endsAt - clock.now());
		return {
			...this.limits,
			maxWaitMs: Math.min(this.limits.maxWaitMs, leftMs),
			deadlineMs: Math.min(this.limits.deadlineMs, leftMs),
		};
	}

	private async send(request: ApiRequest, deadlineMs: number, stop: AbortSignal): Promise<TryResult> {
		const deadline = AbortSignal.timeout(deadlineMs);
		const { sentSignal, stoppedSignal } = this.session;
		const mayTakeLong = this.limits.holdMs !== undefined;
		const end = request.method === 'GET' ? stop : mayTakeLong ? stoppedSignal : sentSignal;
		try {
			const how = { abortSignal: AbortSignal.any([deadline, end]), ...this.route };
			const answer = request.file
				? await fileAnswer(this.context, this.credential, request.file, how)
				: await answerTo(this.context, this.credential, request, how);
			return { ended: 'answered', answer };
		} catch (failure) {
			if (end.aborted && request.method === 'GET') throw end.reason as Error;
			if (end.aborted) return { ended: 'stopped' };
			if (deadline.aborted) {
				return { ended: 'timed out', deadlineMs, isCutShort: deadlineMs < this.limits.deadlineMs };
			}
			return { ended: 'broken', broken: brokenBy(failure as Error) };
		}
	}
}
