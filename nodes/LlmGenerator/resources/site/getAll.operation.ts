import type { INodePropertyOptions } from 'n8n-workflow';
import { stateIn } from '../../sites/site';
import { allSites } from '../../sites/source';
import { limitFields, readLimit } from '../limit';
import type { Operation } from '../operation';
import { options } from '../requestOptions';

/** The states that the API reference names (sites/list). */
const statuses: Array<INodePropertyOptions & { value: string }> = [
	{ name: 'Completed', value: 'completed', description: 'The file is ready' },
	{ name: 'Failed', value: 'failed', description: 'The latest generation failed' },
	{ name: 'Pending', value: 'pending', description: 'The generation has not begun yet' },
	{ name: 'Processing', value: 'processing', description: 'The file is being generated' },
];

export const getAll: Operation = {
	option: {
		name: 'Get Many',
		value: 'getAll',
		action: 'Get many sites',
		description: 'Get the websites of your account, with their status and the links to their files',
	},
	subtitle: 'Get Many Sites',
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
					displayName: 'Status',
					name: 'status',
					type: 'options',
					options: statuses,
					default: 'completed',
					description: 'Only return sites whose latest generation has this status',
				},
			],
		},
		options(),
	],

	async execute({ parameters, client }) {
		const limit = readLimit(parameters);
		const filters = parameters.collection('filters');
		const wanted = filters.choice('status', 'Status', { of: statuses, noun: 'status' });
		// The API reference names no filter, so all sites have to be looked at for one.
		const enough = wanted === undefined ? limit : undefined;
		const { sites, total, isWhole } = await allSites(client, undefined, undefined, enough);
		const chosen = sites.filter(({ status }) => wanted === undefined || stateIn(status) === wanted);
		const isEnough = limit !== undefined && chosen.length >= limit;
		if (!isWhole && !isEnough) {
			const happened = `LLM Generator says that this account has ${total} sites, but returned only ${sites.length} of them`;
			const these =
				chosen.length > 0 ? `turn off "Return All" and set "Limit" to at most ${chosen.length}` : '';
			const advice = these ? `Run this again. If this keeps happening, ${these}` : 'Run this again';
			throw parameters.rejection(`${happened}. ${advice}.`);
		}
		return chosen.slice(0, limit);
	},
};
