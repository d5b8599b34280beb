import type { Resource } from '../resource';
import { discover } from './discover.operation';
import { get } from './get.operation';

export const site: Resource = {
	option: { name: 'Site', value: 'site' },
	operations: [discover, get],
	defaultOperation: get,
};
