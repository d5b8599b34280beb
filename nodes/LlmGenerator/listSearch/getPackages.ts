import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { creditPackages } from '../packages';
import type { CreditPackage } from '../shapes';
import { search } from './search';

/** The packages that a checkout can sell, for the list of the field "Package". */
export async function getPackages(this: ILoadOptionsFunctions, filter = ''): Promise<INodeListSearchResult> {
	return await search(this, filter, async (client) => {
		const packages = await creditPackages(client);
		return packages.map((creditPackage) => ({ name: label(creditPackage), value: creditPackage.id }));
	});
}

/** e.g. "Pro Pack, 500 credits, 19.99". The API does not document the currency. */
function label({ id, name, credits, priceCents }: CreditPackage): string {
	const parts = [name || String(id)];
	if (typeof credits === 'number') parts.push(`${credits} ${credits === 1 ? 'credit' : 'credits'}`);
	if (typeof priceCents === 'number') parts.push((priceCents / 100).toFixed(2));
	return parts.join(', ');
}
