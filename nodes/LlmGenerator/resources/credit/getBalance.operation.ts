import { isBalance } from '../../api/types';
import { shownFor, type Operation } from '../operation';
import { requestOptions } from '../requestOptions';

export const getBalance: Operation = {
	option: {
		name: 'Get Balance',
		value: 'getBalance',
		action: 'Get the balance',
		description: 'Get how many credits are left, and how many were bought and used in all',
	},
	fields: shownFor('credit', 'getBalance', [
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add Option',
			default: {},
			options: requestOptions,
		},
	]),
	requestOptionsIn: 'options',

	async execute(_context, client) {
		return [{ ...(await client.get('/credits/balance/api', {}, isBalance)) }];
	},
};
