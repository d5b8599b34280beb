import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { stateIn, type Site } from '../sites/site';
import { allSites } from '../sites/source';
import { search } from './search';

/** The websites of the account, the one with the newest file first, for the list in the field "Site". */
export async function getSites(this: ILoadOptionsFunctions, filter = ''): Promise<INodeListSearchResult> {
	// As in the browser's address bar: however the address is typed, its host is what tells sites apart.
	const words = filter.trim().replace(/^(https?:\/\/)?(www\.)?|\/+$/gi, '');
	return await search(this, words, async (client) => {
		const { sites } = await allSites(client);
		return sites
			.sort((a, b) => lastChange(b) - lastChange(a))
			.map((site) => ({ name: label(site), value: site.id, url: site.url }));
	});
}

/** Unix epoch, milliseconds; 0 where the API does not say. */
function lastChange({ createdAt, updatedAt }: Site): number {
	return Date.parse(updatedAt ?? '') || Date.parse(createdAt ?? '') || 0;
}

/** e.g. "https://example.com", or "https://example.com (processing)" while there is no file to download. */
function label({ url, status }: Site): string {
	return stateIn(status) === 'completed' ? url : `${url} (${status})`;
}
