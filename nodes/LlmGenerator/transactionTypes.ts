import type { INodePropertyOptions } from 'n8n-workflow';
import type { TransactionType } from './api/types';

/** The types of a credit transaction, as fields of node and trigger offer them. */
export const transactionTypes: Array<INodePropertyOptions & { value: TransactionType }> = [
	{ name: 'Purchase', value: 'purchase', description: 'Credits that were bought' },
	{ name: 'Refund', value: 'refund', description: 'Credits that were given back' },
	{ name: 'Usage', value: 'usage', description: 'Credits that were used' },
];

/**
 * What to tell the user where a type is none of them: an expression or an AI agent may put in anything. A server that
 * does not know it may leave the filter out, and the trigger would let nothing through.
 */
export function unknownType(type: string): string | undefined {
	const known = transactionTypes.map(({ value }) => value as string);
	if (known.includes(type)) return undefined;
	return `There is no type ${JSON.stringify(type)}. The types are ${known.join(', ')}.`;
}
