import { NodeOperationError, type ILoadOptionsFunctions, type INodeListSearchResult } from 'n8n-workflow';
import { ApiClient } from '../transport/client';
import { openSession, type Limits } from '../transport/session';
import { isPackageList, type CreditPackage } from '../shapes';

/** A person waits for the list, and can enter the ID instead: so at most a minute. */
const PATIENCE: Limits = {
	deadlineMs: 15_000,
	maxWaitMs: 15_000,
	maxRejectedMs: 30_000,
	totalMs: 60_000,
};

/** The packages that a checkout can sell, for the list of the field "Package". */
export async function getPackages(this: ILoadOptionsFunctions, filter = ''): Promise<INodeListSearchResult> {
	try {
		const client = await ApiClient.open(this, openSession(this, PATIENCE));
		const answer = await client.get('/credits/packages', {}, isPackageList);
		const packages = Array.isArray(answer) ? answer : answer.packages;
		const results = packages.map((creditPackage) => ({
			name: label(creditPackage),
			value: creditPackage.id,
		}));
		const wanted = filter.trim().toLowerCase();
		return {
			results: results.filter(({ name, value }) => `${name} ${value}`.toLowerCase().includes(wanted)),
		};
	} catch (failure) {
		const { message } = failure as Error;
		throw new NodeOperationError(this.getNode(), `${message} To continue without the list, choose "By ID".`);
	}
}

/** e.g. "Pro Pack, 500 credits, 19.99". The API does not document the currency. */
function label({ id, name, credits, priceCents }: CreditPackage): string {
	const parts = [name || String(id)];
	if (typeof credits === 'number') parts.push(`${credits} ${credits === 1 ? 'credit' : 'credits'}`);
	if (typeof priceCents === 'number') parts.push((priceCents / 100).toFixed(2));
	return parts.join(', ');
}
