import type { N8nApi, SavedCredential } from '../demo/n8nApi';

/** A package in the field Package, given by its ID. */
export function packageById(value: string) {
	return { __rl: true, mode: 'id', value };
}

/** The entries of the list in the field Package. */
export async function listPackages(api: N8nApi, credential: SavedCredential) {
	return api.listSearch({
		node: { type: 'n8n-nodes-llmgenerator.llmGenerator', version: 1 },
		credential,
		parameter: 'packageId',
		method: 'getPackages',
		parameters: { resource: 'credit', operation: 'createCheckout' },
	});
}
