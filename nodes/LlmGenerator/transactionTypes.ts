import type { INodePropertyOptions } from 'n8n-workflow';
import type { TransactionType } from './shapes';

/** The types of a credit transaction, as fields of node and trigger offer them. */
export const transactionTypes: Array<INodePropertyOptions & { value: TransactionType }> = [
	{ name: 'Purchase', value: 'purchase', description: 'Credits that were bought' },
	{ name: 'Refund', value: 'refund', description: 'Credits that were refunded' },
	{ name: 'Usage', value: 'usage', description: 'Credits that were used' },
];
