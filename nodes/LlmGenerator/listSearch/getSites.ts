import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import type { Site } from '../sites/site';
import { allSites } from '../sites/source';
import { search } from './search';

/** The websites of the account, the one with the newest file first, for the list in the field "Site". */
export async function getSites(this: ILoadOptionsFunctions, filter = ''): Promise<INodeListSearchResult> {
	return await search(this, filter, async (client) => {
		const { sites } = await allSites(client);
		return sites
			.sort((a, b) => lastChange(b) - lastChange(a))
			.map((site) => ({ name: label(site), value: site.id, url: site.url }));
	});
}

/** Unix epoch, milliseconds; 0 where the API does not say. */
function lastChange({ createdAt = '', updatedAt = createdAt }: Site): number {
	return Date.parse(updatedAt) || 0;
}

/** e.g. "https://example.com", or "https://example.com (processing)" while there is no file to download. */
function label({ url, status }: Site): string {
	return status === 'completed' ? url : `${url} (${status})`;
}
