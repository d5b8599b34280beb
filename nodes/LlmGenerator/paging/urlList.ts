import type { ApiClient } from '../transport/client';
import { listError, type RequestError } from '../transport/errors';
import { isRecord } from '../transport/words';
import { hasId, idOf, numberIn } from '../shapes';
import { NumberedPages } from './numberedPages';
import type { ListSource } from './source';

/** A URL that LLM Generator knows. Source: API reference, sites/get-mapped-urls, discovery/get-urls (without the ID). */
export type ListedUrl = Record<string, unknown>;

/** `total`, `page` and `totalPages` are documented, but may be missing or wrong. */
interface UrlPage {
	urls: ListedUrl[];
	total?: unknown;
	totalPages?: unknown;
}

/**
 * A list of URLs whose pages go by number, to be read once (`readAll`).
 *
 * @param path e.g. "/sites/7/urls"; `query`: its filters, without page and limit
 */
export function urlList(
	client: ApiClient,
	path: string,
	query: Record<string, string> = {},
): ListSource<ListedUrl> {
	/** How many pages there are, as the API said last. */
	let claimedPages = 0;
	const unreadable = (happened: string) =>
		listError(client.node, client.summary({ method: 'GET', path, query }), happened);
	return new NumberedPages({
		name: 'list of URLs',
		page: async (asked, signal) => {
			const answer = client.get(path, { ...query, ...asked }, isUrlPage, signal);
			const { urls, total, totalPages } = await answer.catch(async (failure: RequestError) => {
				// Some servers have no page past the end. Where the list itself is gone, the first page says so.
				if (asked.page === 1 || failure.httpCode !== '404') return await Promise.reject<UrlPage>(failure);
				if (asked.page > claimedPages) return { urls: [] };
				throw unreadable(
					`LLM Generator did not find page ${asked.page} of the list of URLs, although it has ${claimedPages}`,
				);
			});
			claimedPages = numberIn(totalPages) ?? claimedPages;
			return { rows: urls, total, totalPages };
		},
		keyOf: (row) => (hasId(row) ? `id ${idOf(row)}` : `url ${String(row.url)}`),
		unreadable,
	});
}

function isUrlPage(answer: unknown): answer is UrlPage {
	return isRecord(answer) && Array.isArray(answer.urls) && answer.urls.every(isListedUrl);
}

/** What a message says about an object with URLs that is not a page of them. */
isUrlPage.misfit = (answer: unknown): string | undefined => {
	if (!isRecord(answer) || !('urls' in answer) || isUrlPage(answer)) return undefined;
	return Array.isArray(answer.urls) ? 'a URL without an ID' : 'an object whose “urls” is not a list';
};

function isListedUrl(row: unknown): row is ListedUrl {
	return isRecord(row) && (hasId(row) || (typeof row.url === 'string' && row.url !== ''));
}
