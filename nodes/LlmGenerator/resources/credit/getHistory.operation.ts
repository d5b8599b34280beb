import type { INodePropertyOptions } from 'n8n-workflow';
import { creditHistory } from '../../ledger/source';
import { readHistory, type HistoryQuery } from '../../ledger/query';
import type { Direction } from '../../ledger/order';
import type { TransactionType } from '../../shapes';
import type { Parameters } from '../../parameters';
import { transactionTypes } from '../../transactionTypes';
import { limitFields, readLimit } from '../limit';
import type { Operation } from '../operation';
import { options } from '../requestOptions';

const sortOrders: Array<INodePropertyOptions & { value: 'asReturned' | Direction }> = [
	{ name: 'As Returned by LLM Generator', value: 'asReturned' },
	{ name: 'Newest First', value: 'newestFirst' },
	{ name: 'Oldest First', value: 'oldestFirst' },
];

export const getHistory: Operation = {
	option: {
		name: 'Get Credit History',
		value: 'getHistory',
		action: 'Get the credit history',
		description: 'Get the credit transactions: purchases, usage and refunds',
	},
	fields: [
		...limitFields,
		{
			displayName: 'Filters',
			name: 'filters',
			type: 'collection',
			placeholder: 'Add Filter',
			default: {},
			options: [
				{
					displayName: 'Created After',
					name: 'createdAfter',
					type: 'dateTime',
					default: '',
					description: 'Only return transactions created at or after this time',
					hint: 'In the workflow’s time zone, unless the date has an offset',
				},
				{
					displayName: 'Created Before',
					name: 'createdBefore',
					type: 'dateTime',
					default: '',
					description: 'Only return transactions created before this time',
					hint: 'In the workflow’s time zone, unless the date has an offset',
				},
				{
					displayName: 'Type',
					name: 'type',
					type: 'options',
					options: transactionTypes,
					default: 'usage',
					description: 'Only return transactions of this type',
				},
			],
		},
		options([
			{
				displayName: 'Sort',
				name: 'sort',
				type: 'options',
				options: sortOrders,
				default: 'asReturned',
				description:
					'The order of the transactions. They are sorted before the limit applies: Newest First with a limit of 10 returns the 10 newest.',
			},
		]),
	],

	async execute({ parameters, client }) {
		const { type, ...query } = readQuery(parameters);
		return await readHistory(creditHistory(client, type), query, client.pagesAhead);
	},
};

/** @throws NodeOperationError for a value that cannot be used */
function readQuery(parameters: Parameters): HistoryQuery & { type?: TransactionType } {
	const filters = parameters.collection('filters');
	const from = filters.time('createdAfter', 'Created After');
	const to = filters.time('createdBefore', 'Created Before');
	checkRange(parameters, from, to);
	const sort = parameters
		.collection('options')
		.choice('sort', 'Sort', { of: sortOrders, noun: 'sort order' });
	return {
		limit: readLimit(parameters),
		type: filters.choice('type', 'Type', { of: transactionTypes, noun: 'type' }),
		from,
		to,
		sort: sort === 'asReturned' ? undefined : sort,
	};
}

/** @throws NodeOperationError if no time is at or after the one and before the other */
function checkRange(parameters: Parameters, from = -Infinity, to = Infinity): void {
	if (from < to) return;
	throw parameters.rejection(
		from === to
			? '"Created After" and "Created Before" are the same time, so no transaction can match. Set "Created Before" to a later time.'
			: '"Created After" is later than "Created Before", so no transaction can match. Swap the two.',
	);
}
