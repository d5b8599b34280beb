import type { Resource } from '../resource';
import { createCheckout } from './createCheckout.operation';
import { getBalance } from './getBalance.operation';
import { getHistory } from './getHistory.operation';
import { getPackages } from './getPackages.operation';

/** In the order of the Operation field: by name. A new operation: see docs/CONTRIBUTING.md. */
export const credit: Resource = {
	option: { name: 'Credit', value: 'credit' },
	operations: [createCheckout, getBalance, getHistory, getPackages],
	defaultOperation: getHistory,
};
