import axios from 'axios';
import { Agent } from 'node:http';

const PAGE_ROWS = 100;

/**
 * Reads a ledger with `rows` rows without n8n, `atOnce` pages in parallel. Like n8n, it opens a new connection for each
 * request. It knows where every page begins, so it does not need to wait for one page before it requests the next.
 *
 * @returns the IDs of the rows, in order
 */
export async function readPages(
	api: { baseUrl: string; apiKey: string },
	rows: number,
	atOnce: number,
): Promise<string[]> {
	const http = axios.create({
		baseURL: api.baseUrl,
		headers: { Authorization: `Bearer ${api.apiKey}` },
		httpAgent: new Agent({ keepAlive: false }),
		proxy: false,
	});
	const pages = new Array<string[]>(Math.ceil(rows / PAGE_ROWS));
	let next = 0;
	const reader = async () => {
		while (next < pages.length) {
			const page = next++;
			const params = { limit: PAGE_ROWS, offset: page * PAGE_ROWS };
			const { data } = await http.get<{ transactions: Array<{ id: string }> }>('/credits/history/api', {
				params,
			});
			pages[page] = data.transactions.map(({ id }) => id);
		}
	};
	await Promise.all(Array.from({ length: atOnce }, reader));
	return pages.flat();
}
