import type { Resource } from '../resource';
import { createCheckout } from './createCheckout.operation';
import { getBalance } from './getBalance.operation';
import { getHistory } from './getHistory.operation';

/** A new operation is one new file and one line here. */
export const credit: Resource = {
	option: { name: 'Credit', value: 'credit' },
	operations: [createCheckout, getBalance, getHistory],
	defaultOperation: getHistory,
};
