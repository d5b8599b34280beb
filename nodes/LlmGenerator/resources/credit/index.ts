import type { INodeProperties } from 'n8n-workflow';
import { createCheckout } from './createCheckout.operation';
import { getBalance } from './getBalance.operation';
import { getHistory } from './getHistory.operation';

/** In the order of the Operation field. A new operation is one new file and one line here. */
export const creditOperations = [createCheckout, getBalance, getHistory];

export const creditDescription: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['credit'] } },
		options: creditOperations.map(({ option }) => option),
		// It changes nothing.
		default: 'getHistory',
	},
	...creditOperations.flatMap(({ fields }) => fields),
];
