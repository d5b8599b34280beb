import { readList } from '../paging/reader';
import type { Reading } from '../paging/source';
import { listOf, type LedgerSource } from './source';
import type { Transaction } from '../shapes';

/** Reads the ledger in the server's order, each row once: see `readList`. */
export function readLedger(source: LedgerSource, reading: Reading): AsyncGenerator<Transaction[], void> {
	return readList(listOf(source), reading);
}
