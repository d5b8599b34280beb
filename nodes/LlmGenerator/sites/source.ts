import { hasId, idOf, numberIn, type Id } from '../shapes';
import type { ApiClient } from '../transport/client';
import type { RequestHints } from '../transport/errors';
import { isRecord } from '../transport/words';
import type { Site } from './site';

/** @property isWhole whether there is no other site */
export interface SiteList {
	sites: Site[];
	isWhole: boolean;
}

/** An end for a server whose pages have none. */
const MAX_SITE_PAGES = 1000;

/**
 * All sites as the API sends them, or at least `enough` of them. No paging is documented; a server that has it says how many
 * sites there are (`total`).
 *
 * @throws RequestError
 */
export async function allSites(
	client: ApiClient,
	signal?: AbortSignal,
	hints?: RequestHints,
	enough = Infinity,
): Promise<SiteList & { total: number }> {
	const sites = new Map<string, Site>();
	for (let page = 1; ; page++) {
		const answer = await sitesPage(client, page, signal, hints);
		const known = sites.size;
		for (const site of answer.sites) if (!sites.has(idOf(site))) sites.set(idOf(site), site);
		const isWhole = sites.size >= answer.total;
		if (isWhole || sites.size === known || sites.size >= enough || page === MAX_SITE_PAGES) {
			return { sites: [...sites.values()], total: Math.max(answer.total, sites.size), isWhole };
		}
	}
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

/** One site as the API sends it, with its last options. Source: API reference, sites/get-details. */
export async function siteDetails(client: ApiClient, siteId: Id, signal?: AbortSignal): Promise<Site> {
	return await client.get(`/sites/${encodeURIComponent(siteId)}`, {}, isSite, signal);
}

function isSiteList(answer: unknown): answer is { sites: Site[]; total?: unknown } {
	return isRecord(answer) && Array.isArray(answer.sites) && answer.sites.every(isSite);
}

function isSite(answer: unknown): answer is Site {
	return hasId(answer) && typeof answer.url === 'string' && typeof answer.status === 'string';
}
