import type { Resource } from '../resource';
import { createCheckout } from './createCheckout.operation';
import { createPortalLink } from './createPortalLink.operation';
import { get } from './get.operation';

export const subscription: Resource = {
	option: { name: 'Subscription', value: 'subscription' },
	operations: [createPortalLink, createCheckout, get],
	defaultOperation: get,
};
