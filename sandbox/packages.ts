export interface CreditPackage {
	id: string;
	name: string;
	/** Credits that a purchase adds to the balance. */
	credits: number;
	/** US cents. */
	priceCents: number;
}

/** The packages that a checkout can buy. `pkg_pro` is the example in the API reference. */
export const PACKAGES: readonly CreditPackage[] = [
	{ id: 'pkg_starter', name: 'Starter Pack', credits: 100, priceCents: 499 },
	{ id: 'pkg_pro', name: 'Pro Pack', credits: 500, priceCents: 1999 },
	{ id: 'pkg_business', name: 'Business Pack', credits: 2000, priceCents: 5999 },
];

/** The description of a purchase in the ledger. */
export function purchaseDescription({ name, credits }: CreditPackage): string {
	return `Credit purchase: ${name} (${credits} credits)`;
}
