import { type CreditPackage, purchaseDescription } from './packages';
import { Discoveries } from './discovery/discoveries';
import { DEFAULT_DISCOVERY, type DiscoverySettings } from './discovery/settings';
import { Faults } from './faults';
import { type Clock, systemClock } from './clock';
import { normalizedAddress } from './generation/address';
import { Generations } from './generation/generations';
import { DEFAULT_SETTINGS, type GenerationSettings } from './generation/settings';
import { Sites } from './generation/sites';
import { Websites } from './generation/websites';
import { believableLedger, Ledger, type Order } from './ledger';
import { type RateLimit, RateLimiter, type RetryAfter } from './rateLimit';
import { RequestLog } from './requestLog';
import {
	type BillingCycle,
	type Subscription,
	subscriptionDescription,
	subscriptionTo,
} from './subscription/subscription';
import { randomBytes } from 'node:crypto';

export interface CheckoutSession {
	id: string;
	/** What is bought. */
	package: CreditPackage;
	/** Set for a subscription: the package is a plan, and comes again in every period. */
	billingCycle?: BillingCycle;
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
	/** How URLs are discovered; what is left out has its default. */
	discovery?: Partial<DiscoverySettings>;
	/** The time by which jobs go on, and that of their rows in the ledger; default: the system's. */
	clock?: Clock;
}

/** The account of the sandbox, and how its API behaves. Everything can be changed while the sandbox runs. */
export class SandboxState {
	ledger: Ledger;
	order: Order;
	retryAfter: RetryAfter;
	readonly apiKeys: readonly string[];
	/** By key: its permissions (permissions.ts). A key without an entry has all of them. */
	readonly keyPermissions = new Map<string, readonly string[]>();
	/** The start of checkout links. */
	publicUrl = '';
	readonly faults = new Faults();
	readonly requests = new RequestLog();
	/** By session ID. */
	readonly sessions = new Map<string, CheckoutSession>();
	readonly clock: Clock;
	readonly generation: GenerationSettings;
	readonly discovery: DiscoverySettings;
	/** Null for an account without one. */
	subscription: Subscription | null;
	/** Whether the account has ever paid, so that there is a billing portal for it. */
	hasBillingAccount = true;
	sites: Sites;
	readonly websites = new Websites();
	/** The generations. */
	readonly jobs = new Generations(this);
	readonly discoveries = new Discoveries(this);
	private limiter: RateLimiter;

	constructor(options: StateOptions = {}) {
		const { ledger, order, apiKeys, rateLimit, retryAfter, generation, discovery, clock } = options;
		this.ledger = ledger instanceof Ledger ? ledger : believableLedger(ledger);
		this.sites = new Sites(this.ledger);
		this.clock = clock ?? systemClock;
		this.generation = { ...DEFAULT_SETTINGS, ...generation };
		this.discovery = { ...DEFAULT_DISCOVERY, ...discovery };
		this.subscription = this.defaultSubscription();
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

	/** The account's plan; `free` without a subscription. */
	get plan(): string {
		return this.generation.plan ?? this.subscription?.plan ?? 'free';
	}

	/** Counts a request in the window of the key. */
	countRequest(key: string) {
		return this.limiter.count(key);
	}

	/** The normalized address of the website that a request is about; `path` is the part after /api/v1. */
	siteAddress(path: string, body: unknown): string | undefined {
		const [, area, id = ''] = path.split('/');
		const isStart = (area === 'generate' || area === 'discovery') && id === '';
		if (isStart) return normalizedAddress((body as { url?: unknown } | null)?.url);
		if (area === 'generate') return this.jobs.find(id)?.url;
		if (area === 'discovery') return this.discoveries.find(id)?.url;
		return area === 'sites' || area === 'file' ? this.sites.find(id)?.url : undefined;
	}

	/** Creates a new account without faults, jobs, logged requests or sessions, and with an unused rate limit. */
	reset({ rows, seed, order = this.order }: { rows?: number; seed?: number; order?: Order } = {}): void {
		this.ledger = believableLedger({ rows, seed });
		this.jobs.clear();
		this.discoveries.clear();
		this.websites.clear();
		this.subscription = this.defaultSubscription();
		this.hasBillingAccount = true;
		this.keyPermissions.clear();
		this.sites = new Sites(this.ledger);
		this.order = order;
		this.limiter = new RateLimiter(this.rateLimit);
		this.faults.clear();
		this.requests.clear();
		this.sessions.clear();
	}

	openSession(order: Omit<CheckoutSession, 'id' | 'status'>): CheckoutSession {
		const session: CheckoutSession = {
			id: `cs_test_${randomBytes(24).toString('hex')}`,
			...order,
			status: 'open',
		};
		this.sessions.set(session.id, session);
		return session;
	}

	/** Adds the purchase, and begins the subscription, if the session is still open; returns false otherwise. */
	pay(session: CheckoutSession): boolean {
		if (session.status !== 'open') return false;
		session.status = 'paid';
		const { package: bought, billingCycle } = session;
		this.hasBillingAccount = true;
		if (billingCycle) this.subscription = subscriptionTo(bought.id, billingCycle, this.clock.now());
		this.ledger.book({
			type: 'purchase',
			amount: bought.credits,
			description: billingCycle ? subscriptionDescription(bought) : purchaseDescription(bought),
		});
		return true;
	}

	/** Returns false if the session is no longer open. */
	cancel(session: CheckoutSession): boolean {
		if (session.status !== 'open') return false;
		session.status = 'cancelled';
		return true;
	}

	private defaultSubscription(): Subscription {
		return subscriptionTo('professional', 'monthly', this.clock.now());
	}
}

const GENEROUS: RateLimit = { limit: 1_000_000, windowMs: 60_000 };
