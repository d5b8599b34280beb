import type { IDataObject, IPollFunctions } from 'n8n-workflow';
import { creditHistory } from '../api/history';
import { MAX_PAGE_ROWS } from '../api/ledgerReader';
import { currentPosition, readNews, type LedgerPosition } from '../api/ledgerPosition';
import type { Transaction, TransactionType } from '../api/types';
import { Parameters } from '../parameters';
import { transactionTypes } from '../transactionTypes';
import { shownForEvent, type TriggerEvent } from './event';

export const newTransaction: TriggerEvent = {
	option: {
		name: 'New Credit Transaction',
		value: 'newTransaction',
		description: 'When credits are bought, used or given back: one item for each transaction',
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
					description: 'Only transactions of these types. If none is chosen: all.',
				},
			],
		},
	]),

	async poll(context, client, state, mayGoOn) {
		const types = readTypes(context);
		const ledger = creditHistory(client);
		const known = state.position as unknown as LedgerPosition | undefined;
		if (!known) {
			// The first time: only where the ledger stands now.
			const position = await currentPosition(ledger);
			state.position ??= position as unknown as IDataObject;
			return [];
		}
		const { rows, position } = await readNews(ledger, known, mayGoOn);
		// Another poll of this node ended meanwhile, and emitted these rows. The next one goes on from there.
		if ((state.position as unknown as LedgerPosition).seen !== known.seen) return [];
		state.position = position as unknown as IDataObject;
		return ofTypes(types, rows) as unknown as IDataObject[];
	},

	async sample(context, client) {
		const types = readTypes(context);
		const ledger = creditHistory(client);
		const { newEnd, newestAt } = await currentPosition(ledger);
		const offset = newEnd === 'front' ? 0 : Math.max(0, newestAt + 1 - MAX_PAGE_ROWS);
		const page = await ledger.page({ limit: MAX_PAGE_ROWS, offset }, new AbortController().signal);
		const newestFirst = newEnd === 'front' ? page.transactions : page.transactions.toReversed();
		return ofTypes(types, newestFirst).slice(0, 1) as unknown as IDataObject[];
	},
};

/** @throws NodeOperationError for a type that is none */
function readTypes(context: IPollFunctions): TransactionType[] {
	const filters = Parameters.ofTrigger(context).collection('filters');
	return filters.choices('types', { of: transactionTypes, noun: 'type' });
}

/** What the user wants to see. The position moves by what was read, so that the filter loses nothing. */
function ofTypes(types: TransactionType[], rows: Transaction[]): Transaction[] {
	return types.length === 0 ? rows : rows.filter(({ type }) => types.includes(type));
}
