import { creditPackages } from '../../packages';
import type { Operation } from '../operation';
import { options } from '../requestOptions';

export const getPackages: Operation = {
	option: {
		name: 'Get Packages',
		value: 'getPackages',
		action: 'Get the credit packages',
		description: 'Get the credit packages that can be bought, with their prices',
	},
	fields: [options()],

	async execute({ client }) {
		return await creditPackages(client);
	},
};
