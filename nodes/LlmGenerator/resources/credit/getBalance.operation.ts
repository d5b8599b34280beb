import { isBalance } from '../../api/types';
import type { Operation } from '../operation';
import { options } from '../requestOptions';

export const getBalance: Operation = {
	option: {
		name: 'Get Balance',
		value: 'getBalance',
		action: 'Get the balance',
		description: 'Get how many credits are left, and how many were bought and used in all',
	},
	fields: [options()],

	async execute({ client }) {
		return [{ ...(await client.get('/credits/balance/api', {}, isBalance)) }];
	},
};
