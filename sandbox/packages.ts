export interface CreditPackage {
	id: string;
	name: string;
	/** What a purchase adds to the balance. */
	credits: number;
	/** US cents. */
	priceCents: number;
}

/** What a checkout can buy. `pkg_pro` is the API reference's own example. */
export const PACKAGES: readonly CreditPackage[] = [
	{ id: 'pkg_starter', name: 'Starter Pack', credits: 100, priceCents: 499 },
	{ id: 'pkg_pro', name: 'Pro Pack', credits: 500, priceCents: 1999 },
	{ id: 'pkg_business', name: 'Business Pack', credits: 2000, priceCents: 5999 },
];

/** How the purchase of a package reads in the ledger. */
export function purchaseDescription({ name, credits }: CreditPackage): string {
	return `Credit purchase: ${name} (${credits} credits)`;
}
