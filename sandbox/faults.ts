import type { FileShape } from './generation/fileBody';
import type { DiscoveryOptions } from './discovery/discovery';
import type { GenerationOptions } from './generation/options';
import type { Course } from './jobs/job';
import { seededRandom } from './random';
import type { TransactionType } from './transaction';

/** Which requests a rule applies to. Without any of these fields: all requests, without end. */
export interface FaultMatch {
	method?: string;
	/** The start of the path after /api/v1, e.g. '/credits/history'. */
	path?: string;
	/** Part of the normalized address of the site that the request is about: in its body, or that of the job or site. */
	url?: string;
	/** Ignores the first n matching requests. */
	skip?: number;
	/** Applies to this many requests, then no longer. */
	times?: number;
	/** Applies to this share of the requests; each rule has its own random generator. */
	probability?: number;
	seed?: number;
}

/** What happens to a request for a list whose pages have numbers: sites (if they are paged) and URLs. */
export interface NumberedPagesEffect {
	/** Every page has this many rows, whatever `limit` is. */
	pageSize?: number;
	/** These parameters of the query are ignored, e.g. `['page']` or `['status']`. */
	ignoredQuery?: string[];
	/** A page past the end has the rows of the last page. Its `page` is that of the last page, or the wanted one. */
	pastEnd?: 'lastPage' | 'lastPageAsWanted';
	page?: Said;
	totalPages?: Said;
	/** Runs just before or after the response is computed, e.g. to change a list. Not in the control API. */
	meanwhile?: { when: 'before' | 'after'; run: () => void };
}

/** What happens to a request for generation, discovery, sites or files. */
export interface GenerationEffect extends NumberedPagesEffect {
	/** POST /generate and POST /discovery: how the job goes. */
	job?: Course;
	/** GET /file: how the bytes differ from the plain text. */
	file?: FileShape;
	/**
	 * Somebody else starts a job just before or after the response is computed; by default for the same website. Under
	 * /discovery it is a discovery, otherwise a generation.
	 */
	otherJob?: {
		when: 'before' | 'after';
		url?: string;
		options?: Partial<GenerationOptions & DiscoveryOptions>;
		course?: Course;
	};
	/** IDs of jobs and sites are numbers, which are accepted in paths, too. */
	numericIds?: boolean;
	/** GET /generate/{jobId} in an older version of the API reference: no site, no options, `processedUrls`. */
	olderShape?: boolean;
}

/** What a list says about itself. A text stands for a server that sends its numbers so. */
type Said = 'omit' | number | `${number}`;

/** What happens to a request. The fields can be combined. */
export interface FaultEffect extends GenerationEffect {
	/** Responds immediately with this status; without a `body`, with a JSON body in the style of the API. */
	status?: number;
	/** An object is sent as JSON, a string unchanged. */
	body?: unknown;
	/** Responds immediately with 200 and exactly this text, e.g. HTML, 'null', '[]' or incomplete JSON. */
	rawBody?: string;
	/** Responds immediately with 302 to this address. */
	redirectTo?: string;
	/** Headers that are set on every response. */
	headers?: Record<string, string>;
	/** First waits for this time, plus a random time up to `jitterMs`. */
	delayMs?: number;
	jitterMs?: number;
	/**
	 * The request is processed, and only the response is replaced or held back: this moves `status`, `body`, `rawBody`,
	 * `redirectTo`, `stall: 'headers'` and `delayMs` behind it. A job has begun by then, but not ended.
	 */
	afterProcessing?: boolean;
	/**
	 * Cuts the connection: before anything is done; at once, but everything is done nevertheless (after `delayMs`); after
	 * everything is done but before the response; in the middle of the body.
	 */
	reset?: 'before' | 'during' | 'after' | 'middle';
	/** Does nothing and never responds, or sends only half of the body and then stops. */
	stall?: 'headers' | 'body';
	/** Sends the body in small pieces. */
	drip?: { bytes: number; everyMs: number };
	/** Adds the received Authorization header to the body of a response with status 400 or more. */
	echoKey?: boolean;
	/** Lists with pages: returns at most this many rows, even if `limit` is larger. */
	pageCap?: number;
	total?: Said;
	hasMore?: 'omit' | boolean;
	/** Lists: returns no rows, but what they say about themselves does not change. */
	emptyPage?: boolean;
	/** History: removes the `id` from every row. */
	dropRowId?: boolean;
	/** Adds rows to the ledger before or after the response is computed; with `ties`, with the `createdAt` of the newest. */
	arrivals?: { count: number; when: 'before' | 'after'; ties?: boolean; type?: TransactionType };
	/** Removes the first rows of the history, so that the other rows move up. */
	remove?: { count: number; when: 'before' | 'after' };
	/** Packages: `[…]` or `{ packages: […] }`. */
	packagesShape?: 'list' | 'object';
	/** Every time in the response is wrong by this. */
	clockSkewMs?: number;
	/** Fields that are left out, renamed (old name: new name) or replaced: in the object, or in each object of its list. */
	omit?: string[];
	rename?: Record<string, string>;
	set?: Record<string, unknown>;
}

export type FaultRule = FaultMatch & FaultEffect;

/**
 * The active rules. Every rule that matches a request applies to it and counts it. If two rules set the same field of
 * the effect, the rule that was added first wins.
 */
export class Faults {
	private active: ActiveRule[] = [];

	add(...rules: FaultRule[]): void {
		this.active.push(...rules.map(activate));
	}

	clear(): void {
		this.active = [];
	}

	get rules(): FaultRule[] {
		return this.active.map(({ rule }) => rule);
	}

	/**
	 * Counts this request and returns its effect. `path` is the part after /api/v1, `url` the address of the site that it
	 * is about, if there is one.
	 */
	take(method: string, path: string, url = ''): FaultEffect {
		const acting = this.active.filter(
			({ rule, acts }) =>
				(rule.method === undefined || rule.method.toUpperCase() === method) &&
				path.startsWith(rule.path ?? '') &&
				url.includes(rule.url ?? '') &&
				acts(),
		);
		return Object.assign({}, ...acting.map(({ rule }) => rule).reverse()) as FaultEffect;
	}
}

interface ActiveRule {
	rule: FaultRule;
	/** Whether the rule applies to the next matching request. Must be called exactly once for each of them. */
	acts: () => boolean;
}

function activate(rule: FaultRule): ActiveRule {
	const { skip = 0, times = Infinity, probability = 1, seed = 1 } = rule;
	const random = seededRandom(seed);
	let seen = 0;
	let acted = 0;
	const acts = () => {
		seen += 1;
		if (seen <= skip || acted >= times || random() >= probability) return false;
		acted += 1;
		return true;
	};
	return { rule, acts };
}
