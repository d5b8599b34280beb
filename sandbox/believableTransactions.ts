import { PACKAGES, purchaseDescription } from './packages';
import { seededRandom } from './random';
import { type Transaction, transactionId } from './transaction';

export interface BelievableOptions {
	/** Number of transactions. */
	rows?: number;
	/** The same seed and the same `now` give the same transactions. */
	seed?: number;
	/** The current time; the transactions are from the 90 days before it. */
	now?: Date | number;
}

/**
 * Transactions, oldest first, that look like those of a real account: purchases of packages, uses for a few sites, some
 * refunds, some transactions with the same time. The balance is never negative. With two rows or more, it ends between
 * 110 and 210 credits, so that a few generations reduce it below 100.
 */
export function believableTransactions({
	rows = 300,
	seed = 1,
	now = Date.now(),
}: BelievableOptions = {}): Transaction[] {
	const random = seededRandom(seed);
	const moments = momentsBefore(Number(now), rows, random);
	const sites = DOMAINS.map((domain) => ({ domain, siteId: uuid(random) }));
	const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)];

	let balance = 0;
	const transactions: Transaction[] = [];
	for (const [index, createdAt] of moments.entries()) {
		const settling = rows - index <= SETTLING_ROWS;
		const row = nextRow(settling);
		balance += row.amount;
		transactions.push({ id: transactionId(index + 1), ...row, createdAt });
	}
	return transactions;

	function nextRow(settling: boolean): Row {
		const previous = transactions.at(-1);
		if (
			previous?.type === 'usage' &&
			random() < REFUND_SHARE &&
			!(settling && balance - previous.amount > END_BALANCE.max)
		) {
			return refundOf(previous);
		}
		const floor = settling ? END_BALANCE.min : 0;
		const affordable = GENERATIONS.filter(({ credits }) => balance - credits >= floor);
		if (affordable.length === 0) return purchaseOf(settling ? PACKAGES[0] : pick(PACKAGES));
		// Only the most expensive generation reduces a high balance fast enough.
		const generation =
			settling && balance > END_BALANCE.max ? affordable[affordable.length - 1] : pick(affordable);
		return usageOf(generation, pick(sites));
	}
}

/** The last rows bring the balance into its final range; 45 generations use up the largest package. */
const SETTLING_ROWS = 45;
const END_BALANCE = { min: 110, max: 210 };
const REFUND_SHARE = 0.04;
const TIE_SHARE = 0.03;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Cheapest first. 50 credits for an enhanced one is the example in the API reference. */
const GENERATIONS = [
	{ method: 'simple', credits: 10 },
	{ method: 'enhanced', credits: 50 },
] as const;

type Row = Omit<Transaction, 'id' | 'createdAt'>;

function usageOf(
	{ method, credits }: (typeof GENERATIONS)[number],
	{ domain, siteId }: { domain: string; siteId: string },
): Row {
	return {
		type: 'usage',
		amount: -credits,
		description: `llms.txt generation for ${domain} (${method})`,
		siteId,
	};
}

function refundOf({ amount, description, siteId }: Transaction): Row {
	return { type: 'refund', amount: -amount, description: `Refund: ${description}`, siteId };
}

function purchaseOf(bought: (typeof PACKAGES)[number]): Row {
	return {
		type: 'purchase',
		amount: bought.credits,
		description: purchaseDescription(bought),
		siteId: null,
	};
}

/** Ascending times in whole seconds that end shortly before `now`; some occur twice. */
function momentsBefore(now: number, rows: number, random: () => number): string[] {
	const start = now - 89 * DAY_MS;
	const step = (now - start) / rows;
	const moments: string[] = [];
	for (let index = 0; index < rows; index++) {
		const tied = index > 0 && random() < TIE_SHARE;
		const moment = Math.floor((start + step * (index + random())) / 1000) * 1000;
		moments.push(tied ? moments[index - 1] : new Date(moment).toISOString());
	}
	return moments;
}

function uuid(random: () => number): string {
	const hex = (digits: number) =>
		Math.floor(random() * 16 ** digits)
			.toString(16)
			.padStart(digits, '0');
	return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(6)}${hex(6)}`;
}

/** Reserved for examples (RFC 2606), so that none of them belongs to anybody. */
const DOMAINS = [
	'example.com',
	'docs.example.com',
	'shop.example.com',
	'harbour-coffee.example',
	'northwind-tools.example',
	'blog.northwind-tools.example',
	'lindenhof-hotel.example',
	'openrouting.example',
	'docs.openrouting.example',
	'petra-keramik.example',
	'atlas-cycling.example',
	'quietmail.example',
];
