import type { Resource } from '../resource';
import { discover } from './discover.operation';
import { get } from './get.operation';
import { getAll } from './getAll.operation';
import { getUrls } from './getUrls.operation';

export const site: Resource = {
	option: { name: 'Site', value: 'site' },
	operations: [discover, get, getAll, getUrls],
	defaultOperation: get,
};
