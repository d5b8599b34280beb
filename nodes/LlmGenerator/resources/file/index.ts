import type { Resource } from '../resource';
import { download } from './download.operation';
import { generate } from './generate.operation';
import { getStatus } from './getStatus.operation';

export const file: Resource = {
	option: { name: 'File', value: 'file' },
	operations: [download, generate, getStatus],
	defaultOperation: getStatus,
};
