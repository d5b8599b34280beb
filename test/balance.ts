import type { Ledger } from '../sandbox/ledger';

/** Books a purchase or a use, so that so many credits are left. */
export function setBalance(ledger: Ledger, credits: number): void {
	const amount = credits - ledger.balance;
	if (amount !== 0) ledger.book({ type: amount > 0 ? 'purchase' : 'usage', amount });
}
