import type { INodePropertyOptions, IPollFunctions } from 'n8n-workflow';
import { Parameters } from '../parameters';
import { endedSince, newestEnded, type KnownSites } from '../sites/known';
import { readForPoll, SECOND_PAGE } from '../sites/poll';
import { stateIn, type Site } from '../sites/site';
import { shownForEvent, type TriggerEvent } from './event';

type Outcome = 'completed' | 'failed';

const outcomes: Array<INodePropertyOptions & { value: Outcome }> = [
	{ name: 'Completed', value: 'completed', description: 'The file is ready' },
	{ name: 'Failed', value: 'failed', description: 'The file could not be generated' },
];

export const fileGenerated: TriggerEvent = {
	option: {
		name: 'File Generated',
		value: 'fileGenerated',
		description:
			'When the generation of a file is completed or has failed, however it was started. Returns one item per site.',
	},
	fields: shownForEvent('fileGenerated', [
		{
			displayName: 'Filters',
			name: 'filters',
			type: 'collection',
			placeholder: 'Add Filter',
			default: {},
			options: [
				{
					displayName: 'Outcomes',
					name: 'outcomes',
					type: 'multiOptions',
					options: outcomes,
					default: [],
					description:
						'Only trigger for generations that ended like this. If none is selected, both outcomes trigger.',
				},
			],
		},
	]),

	async poll(context, client, state, hasTime) {
		const isWanted = readFilter(context);
		const page = (state.sites as KnownSites | undefined)?.page ?? SECOND_PAGE;
		const polled = await readForPoll(client, page, hasTime);
		// Read after the requests: a poll that overlaps this one may have emitted the same sites in the meantime.
		const { ended, known } = endedSince(state.sites as KnownSites | undefined, polled, client.account);
		state.sites = known;
		return ended.filter(isWanted);
	},

	async sample(context, client) {
		const isWanted = readFilter(context);
		const { sites } = await readForPoll(client, SECOND_PAGE, () => true);
		const site = newestEnded(sites, isWanted);
		return site ? [site] : [];
	},
};

/** @throws NodeOperationError for a value that is not an outcome */
function readFilter(context: IPollFunctions): (site: Site) => boolean {
	const filters = Parameters.ofTrigger(context).collection('filters');
	const wanted: string[] = filters.choices('outcomes', { of: outcomes, noun: 'outcome' });
	return ({ status }) => wanted.length === 0 || wanted.includes(stateIn(status));
}
