import {
	NodeOperationError,
	tryToParseDateTime,
	type IDataObject,
	type IExecuteFunctions,
} from 'n8n-workflow';
import { creditHistory, readLedger } from '../../api/history';
import { bookedAt, OrderProof, sorted, type Direction } from '../../api/order';
import type { Transaction, TransactionType } from '../../api/types';
import { transactionTypes, unknownType } from '../../transactionTypes';
import { shownFor, type Operation } from '../operation';
import { requestOptions } from '../requestOptions';

export const getHistory: Operation = {
	option: {
		name: 'Get Credit History',
		value: 'getHistory',
		action: 'Get the credit history',
		description: 'Get the purchases, uses and refunds of credits, one item each',
	},
	fields: shownFor('credit', 'getHistory', [
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
					description: 'Only transactions at or after this time',
					hint: 'In the time zone of the workflow, unless it has an offset of its own',
				},
				{
					displayName: 'Created Before',
					name: 'createdBefore',
					type: 'dateTime',
					default: '',
					description: 'Only transactions before this time',
					hint: 'In the time zone of the workflow, unless it has an offset of its own',
				},
				{
					displayName: 'Type',
					name: 'type',
					type: 'options',
					options: transactionTypes,
					default: 'usage',
					description: 'Only transactions of this type',
				},
			],
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add Option',
			default: {},
			options: [
				...requestOptions.slice(0, 2),
				{
					displayName: 'Sort',
					name: 'sort',
					type: 'options',
					options: [
						{ name: 'As Returned by LLM Generator', value: 'asReturned' },
						{ name: 'Newest First', value: 'newestFirst' },
						{ name: 'Oldest First', value: 'oldestFirst' },
					],
					default: 'asReturned',
					description:
						'The order of the transactions. It comes before the limit: with Newest First and a limit of 10 you get the 10 newest.',
				},
				...requestOptions.slice(2),
			],
		},
	]),
	requestOptionsIn: 'options',

	async execute(context, client, itemIndex) {
		const wish = readWish(context, itemIndex);
		const source = creditHistory(client, wish.type);
		const { rowsToRead, isEnough, isWanted } = plan(wish);
		const rows: Transaction[] = [];
		const order = new OrderProof();
		const reading = { wanted: rowsToRead, ahead: client.pagesAhead, mayStopEarly: wish.usesDates };
		for await (const page of readLedger(source, reading)) {
			const undated = wish.usesDates && page.find((row) => Number.isNaN(bookedAt(row)));
			if (undated)
				throw source.unreadable(`Transaction ${undated.id} has no date, which a filter or the order needs`);
			order.add(page);
			for (const row of page) if (isWanted(row)) rows.push(row);
			if (isEnough(page, rows.length, order.direction)) break;
		}
		const result = wish.sort ? sorted(rows, wish.sort) : rows;
		return result.slice(0, wish.limit) as unknown as IDataObject[];
	},
};

interface Wish {
	limit?: number;
	type?: TransactionType;
	/** Unix epoch, milliseconds. */
	from?: number;
	to?: number;
	sort?: Direction;
	usesDates: boolean;
}

/** @throws NodeOperationError for a limit or a date that is none */
function readWish(context: IExecuteFunctions, itemIndex: number): Wish {
	const read = (name: string, fallback?: unknown) => context.getNodeParameter(name, itemIndex, fallback);
	const refuse = (message: string) => new NodeOperationError(context.getNode(), message, { itemIndex });
	const filters = read('filters', {}) as IDataObject;
	const { sort } = read('options', {}) as IDataObject;

	const time = (label: string, value: unknown): number | undefined => {
		if (value === undefined || value === null || value === '') return undefined;
		const parsed = parseTime(value, context.getTimezone());
		if (parsed !== undefined) return parsed;
		throw refuse(
			`"${label}" is ${JSON.stringify(value)}, which is no date. Type it like 2026-01-31T09:00:00.`,
		);
	};
	const limit = read('returnAll') ? undefined : Number(read('limit'));
	if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1)) {
		const given = Number.isNaN(read('limit')) ? 'no number' : JSON.stringify(read('limit'));
		throw refuse(`The limit is ${given}. Set it to a whole number from 1, or turn on "Return All".`);
	}
	const type = (filters.type as TransactionType) || undefined;
	const noType = type && unknownType(type);
	if (noType) throw refuse(noType);
	const [from, to] = [
		time('Created After', filters.createdAfter),
		time('Created Before', filters.createdBefore),
	];
	if (from !== undefined && to !== undefined && from > to) {
		throw refuse('"Created After" is later than "Created Before", so nothing can lie between. Swap the two.');
	}
	const direction = sort === 'newestFirst' || sort === 'oldestFirst' ? sort : undefined;
	return {
		limit,
		type,
		from,
		to,
		sort: direction,
		usesDates: from !== undefined || to !== undefined || direction !== undefined,
	};
}

/** Unix epoch, milliseconds; undefined for what is no date. */
function parseTime(value: unknown, timezone: string): number | undefined {
	try {
		const parsed = tryToParseDateTime(value, timezone);
		const day = /^\d{4}-\d{2}-\d{2}/.exec(String(value))?.[0];
		// n8n's parser falls back to JavaScript's, which takes "5" for a year and 30 February for 2 March.
		const asTyped =
			typeof value === 'string' ? value.length >= 8 && (!day || parsed.toISODate() === day) : true;
		return asTyped ? parsed.toMillis() : undefined;
	} catch {
		return undefined;
	}
}

/** How far to read, which rows to keep, and when to stop. */
function plan({ limit, from = -Infinity, to = Infinity, sort, usesDates }: Wish) {
	return {
		// The server can count for us only where nothing is left out or sorted here.
		rowsToRead: usesDates ? undefined : limit,
		isWanted: (row: Transaction) => !usesDates || (bookedAt(row) >= from && bookedAt(row) < to),
		/** `direction`: as the pages read so far prove it. What is not proven is read to the end. */
		isEnough(page: Transaction[], found: number, direction?: Direction): boolean {
			if (found >= (limit ?? Infinity) && (!sort || sort === direction)) return true;
			if (direction === 'newestFirst') return page.every((row) => bookedAt(row) < from);
			return direction === 'oldestFirst' && page.every((row) => bookedAt(row) >= to);
		},
	};
}
