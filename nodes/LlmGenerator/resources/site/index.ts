import type { Resource } from '../resource';
import { get } from './get.operation';

export const site: Resource = {
	option: { name: 'Site', value: 'site' },
	operations: [get],
	defaultOperation: get,
};
