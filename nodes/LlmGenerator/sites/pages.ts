import { NumberedPages } from '../paging/numberedPages';
import { readAll } from '../paging/reader';
import type { ListPage, ListSource } from '../paging/source';
import { idOf } from '../shapes';
import type { RequestError } from '../transport/errors';
import type { Site } from './site';

/** What the API sends of its list of sites. `total`: how many sites there are, 0 where the API does not say. */
export interface SitesPage {
	sites: Site[];
	total: number;
}

/** Asks for the list of sites. `query`: the part of it, for a server that serves it in parts. */
export type AskForSites = (query: Record<string, number>, signal?: AbortSignal) => Promise<SitesPage>;

/** The statuses with which servers refuse a query that they do not know, or a page that they do not have. */
const REFUSALS = ['400', '404', '422'];

/** The server has parts, but they do not make a whole. */
class NotWhole extends Error {}

/**
 * The sites of a server that returns only a part of them at once. No paging is documented, so this looks which one it has:
 * by number, or by offset.
 *
 * @param first the part that comes without a query
 * @param wanted at most so many sites
 * @returns undefined where the others cannot be read
 * @throws RequestError
 */
export async function sitesInPages(
	ask: AskForSites,
	first: Site[],
	reading: { ahead: number; wanted?: number },
): Promise<Site[] | undefined> {
	const known = new Set(first.map(idOf));
	const ways: Array<{ second: Record<string, number>; list: ListSource<Site> }> = [
		{ second: { page: 2 }, list: byNumber(ask) },
		{ second: { offset: known.size }, list: byOffset(ask) },
	];
	for (const { second, list } of ways) {
		const { sites } = await unlessRefused(ask(second));
		const others = sites.filter((site) => !known.has(idOf(site)));
		// Where a query is ignored, the first part comes again, at most with a site that is new since.
		if (others.length <= sites.length / 2) continue;
		const all = await readAll(list, reading.ahead, reading.wanted).catch(unlessNotWhole);
		if (all) return all;
	}
	return undefined;
}

function unlessNotWhole(failure: unknown): undefined {
	if (!(failure instanceof NotWhole)) throw failure;
}

/** A page without sites where the server does not know the query, or does not have the page. @throws RequestError */
export async function unlessRefused(asked: Promise<SitesPage>): Promise<SitesPage> {
	return await asked.catch(async (failure: RequestError) =>
		REFUSALS.includes(failure.httpCode ?? '') ? { sites: [], total: 0 } : await Promise.reject(failure),
	);
}

const LIST = {
	name: 'list of sites',
	keyOf: idOf,
	unreadable: (happened: string) => new NotWhole(happened),
};

function byNumber(ask: AskForSites): ListSource<Site> {
	return new NumberedPages<Site>({
		...LIST,
		page: async (asked, signal) => rowsOf(await unlessRefused(ask(asked, signal))),
	});
}

function byOffset(ask: AskForSites): ListSource<Site> {
	return {
		...LIST,
		page: async ({ offset, limit }, signal) => rowsOf(await unlessRefused(ask({ offset, limit }, signal))),
	};
}

function rowsOf({ sites, total }: SitesPage): ListPage<Site> {
	return { rows: sites, total: total === 0 ? undefined : total };
}
