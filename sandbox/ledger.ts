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
 * The order in which the API returns the list. There are two orders by time. There are also lists grouped by type or by
 * amount (newest first within a group, unless the name says otherwise), and rotated lists: ordered by time, except for
 * one place where the order starts again. In every order, two rows keep their order when other rows are added or removed.
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
	/** What rows are ordered by: when they were added (default), or `createdAt`, with ties in the order they were added. */
	orderBy?: 'booking' | 'createdAt';
	/** The share of the oldest initial rows that a rotated order moves to another place; default one third. */
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
 * The credit transactions of an account. Every type has its own list, and each new row updates it. So the time for a page
 * depends only on the rows of this page, not on the length of the ledger.
 */
export class Ledger {
	readonly orderBy: 'booking' | 'createdAt';
	/** Oldest first. */
	private readonly lists: Record<TransactionType | 'all', Transaction[]>;
	/** Number of rows that were ever added. The ID of a removed row is not used again. */
	private bookings: number;
	private readonly sums: Record<TransactionType, number> = { purchase: 0, usage: 0, refund: 0 };
	/** Credits that expired or were corrected by hand: in the balance, but in no row and in no total. */
	private adjusted = 0;
	/** The rows that a rotated order moves to another place. */
	private readonly rotated: Set<Transaction>;
	/** Cached lists in the other orders, by order and type; cleared when a row is added or removed. */
	private readonly arranged = new Map<string, Transaction[]>();

	/** @param transactions in the order they were added, the first one first */
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

	/** Adds a row, by default a use of 50 credits at the current time. With a `createdAt` in the past, it is a late row. */
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

	/** Removes a row as if it had never existed; returns false if no row has this ID. */
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

	/** The response of GET /credits/history/api, but without a maximum for `limit`. */
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

	/** A complete list. Do not change it. */
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
 * A ledger that looks like that of a real account (see believableTransactions). The same `rows`, `seed` and `now` give
 * the same ledger.
 */
export function believableLedger(options?: BelievableOptions): Ledger {
	return new Ledger(believableTransactions(options));
}

function byCreatedAt(a: Transaction, b: Transaction): number {
	return a.createdAt < b.createdAt ? -1 : Number(a.createdAt > b.createdAt);
}
