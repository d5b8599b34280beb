import type { Resource } from '../resource';
import { generate } from './generate.operation';
import { getStatus } from './getStatus.operation';

export const file: Resource = {
	option: { name: 'File', value: 'file' },
	operations: [generate, getStatus],
	defaultOperation: getStatus,
};
