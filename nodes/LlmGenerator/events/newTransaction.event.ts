import type { IDataObject, IPollFunctions } from 'n8n-workflow';
import { currentPosition, newestRow } from '../ledger/firstLook';
import { creditHistory } from '../ledger/source';
import type { LedgerPosition } from '../ledger/position';
import { readNewRows } from '../ledger/newRows';
import type { Transaction, TransactionType } from '../shapes';
import { Parameters } from '../parameters';
import { transactionTypes } from '../transactionTypes';
import { shownForEvent, type TriggerEvent } from './event';

export const newTransaction: TriggerEvent = {
	option: {
		name: 'New Credit Transaction',
		value: 'newTransaction',
		description: 'When credits are bought, used or refunded. Returns one item per transaction.',
	},
	fields: shownForEvent('newTransaction', [
		{
			displayName: 'Filters',
			name: 'filters',
			type: 'collection',
			placeholder: 'Add Filter',
			default: {},
			options: [
				{
					displayName: 'Types',
					name: 'types',
					type: 'multiOptions',
					options: transactionTypes,
					default: [],
					description:
						'Only trigger for transactions of these types. If none is selected, all types trigger.',
				},
			],
		},
	]),

	async poll(context, client, state, hasTime) {
		const types = readTypes(context);
		const ledger = creditHistory(client);
		const known = state.position as LedgerPosition | undefined;
		if (!known || known.unfinished) {
			// The first poll only remembers where the ledger ends now.
			const position = await currentPosition(ledger, hasTime, known);
			// Not if another poll of this node has ended in the meantime.
			if (seenIn(state) === known?.seen) state.position = position;
			return [];
		}
		const { rows, position } = await readNewRows(ledger, known, hasTime);
		// Another poll of this node has ended in the meantime and emitted these rows. The next poll continues from there.
		if (seenIn(state) !== known.seen) return [];
		state.position = position;
		return ofTypes(types, rows);
	},

	async sample(context, client) {
		const types = readTypes(context);
		// The server can filter by one type: then it finds the newest row, however old it is.
		const ledger = creditHistory(client, types.length === 1 ? types[0] : undefined);
		const row = await newestRow(ledger, ({ type }) => types.length === 0 || types.includes(type));
		return row ? [row] : [];
	},
};

function seenIn(state: IDataObject): string | undefined {
	return (state.position as LedgerPosition | undefined)?.seen;
}

/** @throws NodeOperationError for a value that is not a type */
function readTypes(context: IPollFunctions): TransactionType[] {
	const filters = Parameters.ofTrigger(context).collection('filters');
	return filters.choices('types', { of: transactionTypes, noun: 'type' });
}

/** The rows of these types; all if none is named. The position counts all rows, so that the filter loses nothing. */
function ofTypes(types: TransactionType[], rows: Transaction[]): Transaction[] {
	return types.length === 0 ? rows : rows.filter(({ type }) => types.includes(type));
}
