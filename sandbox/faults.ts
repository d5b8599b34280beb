import { seededRandom } from './random';
import type { TransactionType } from './transaction';

/** Which requests a rule applies to. Without any of these fields: all requests, without end. */
export interface FaultMatch {
	method?: string;
	/** The start of the path after /api/v1, e.g. '/credits/history'. */
	path?: string;
	/** Ignores the first n matching requests. */
	skip?: number;
	/** Applies to this many requests, then no longer. */
	times?: number;
	/** Applies to this share of the requests; each rule has its own random generator. */
	probability?: number;
	seed?: number;
}

/** What happens to a request. The fields can be combined. */
export interface FaultEffect {
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
	/** Cuts the connection before anything is done, or after everything is done but before the response. */
	reset?: 'before' | 'after';
	/** Does nothing and never responds, or sends only half of the body and then stops. */
	stall?: 'headers' | 'body';
	/** Sends the body in small pieces. */
	drip?: { bytes: number; everyMs: number };
	/** Adds the received Authorization header to the body of a response with status 400 or more. */
	echoKey?: boolean;
	/** History: returns at most this many rows, even if `limit` is larger. */
	pageCap?: number;
	/** A text stands for a server that sends its numbers so. */
	total?: 'omit' | number | `${number}`;
	hasMore?: 'omit' | boolean;
	/** History: returns no rows, but `total` and `hasMore` do not change. */
	emptyPage?: boolean;
	/** History: removes the `id` from every row. */
	dropRowId?: boolean;
	/** Adds rows just before or after the response is computed; with `ties`, with the `createdAt` of the newest row. */
	arrivals?: { count: number; when: 'before' | 'after'; ties?: boolean; type?: TransactionType };
	/** Removes the first rows of the list, so that the other rows move up. */
	remove?: { count: number; when: 'before' | 'after' };
	/** Packages: `[…]` or `{ packages: […] }`. */
	packagesShape?: 'list' | 'object';
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

	/** Counts this request and returns its effect. `path` is the part after /api/v1. */
	take(method: string, path: string): FaultEffect {
		const acting = this.active.filter(
			({ rule, acts }) =>
				(rule.method === undefined || rule.method.toUpperCase() === method) &&
				path.startsWith(rule.path ?? '') &&
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
