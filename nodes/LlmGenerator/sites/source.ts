import { hasId, idOf, numberIn, type Id } from '../shapes';
import type { ApiClient } from '../transport/client';
import type { RequestHints } from '../transport/errors';
import { isRecord } from '../transport/words';
import { sitesInPages, type AskForSites, type SitesPage } from './pages';
import type { Site } from './site';

/**
 * @property isWhole whether there is no other site
 * @property total how many sites there are, as far as the API says
 */
export interface SiteList {
	sites: Site[];
	isWhole: boolean;
	total?: number;
}

/**
 * All sites as the API sends them and in its order, or at least `enough` of them. Without a word from the API about how many
 * sites there are, what it sends is all of them.
 *
 * @throws RequestError
 */
export async function allSites(
	client: ApiClient,
	signal?: AbortSignal,
	hints?: RequestHints,
	enough = Infinity,
): Promise<SiteList> {
	const ask: AskForSites = async (query, ended) => {
		const stop = signal && ended ? AbortSignal.any([signal, ended]) : (signal ?? ended);
		const { sites, total } = await client.get('/sites', query, isSiteList, stop, hints);
		return { sites, total: numberIn(total) ?? 0 };
	};
	const { sites: sent, total } = await ask({});
	const sites = [...new Map(sent.map((site) => [idOf(site), site])).values()];
	// The count of a server that sends a site twice includes both.
	const isWhole = sent.length >= total;
	if (isWhole || sites.length >= enough) return { sites, isWhole, total };
	const all = await sitesInPages(ask, sites, { ahead: client.pagesAhead, wanted: enough });
	if (!all) return { sites, isWhole: false, total };
	return { sites: all, isWhole: all.length < enough, total: Math.max(total, all.length) };
}

/** The list, or the part of it that the query names, for a server that has parts. */
export async function sitesPage(
	client: ApiClient,
	query: { page?: number; offset?: number } = {},
): Promise<SitesPage> {
	const { sites, total } = await client.get('/sites', query, isSiteList);
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
