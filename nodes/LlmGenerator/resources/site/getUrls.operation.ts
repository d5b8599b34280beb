import type { IDataObject } from 'n8n-workflow';
import { readAll } from '../../paging/reader';
import { urlList } from '../../paging/urlList';
import { limitFields, readLimit } from '../limit';
import type { Operation } from '../operation';
import { options } from '../requestOptions';
import { chosenSiteId, siteField, unlessUnknown } from '../siteField';

/** Source: API reference, sites/get-mapped-urls. */
const urlStatuses = [
	{ name: 'Failed', value: 'failed' as const },
	{ name: 'Pending', value: 'pending' as const },
	{ name: 'Scraped', value: 'scraped' as const },
];

export const getUrls: Operation = {
	option: {
		name: 'Get URLs',
		value: 'getUrls',
		action: 'Get the URLs of a site',
		description: 'Get the URLs that LLM Generator found on a website, with their titles and descriptions',
	},
	subtitle: 'Get URLs of Site',
	fields: [
		siteField('The website whose URLs to get'),
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
					options: urlStatuses,
					default: 'scraped',
					description: 'Only return URLs with this status',
				},
			],
		},
		options(),
	],

	async execute({ parameters, client }) {
		const limit = readLimit(parameters);
		const status = parameters
			.collection('filters')
			.choice('status', 'Status', { of: urlStatuses, noun: 'status' });
		const siteId = await chosenSiteId(parameters, client);
		const path = `/sites/${encodeURIComponent(siteId)}/urls`;
		const urls = urlList(client, path, status === undefined ? {} : { status });
		const rows = await unlessUnknown(readAll(urls, client.pagesAhead, limit), siteId, parameters);
		return rows as IDataObject[];
	},
};
