import type { INodeProperties } from 'n8n-workflow';
import type { Parameters } from '../parameters';

/** The same as the default of the field, where n8n’s linter requires a plain number. */
const DEFAULT_LIMIT = 50;

/** The fields that choose how many results come out: all of them, or at most so many. */
export const limitFields: INodeProperties[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		displayOptions: { show: { returnAll: [false] } },
		typeOptions: { minValue: 1 },
		default: 50,
		description: 'Max number of results to return',
	},
];

/**
 * How many results are wanted; undefined for all.
 *
 * @throws NodeOperationError for a value that cannot be used; Limit is not read where all are wanted
 */
export function readLimit(parameters: Parameters): number | undefined {
	if (parameters.flag('returnAll', 'Return All')) return undefined;
	const limit = parameters.number('limit', 'Limit', {
		least: 1,
		whole: true,
		subject: 'The limit',
		advice: 'Set it to a whole number from 1, or turn on "Return All"',
	});
	return limit ?? DEFAULT_LIMIT;
}
