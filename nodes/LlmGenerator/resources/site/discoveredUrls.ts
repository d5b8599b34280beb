import type { IDataObject } from 'n8n-workflow';
import { numberIn, type Id } from '../../shapes';
import type { ApiClient } from '../../transport/client';
import { isRecord } from '../../transport/words';

/** The most that the API returns at once. Source: API reference, discovery/get-urls. */
const PAGE_ROWS = 100;

/** All URLs that a discovery found, each once. @throws RequestError */
export async function discoveredUrls(client: ApiClient, jobId: Id): Promise<IDataObject[]> {
	const path = `/discovery/${encodeURIComponent(jobId)}/urls`;
	const urls = new Map<string, IDataObject>();
	for (let page = 1; ; page++) {
		const answer = await client.get(path, { page, limit: PAGE_ROWS }, isUrlPage);
		const known = urls.size;
		for (const row of answer.urls) urls.set(row.url, row);
		const isWhole = urls.size >= (numberIn(answer.total) ?? Infinity);
		// A page that brings nothing new is the end where the total is missing or too high.
		if (urls.size === known || (isWhole && page >= (numberIn(answer.totalPages) ?? 0)))
			return [...urls.values()];
	}
}

interface UrlPage {
	urls: Array<{ url: string }>;
	total?: unknown;
	totalPages?: unknown;
}

function isUrlPage(answer: unknown): answer is UrlPage {
	const isRow = (row: unknown) => isRecord(row) && typeof row.url === 'string';
	return isRecord(answer) && Array.isArray(answer.urls) && answer.urls.every(isRow);
}
