/**
 * The API's shapes. Source: LLM Generator API reference, pages credits/checkout, credits/history, credits/balance.
 * Answers are passed on as they came; these types name only what the reference documents.
 */

import { isRecord } from '../transport/words';

export type TransactionType = 'purchase' | 'usage' | 'refund';

/** One row of the ledger (credits/history). */
export interface Transaction {
	id: string;
	type: TransactionType;
	/** In credits: positive when credits come in, negative when they are used. */
	amount: number;
	description: string;
	siteId: string | null;
	/** ISO 8601, UTC. */
	createdAt: string;
}

/** One page of the ledger. `total` and `hasMore` are documented but not to be relied on. */
export interface HistoryPage {
	transactions: Transaction[];
	total?: number;
	hasMore?: boolean;
}

/** credits/balance: all in credits, totals over the account's lifetime. */
export interface Balance {
	balance: number;
	totalPurchased: number;
	totalUsed: number;
	recentTransactions: Array<Omit<Transaction, 'siteId'>>;
}

/** What a checkout can buy. `priceCents`: in cents. */
export interface CreditPackage {
	id: string;
	name?: string;
	credits?: number;
	priceCents?: number;
}

/** credits/checkout: `url` is the Stripe page on which a person pays. No money moves before. */
export interface CheckoutSession {
	sessionId: string;
	url: string;
	package: CreditPackage;
}

export function isHistoryPage(answer: unknown): answer is HistoryPage {
	return isRecord(answer) && Array.isArray(answer.transactions) && answer.transactions.every(hasId);
}

/** What a message says of an object with transactions that is no page of them. */
isHistoryPage.misfit = (answer: unknown): string | undefined => {
	if (!isRecord(answer) || !('transactions' in answer) || isHistoryPage(answer)) return undefined;
	return Array.isArray(answer.transactions)
		? 'a transaction without an ID'
		: 'an object whose “transactions” is not a list';
};

export function isBalance(answer: unknown): answer is Balance {
	return isRecord(answer) && typeof answer.balance === 'number';
}

export function isCheckoutSession(answer: unknown): answer is CheckoutSession {
	return isRecord(answer) && typeof answer.sessionId === 'string' && typeof answer.url === 'string';
}

/** credits/packages is documented by name only: a list, or an object that holds one. */
export function isPackageList(answer: unknown): answer is CreditPackage[] | { packages: CreditPackage[] } {
	const list = isRecord(answer) ? answer.packages : answer;
	return Array.isArray(list) && list.every(hasId);
}

function hasId(row: unknown): boolean {
	return isRecord(row) && typeof row.id === 'string' && row.id !== '';
}
