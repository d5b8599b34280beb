import { isBalance } from '../../shapes';
import type { Operation } from '../operation';
import { options } from '../requestOptions';

export const getBalance: Operation = {
	option: {
		name: 'Get Balance',
		value: 'getBalance',
		action: 'Get the credit balance',
		description: 'Get the number of credits left, bought and used',
	},
	fields: [options()],

	async execute({ client }) {
		return [{ ...(await client.get('/credits/balance/api', {}, isBalance)) }];
	},
};
