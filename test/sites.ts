import type { N8nApi, SavedCredential } from '../demo/n8nApi';

/** A site in the field Site, given by its ID or its address. */
export function siteBy(mode: 'list' | 'id' | 'url', value: string) {
	return { __rl: true, mode, value };
}

/** The entries of the list in the field Site of an operation. */
export async function listSites(
	api: N8nApi,
	credential: SavedCredential,
	{ resource = 'site', operation = 'get', filter = '' } = {},
) {
	return api.listSearch({
		node: { type: 'n8n-nodes-llmgenerator.llmGenerator', version: 1 },
		credential,
		parameter: 'siteId',
		method: 'getSites',
		parameters: { resource, operation },
		filter,
	});
}
