import { believableTransactions } from '../../../sandbox/believableTransactions';
import { Sites } from '../../../sandbox/generation/sites';
import { Ledger } from '../../../sandbox/ledger';
import type { Sandbox } from '../../../sandbox/server';
import { beginningOf, following } from './months';

/** Gives the account the transactions of a real one until shortly after this month, and the sites that they name. */
export function believableMonth(sandbox: Sandbox, month: string, timeZone: string): void {
	const now = beginningOf(following(month), timeZone) + 86_400_000;
	sandbox.ledger = new Ledger(believableTransactions({ rows: 400, seed: 7, now }));
	sandbox.sites = new Sites(sandbox.ledger);
}
