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
	/** A ledger, or the size and seed of a believable one (default: 300 rows, seed 1). */
	ledger?: Ledger | { rows?: number; seed?: number };
	/** How history is served; default newestFirst. */
	order?: Order;
	apiKeys?: string[];
	/** Default: none is enforced; the headers name one that nobody reaches. */
	rateLimit?: RateLimit;
	/** Default none. */
	retryAfter?: RetryAfter;
}

/** The one account of the sandbox, and how its API behaves. All of it may be changed while the sandbox runs. */
export class SandboxState {
	ledger: Ledger;
	order: Order;
	retryAfter: RetryAfter;
	readonly apiKeys: readonly string[];
	/** What checkout links begin with. */
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

	/** Opens fresh windows; undefined lifts the limit. */
	set rateLimit(rateLimit: RateLimit | undefined) {
		this.limiter = new RateLimiter(rateLimit ?? GENEROUS);
	}

	/** Counts a request against the key's window. */
	countRequest(key: string) {
		return this.limiter.count(key);
	}

	/** A new account, without faults, logged requests or sessions, and with its rate limit unused. */
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

	/** Books the purchase, if the session is still open; false if it is not. */
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

	/** False if the session is not open any more. */
	cancel(session: CheckoutSession): boolean {
		if (session.status !== 'open') return false;
		session.status = 'cancelled';
		return true;
	}
}

const GENEROUS: RateLimit = { limit: 1_000_000, windowMs: 60_000 };
