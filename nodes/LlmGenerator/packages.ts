import { isPackageList, type CreditPackage } from './shapes';
import type { ApiClient } from './transport/client';

/** The packages that a checkout can sell, as the API sends them. @throws RequestError */
export async function creditPackages(client: ApiClient): Promise<CreditPackage[]> {
	const answer = await client.get('/credits/packages', {}, isPackageList);
	return Array.isArray(answer) ? answer : answer.packages;
}
