/**
 * The API's shapes. Source: LLM Generator API reference, pages credits/checkout, credits/history, credits/balance, subscriptions/*.
 * Answers are passed on unchanged; these types name only what the reference documents.
 */

import type { IDataObject } from 'n8n-workflow';
import { isRecord } from './transport/words';

export type TransactionType = 'purchase' | 'usage' | 'refund';

/** Strings as documented; numbers are accepted too. Passed on unchanged, compared as strings (see `idOf`). */
export type Id = string | number;

/** One row of the ledger (credits/history). */
export type Transaction = {
	id: Id;
	type: TransactionType;
	/** In credits: positive when credits come in, negative when they are used. */
	amount: number;
	description: string;
	siteId: string | null;
	/** ISO 8601, UTC. */
	createdAt: string;
};

/** One page of the ledger. `total` and `hasMore` are documented, but may be missing or wrong. */
export interface HistoryPage {
	transactions: Transaction[];
	total?: number;
	hasMore?: boolean;
}

/** credits/balance: all in credits, totals over the account's lifetime. Numbers may be strings. */
export type Balance = {
	balance: number | string;
	totalPurchased?: number | string;
	totalUsed?: number | string;
	recentTransactions?: Array<Omit<Transaction, 'siteId'>>;
};

/** What a checkout can sell. `priceCents`: in cents. */
export type CreditPackage = {
	id: Id;
	name?: string;
	credits?: number;
	priceCents?: number;
};

/** credits/checkout: `url` is the Stripe page where a person pays. No money moves before that. */
export type CheckoutSession = {
	sessionId: string;
	url: string;
	package: CreditPackage;
};

/** subscriptions/checkout, subscriptions/portal: `url` is the page at Stripe. More is documented, and may be missing. */
export type StripePage = {
	url: string;
	sessionId?: string;
};

/** subscriptions/current. Without a subscription, only `hasSubscription` says something. */
export type Subscription = {
	hasSubscription?: boolean;
	subscription?: IDataObject | null;
	planDetails?: IDataObject | null;
};

export function isHistoryPage(answer: unknown): answer is HistoryPage {
	return isRecord(answer) && Array.isArray(answer.transactions) && answer.transactions.every(hasId);
}

/** What a message says about an object with transactions that is not a page of them. */
isHistoryPage.misfit = (answer: unknown): string | undefined => {
	if (!isRecord(answer) || !('transactions' in answer) || isHistoryPage(answer)) return undefined;
	return Array.isArray(answer.transactions)
		? 'a transaction without an ID'
		: 'an object whose “transactions” is not a list';
};

export function isBalance(answer: unknown): answer is Balance {
	return isRecord(answer) && numberIn(answer.balance) !== undefined;
}

export function isCheckoutSession(answer: unknown): answer is CheckoutSession {
	return isRecord(answer) && typeof answer.sessionId === 'string' && typeof answer.url === 'string';
}

export function isStripePage(answer: unknown): answer is StripePage {
	return isRecord(answer) && typeof answer.url === 'string' && answer.url !== '';
}

export function isSubscription(answer: unknown): answer is Subscription {
	return (
		isRecord(answer) && ['hasSubscription', 'subscription', 'planDetails'].some((name) => name in answer)
	);
}

/** Of credits/packages only the name is documented: it returns a list, or an object that contains one. */
export function isPackageList(answer: unknown): answer is CreditPackage[] | { packages: CreditPackage[] } {
	const list = isRecord(answer) ? answer.packages : answer;
	return Array.isArray(list) && list.every(hasId);
}

/** The same for 7 and "7". */
export function idOf({ id }: { id: Id }): string {
	return String(id);
}

/** A finite number, also as text, e.g. "450"; undefined for everything else. */
export function numberIn(value: unknown): number | undefined {
	const isNumeric = typeof value === 'number' || (typeof value === 'string' && NUMERIC.test(value.trim()));
	return isNumeric && Number.isFinite(Number(value)) ? Number(value) : undefined;
}

const NUMERIC = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

export function hasId(row: unknown): row is Record<string, unknown> & { id: Id } {
	return isRecord(row) && (typeof row.id === 'string' ? row.id !== '' : Number.isFinite(row.id));
}
