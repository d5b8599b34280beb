import { type CreditPackage, purchaseDescription } from './packages';
import { Faults } from './faults';
import { believableLedger, Ledger, type Order } from './ledger';
import { type RateLimit, RateLimiter, type RetryAfter } from './rateLimit';
import { RequestLog } from './requestLog';
import { randomBytes } from 'node:crypto';

export interface CheckoutSession {
	id: string;
	package: CreditPackage;
	successUrl?: string;
	cancelUrl?: string;
	status: 'open' | 'paid' | 'cancelled';
}

export interface StateOptions {
	/** A ledger, or the size and seed of a generated one (default: 300 rows, seed 1). */
	ledger?: Ledger | { rows?: number; seed?: number };
	/** The order of the history; default newestFirst. */
	order?: Order;
	apiKeys?: string[];
	/** Default: no limit; the headers contain a limit that nobody reaches. */
	rateLimit?: RateLimit;
	/** Default 'none'. */
	retryAfter?: RetryAfter;
}

/** The account of the sandbox, and how its API behaves. Everything can be changed while the sandbox runs. */
export class SandboxState {
	ledger: Ledger;
	order: Order;
	retryAfter: RetryAfter;
	readonly apiKeys: readonly string[];
	/** The start of checkout links. */
	publicUrl = '';
	readonly faults = new Faults();
	readonly requests = new RequestLog();
	/** By session ID. */
	readonly sessions = new Map<string, CheckoutSession>();
	private limiter: RateLimiter;

	constructor({ ledger, order, apiKeys, rateLimit, retryAfter }: StateOptions = {}) {
		this.ledger = ledger instanceof Ledger ? ledger : believableLedger(ledger);
		this.order = order ?? 'newestFirst';
		this.apiKeys = apiKeys ?? ['llmgen_sandbox_key'];
		this.limiter = new RateLimiter(rateLimit ?? GENEROUS);
		this.retryAfter = retryAfter ?? 'none';
	}

	get rateLimit(): RateLimit {
		return this.limiter.rateLimit;
	}

	/** Starts new windows; undefined removes the limit. */
	set rateLimit(rateLimit: RateLimit | undefined) {
		this.limiter = new RateLimiter(rateLimit ?? GENEROUS);
	}

	/** Counts a request in the window of the key. */
	countRequest(key: string) {
		return this.limiter.count(key);
	}

	/** Creates a new account without faults, logged requests or sessions, and with an unused rate limit. */
	reset({ rows, seed, order = this.order }: { rows?: number; seed?: number; order?: Order } = {}): void {
		this.ledger = believableLedger({ rows, seed });
		this.order = order;
		this.limiter = new RateLimiter(this.rateLimit);
		this.faults.clear();
		this.requests.clear();
		this.sessions.clear();
	}

	openSession(order: Pick<CheckoutSession, 'package' | 'successUrl' | 'cancelUrl'>): CheckoutSession {
		const session: CheckoutSession = {
			id: `cs_test_${randomBytes(24).toString('hex')}`,
			...order,
			status: 'open',
		};
		this.sessions.set(session.id, session);
		return session;
	}

	/** Adds the purchase if the session is still open; returns false otherwise. */
	pay(session: CheckoutSession): boolean {
		if (session.status !== 'open') return false;
		session.status = 'paid';
		this.ledger.book({
			type: 'purchase',
			amount: session.package.credits,
			description: purchaseDescription(session.package),
		});
		return true;
	}

	/** Returns false if the session is no longer open. */
	cancel(session: CheckoutSession): boolean {
		if (session.status !== 'open') return false;
		session.status = 'cancelled';
		return true;
	}
}

const GENEROUS: RateLimit = { limit: 1_000_000, windowMs: 60_000 };
