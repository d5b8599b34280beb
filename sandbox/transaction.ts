import { PACKAGES, purchaseDescription } from './packages';

export const TRANSACTION_TYPES = ['purchase', 'usage', 'refund'] as const;

export type TransactionType = (typeof TRANSACTION_TYPES)[number];

/** One row of the ledger, with the fields of the API reference, credits/history. */
export interface Transaction {
	id: string;
	type: TransactionType;
	/** Credits: positive when they are added, negative when they are used. */
	amount: number;
	description: string;
	siteId: string | null;
	/** ISO 8601 in UTC with milliseconds, so that two of them can be compared as text. */
	createdAt: string;
}

/** The ID of the nth row of an account: looks random, but is always the same, and no two are equal. */
export function transactionId(booking: number): string {
	return `txn_${(Math.imul(booking, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')}`;
}

const EXAMPLE_SITE = { domain: 'example.com', siteId: '550e8400-e29b-41d4-a716-446655440000' };

/** The default values of a row of each type. */
export const EXAMPLES: Record<TransactionType, Omit<Transaction, 'id' | 'createdAt'>> = {
	purchase: {
		type: 'purchase',
		amount: PACKAGES[0].credits,
		description: purchaseDescription(PACKAGES[0]),
		siteId: null,
	},
	usage: {
		type: 'usage',
		amount: -50,
		description: `llms.txt generation for ${EXAMPLE_SITE.domain} (enhanced)`,
		siteId: EXAMPLE_SITE.siteId,
	},
	refund: {
		type: 'refund',
		amount: 50,
		description: `Refund: llms.txt generation for ${EXAMPLE_SITE.domain} (enhanced)`,
		siteId: EXAMPLE_SITE.siteId,
	},
};
