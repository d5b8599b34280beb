import type { IDataObject } from 'n8n-workflow';
import type { Id } from '../../shapes';
import type { ApiClient } from '../../transport/client';
import { isRecord } from '../../transport/words';

/** All URLs that a discovery found, each once. @throws RequestError */
export async function discoveredUrls(client: ApiClient, jobId: Id): Promise<IDataObject[]> {
	const urls = new Map<string, IDataObject>();
	for (let page = 1, pages = 1; page <= pages; page++) {
		const path = `/discovery/${encodeURIComponent(jobId)}/urls`;
		const answer = await client.get(path, { page, limit: 100 }, isPage);
		for (const row of answer.urls) urls.set(row.url, row);
		pages = answer.totalPages;
	}
	return [...urls.values()];
}

function isPage(answer: unknown): answer is { urls: Array<{ url: string }>; totalPages: number } {
	return isRecord(answer) && Array.isArray(answer.urls);
}
