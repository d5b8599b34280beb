import { type CreditPackage, purchaseDescription } from './packages';
import { Faults } from './faults';
import { type Clock, systemClock } from './clock';
import { normalizedAddress } from './generation/address';
import { Jobs } from './generation/jobs';
import { DEFAULT_SETTINGS, type GenerationSettings } from './generation/settings';
import { Sites } from './generation/sites';
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
	/** How files are generated; what is left out has its default. */
	generation?: Partial<GenerationSettings>;
	/** The time by which jobs go on, and that of their rows in the ledger; default: the system's. */
	clock?: Clock;
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
	readonly clock: Clock;
	readonly generation: GenerationSettings;
	sites: Sites;
	readonly jobs = new Jobs(this);
	private limiter: RateLimiter;

	constructor(options: StateOptions = {}) {
		const { ledger, order, apiKeys, rateLimit, retryAfter, generation, clock } = options;
		this.ledger = ledger instanceof Ledger ? ledger : believableLedger(ledger);
		this.sites = new Sites(this.ledger);
		this.clock = clock ?? systemClock;
		this.generation = { ...DEFAULT_SETTINGS, ...generation };
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

	/** The normalized address of the site that a request is about; `path` is the part after /api/v1. */
	siteAddress(path: string, body: unknown): string | undefined {
		const [, area, id = ''] = path.split('/');
		if (area === 'generate' && id === '') return normalizedAddress((body as { url?: unknown } | null)?.url);
		if (area === 'generate') return this.jobs.find(id)?.site.url;
		return area === 'sites' || area === 'file' ? this.sites.find(id)?.url : undefined;
	}

	/** Creates a new account without faults, jobs, logged requests or sessions, and with an unused rate limit. */
	reset({ rows, seed, order = this.order }: { rows?: number; seed?: number; order?: Order } = {}): void {
		this.ledger = believableLedger({ rows, seed });
		this.jobs.clear();
		this.sites = new Sites(this.ledger);
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
