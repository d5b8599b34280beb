import { hasId, idOf, numberIn, type Id } from '../shapes';
import type { ApiClient } from '../transport/client';
import type { RequestHints } from '../transport/errors';
import { isRecord } from '../transport/words';
import { stateIn, type Site } from './site';

/** @property isWhole whether there is no other site */
export interface SiteList {
	sites: Site[];
	isWhole: boolean;
}

/** How many pages of sites are read at most. */
const MAX_SITE_PAGES = 50;

/** All sites. No paging is documented; a server that has it says how many sites there are. */
export async function allSites(
	client: ApiClient,
	signal?: AbortSignal,
	hints?: RequestHints,
): Promise<SiteList> {
	const sites = new Map<string, Site>();
	for (let page = 1; page <= MAX_SITE_PAGES; page++) {
		const answer = await sitesPage(client, page, signal, hints);
		const known = sites.size;
		for (const site of answer.sites) sites.set(idOf(site), { ...site, status: stateIn(site.status) });
		if (sites.size >= answer.total) return { sites: [...sites.values()], isWhole: true };
		if (sites.size === known) break;
	}
	return { sites: [...sites.values()], isWhole: false };
}

/** One page of the list, sites as the API sends them. `total`: how many sites there are, 0 where the API does not say. */
export async function sitesPage(
	client: ApiClient,
	page: number,
	signal?: AbortSignal,
	hints?: RequestHints,
): Promise<{ sites: Site[]; total: number }> {
	const query = page === 1 ? {} : { page };
	const { sites, total } = await client.get('/sites', query, isSiteList, signal, hints);
	return { sites, total: numberIn(total) ?? 0 };
}

/** One site, with its last options. Source: API reference, sites/get-details. */
export async function siteDetails(client: ApiClient, siteId: Id, signal?: AbortSignal): Promise<Site> {
	const site = await client.get(`/sites/${encodeURIComponent(siteId)}`, {}, isSite, signal);
	return { ...site, status: stateIn(site.status) };
}

function isSiteList(answer: unknown): answer is { sites: Site[]; total?: unknown } {
	return isRecord(answer) && Array.isArray(answer.sites) && answer.sites.every(isSite);
}

function isSite(answer: unknown): answer is Site {
	return hasId(answer) && typeof answer.url === 'string' && typeof answer.status === 'string';
}
