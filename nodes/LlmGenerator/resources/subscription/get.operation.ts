import { isSubscription } from '../../shapes';
import type { Operation } from '../operation';
import { options } from '../requestOptions';

/** For the messages of the request. */
const HINTS = {
	advice: {
		404: 'This account may never have had a subscription. If it has one, check the Base URL in the LLM Generator API credential',
	},
};

export const get: Operation = {
	option: {
		name: 'Get',
		value: 'get',
		action: 'Get the subscription',
		description: 'Get the subscription of your account, if there is one: its plan, status and current period',
	},
	subtitle: 'Get Subscription',
	fields: [options()],

	async execute({ client }) {
		const path = '/subscriptions/current/api';
		return [{ ...(await client.get(path, {}, isSubscription, undefined, HINTS)) }];
	},
};
