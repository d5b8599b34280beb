import { type BelievableOptions, believableTransactions } from './believableTransactions';
import { EXAMPLES, type Transaction, transactionId, type TransactionType } from './transaction';

export { type Transaction, TRANSACTION_TYPES, type TransactionType } from './transaction';

export type Order = 'newestFirst' | 'oldestFirst';

export interface LedgerOptions {
	/** What decides a row's place: when it was booked (default), or its `createdAt`, ties in booking order. */
	orderBy?: 'booking' | 'createdAt';
}

export interface PageRequest {
	limit: number;
	offset: number;
	type?: TransactionType;
	order: Order;
}

export interface Page {
	transactions: Transaction[];
	total: number;
	hasMore: boolean;
}

/**
 * An account's credit transactions. Every type has its own list, kept up to date by each booking, so that a page
 * costs its own rows and nothing more, however long the ledger is.
 */
export class Ledger {
	readonly orderBy: 'booking' | 'createdAt';
	/** Oldest first. */
	private readonly lists: Record<TransactionType | 'all', Transaction[]>;
	/** How many were ever booked; removing one does not give its ID away again. */
	private bookings: number;
	private readonly sums: Record<TransactionType, number> = { purchase: 0, usage: 0, refund: 0 };

	/** @param transactions in booking order, the one booked first in front */
	constructor(transactions: readonly Transaction[] = [], { orderBy = 'booking' }: LedgerOptions = {}) {
		this.orderBy = orderBy;
		this.bookings = transactions.length;
		const all = [...transactions];
		if (orderBy === 'createdAt') all.sort(byCreatedAt);
		this.lists = { all, purchase: [], usage: [], refund: [] };
		for (const transaction of all) {
			this.lists[transaction.type].push(transaction);
			this.sums[transaction.type] += transaction.amount;
		}
	}

	/** Adds a row, by default a usage of 50 credits made now. A `createdAt` in the past makes it a late booking. */
	book(partial: Partial<Transaction> = {}): Transaction {
		this.bookings += 1;
		const transaction: Transaction = {
			id: transactionId(this.bookings),
			createdAt: new Date().toISOString(),
			...EXAMPLES[partial.type ?? 'usage'],
			...partial,
		};
		for (const list of [this.lists.all, this.lists[transaction.type]]) {
			list.splice(this.placeOf(transaction, list), 0, transaction);
		}
		this.sums[transaction.type] += transaction.amount;
		return transaction;
	}

	/** Takes a row out as if it had never been booked; false if there is none with this ID. */
	remove(id: string): boolean {
		const transaction = this.lists.all.find((row) => row.id === id);
		if (!transaction) return false;
		for (const list of [this.lists.all, this.lists[transaction.type]]) {
			list.splice(list.indexOf(transaction), 1);
		}
		this.sums[transaction.type] -= transaction.amount;
		return true;
	}

	/** As GET /credits/history/api answers, without its limits on `limit`. */
	page({ limit, offset, type, order }: PageRequest): Page {
		const list = this.lists[type ?? 'all'];
		const total = list.length;
		const end = Math.max(0, total - offset);
		const transactions =
			order === 'oldestFirst'
				? list.slice(offset, offset + limit)
				: list.slice(Math.max(0, end - limit), end).reverse();
		return { transactions, total, hasMore: offset + transactions.length < total };
	}

	/** Every row. */
	all(order: Order): Transaction[] {
		return order === 'oldestFirst' ? [...this.lists.all] : this.lists.all.toReversed();
	}

	/** The newest `count` rows, newest first. */
	recent(count: number): Transaction[] {
		return this.page({ limit: count, offset: 0, order: 'newestFirst' }).transactions;
	}

	/** Credits left: the sum of all amounts. */
	get balance(): number {
		return this.sums.purchase + this.sums.usage + this.sums.refund;
	}

	/** Credits bought over the account's lifetime. */
	get totalPurchased(): number {
		return this.sums.purchase;
	}

	/** Credits used over the account's lifetime, as a positive number; a refund does not lower it. */
	get totalUsed(): number {
		return 0 - this.sums.usage;
	}

	private placeOf(transaction: Transaction, list: Transaction[]): number {
		if (this.orderBy === 'booking') return list.length;
		return list.findLastIndex((row) => row.createdAt <= transaction.createdAt) + 1;
	}
}

/**
 * A ledger that reads like a real account (see believableTransactions). The same `rows`, `seed` and `now` make the
 * same ledger.
 */
export function believableLedger(options?: BelievableOptions): Ledger {
	return new Ledger(believableTransactions(options));
}

function byCreatedAt(a: Transaction, b: Transaction): number {
	return a.createdAt < b.createdAt ? -1 : Number(a.createdAt > b.createdAt);
}
