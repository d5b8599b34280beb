import { idOf } from '../shapes';
import type { ApiClient } from '../transport/client';
import { unlessLimited } from '../transport/unlessLimited';
import { unlessRefused } from './pages';
import type { Site } from './site';
import { sitesPage } from './source';

/**
 * How many pages of sites a poll reads at most, the first one among them, where the server returns the list in pages. n8n
 * polls once a minute, and a small plan has only a few requests for each minute.
 */
const MAX_PAGES_A_POLL = 5;
export const SECOND_PAGE = 2;

/** What a poll read of the list of sites. */
export interface PolledSites {
	/** As the API sent them, in the order in which they were read; one that moved meanwhile can be there twice. */
	sites: Site[];
	/** How many sites there are. */
	total: number;
	/** Whether the end of the list was reached. */
	isEnd: boolean;
	/** The page with which the next poll goes on. */
	page: number;
}

/**
 * The list of sites, with one request. No paging is documented; of a server that has it, the first page and the next few,
 * so that every poll costs little.
 *
 * @param from the page with which to go on after the first one
 * @throws RequestError, unless it was the rate limit that ended the reading after the first page
 */
export async function readForPoll(
	client: ApiClient,
	from: number,
	hasTime: () => boolean,
): Promise<PolledSites> {
	const { sites, total } = await sitesPage(client);
	const ids = new Set(sites.map(idOf));
	const rows = sites.length;
	let byOffset = false;
	if (ids.size >= total) return { sites, total: ids.size, isEnd: true, page: SECOND_PAGE };
	const pages = Math.ceil(total / rows);
	let page = from;
	for (let read = 1; read < MAX_PAGES_A_POLL && sites.length > 0 && hasTime(); read++) {
		const query = byOffset ? { offset: (page - 1) * rows } : { page };
		const next = await unlessLimited(unlessRefused(sitesPage(client, query)));
		if (!next) break;
		const bringsMore = next.sites.some((site) => !ids.has(idOf(site)));
		// The server may have pages by offset instead: this one is asked for again.
		if (!bringsMore && !byOffset) {
			byOffset = true;
			continue;
		}
		// The server does not page, and its count is wrong.
		if (!bringsMore && page === SECOND_PAGE) return { sites, total: ids.size, isEnd: true, page };
		sites.push(...next.sites);
		for (const site of next.sites) ids.add(idOf(site));
		if (!bringsMore || page >= pages) return { sites, total, isEnd: true, page: SECOND_PAGE };
		page += 1;
	}
	return { sites, total, isEnd: false, page };
}
