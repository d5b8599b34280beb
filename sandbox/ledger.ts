import { type BelievableOptions, believableTransactions } from './believableTransactions';
import {
	EXAMPLES,
	type Transaction,
	transactionId,
	TRANSACTION_TYPES,
	type TransactionType,
} from './transaction';

export { type Transaction, TRANSACTION_TYPES, type TransactionType } from './transaction';

/**
 * How the list is served. Beside the two orders of time: grouped by type or by amount (newest first within a group
 * unless the name says otherwise), or rotated, which is in order of time except for one place where it begins anew. None
 * of them ever changes the order of two rows while others come and go.
 */
export const ORDERS = [
	'newestFirst',
	'oldestFirst',
	'byType',
	'byTypeOldestFirst',
	'byAmount',
	'rotated',
	'rotatedOldestFirst',
] as const;

export type Order = (typeof ORDERS)[number];

export interface LedgerOptions {
	/** What decides a row's place: when it was booked (default), or its `createdAt`, ties in booking order. */
	orderBy?: 'booking' | 'createdAt';
	/** The share of the first rows, the oldest ones, that a rotated order serves out of place; default one third. */
	rotatedBy?: number;
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
	/** Credits that expired or were corrected by hand: in the balance, but in no row and in no total. */
	private adjusted = 0;
	/** The rows that a rotated order serves out of place. */
	private readonly rotated: Set<Transaction>;
	/** Lists that are neither newest nor oldest first, by order and type, until the next row comes or goes. */
	private readonly arranged = new Map<string, Transaction[]>();

	/** @param transactions in booking order, the one booked first in front */
	constructor(
		transactions: readonly Transaction[] = [],
		{ orderBy = 'booking', rotatedBy = 1 / 3 }: LedgerOptions = {},
	) {
		this.orderBy = orderBy;
		this.bookings = transactions.length;
		const all = [...transactions];
		if (orderBy === 'createdAt') all.sort(byCreatedAt);
		this.rotated = new Set(all.slice(0, Math.floor(rotatedBy * all.length)));
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
		this.arranged.clear();
		return transaction;
	}

	/** Lets credits expire (negative), or corrects the balance by hand, outside the books. */
	adjust(credits: number): void {
		this.adjusted += credits;
	}

	/** Takes a row out as if it had never been booked; false if there is none with this ID. */
	remove(id: string): boolean {
		const transaction = this.lists.all.find((row) => row.id === id);
		if (!transaction) return false;
		for (const list of [this.lists.all, this.lists[transaction.type]]) {
			list.splice(list.indexOf(transaction), 1);
		}
		this.sums[transaction.type] -= transaction.amount;
		this.arranged.clear();
		return true;
	}

	/** As GET /credits/history/api answers, without its limits on `limit`. */
	page({ limit, offset, type, order }: PageRequest): Page {
		const total = this.lists[type ?? 'all'].length;
		const end = Math.max(0, total - offset);
		const transactions =
			order === 'newestFirst'
				? this.lists[type ?? 'all'].slice(Math.max(0, end - limit), end).reverse()
				: this.inOrder(order, type).slice(offset, offset + limit);
		return { transactions, total, hasMore: offset + transactions.length < total };
	}

	/** Every row. */
	all(order: Order): Transaction[] {
		return order === 'newestFirst' ? this.lists.all.toReversed() : [...this.inOrder(order)];
	}

	/** The newest `count` rows, newest first. */
	recent(count: number): Transaction[] {
		return this.page({ limit: count, offset: 0, order: 'newestFirst' }).transactions;
	}

	/** Credits left: the sum of all amounts, and of what was adjusted. */
	get balance(): number {
		return this.adjusted + this.sums.purchase + this.sums.usage + this.sums.refund;
	}

	/** Credits bought over the account's lifetime. */
	get totalPurchased(): number {
		return this.sums.purchase;
	}

	/** Credits used over the account's lifetime, as a positive number; a refund does not lower it. */
	get totalUsed(): number {
		return 0 - this.sums.usage;
	}

	/** A whole list, not to be changed. */
	private inOrder(
		order: Exclude<Order, 'newestFirst'>,
		type: TransactionType | 'all' = 'all',
	): Transaction[] {
		if (order === 'oldestFirst') return this.lists[type];
		const name = `${order} ${type}`;
		const list = this.arranged.get(name) ?? this.arrange(order, this.lists[type]);
		this.arranged.set(name, list);
		return list;
	}

	private arrange(order: Order, oldestFirst: Transaction[]): Transaction[] {
		const isRising = order.endsWith('OldestFirst');
		const list = isRising ? [...oldestFirst] : oldestFirst.toReversed();
		const group = (row: Transaction): number => {
			if (order.startsWith('byType')) return TRANSACTION_TYPES.indexOf(row.type);
			if (order === 'byAmount') return row.amount;
			return Number(this.rotated.has(row) === isRising);
		};
		return list.sort((a, b) => group(a) - group(b));
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
