import { seededRandom } from './random';
import type { TransactionType } from './transaction';

/** Which requests a rule is about. Without any of these: all, for ever. */
export interface FaultMatch {
	method?: string;
	/** How the path begins after /api/v1, e.g. '/credits/history'. */
	path?: string;
	/** Lets the first n matching requests pass. */
	skip?: number;
	/** Acts on this many requests, then it is spent. */
	times?: number;
	/** Acts on this share of the requests, decided by a generator of its own. */
	probability?: number;
	seed?: number;
}

/** What happens to a request. Any of them can be combined. */
export interface FaultEffect {
	/** Answers with this status at once; without a `body`, a JSON body in the API's style. */
	status?: number;
	/** An object goes out as JSON, a string as it is. */
	body?: unknown;
	/** Answers 200 with exactly this text at once, e.g. HTML, 'null', '[]' or half a JSON. */
	rawBody?: string;
	/** Answers 302 to this address at once. */
	redirectTo?: string;
	/** Set on whatever is answered. */
	headers?: Record<string, string>;
	/** Waits before anything else, plus up to `jitterMs`. */
	delayMs?: number;
	jitterMs?: number;
	/** Cuts the connection before anything was done, or when all was done but nothing answered. */
	reset?: 'before' | 'after';
	/** Does nothing and never answers, or answers half the body and then nothing more. */
	stall?: 'headers' | 'body';
	/** Answers the body in small pieces. */
	drip?: { bytes: number; everyMs: number };
	/** Puts the received Authorization header into the body of an answer of 400 or more. */
	echoKey?: boolean;
	/** History: serves at most this many rows, whatever `limit` asks. */
	pageCap?: number;
	/** A text stands for a server that sends its numbers so. */
	total?: 'omit' | number | `${number}`;
	hasMore?: 'omit' | boolean;
	/** History: no rows, but `total` and `hasMore` as if there were some. */
	emptyPage?: boolean;
	/** History: no row has an `id`. */
	dropRowId?: boolean;
	/** Books rows just before or just after the answer is computed; `ties` gives them the newest row's `createdAt`. */
	arrivals?: { count: number; when: 'before' | 'after'; ties?: boolean; type?: TransactionType };
	/** Takes out the rows that are served first, so that the others move up. */
	remove?: { count: number; when: 'before' | 'after' };
	/** Packages: `[…]` or `{ packages: […] }`. */
	packagesShape?: 'list' | 'object';
}

export type FaultRule = FaultMatch & FaultEffect;

/**
 * The rules in force. Every rule that matches a request acts on it and counts it; where two of them set the same
 * effect, the one added first has its way.
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

	/** What is to happen to this request; counts it. `path` is the part after /api/v1. */
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
	/** Asked once for every matching request. */
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
