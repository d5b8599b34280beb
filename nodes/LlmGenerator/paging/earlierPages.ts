/** How many other pages may be the first one again although the server claims more: chance, while rows arrive, explains a few. */
const MAX_REPEATS = 2;

/**
 * The first and last rows of the pages of each size. Past the end of a list, some servers send its last page again: it would
 * look like one that moved back there.
 */
export class EarlierPages {
	/** Size and number of a page → its rows, when it was last asked for. */
	private readonly rows = new Map<string, string>();
	/** Size of a page and its rows → number. */
	private readonly numbers = new Map<string, number>();
	/** The pages that were the first one again, although the server claims more. */
	private readonly firstAgain = new Set<number>();

	/** @param sameAgain makes the error for a server that takes no notice of the page's number */
	constructor(private readonly sameAgain: () => Error) {}

	/** Takes notice of a page by the keys of its rows, and returns the number of an earlier page that had the same rows. */
	add(page: number, limit: number, keys: string[]): number | undefined {
		const rows = JSON.stringify([keys.length, keys[0], keys[keys.length - 1]]);
		const earlier = [1, this.numbers.get(`${limit} ${rows}`)].find(
			(number) => number !== undefined && number < page && this.rows.get(placeOf(number, limit)) === rows,
		);
		this.rows.set(placeOf(page, limit), rows);
		if (earlier === undefined) this.numbers.set(`${limit} ${rows}`, page);
		if (page > 1 && earlier !== 1) this.firstAgain.clear();
		return earlier;
	}

	/** @throws NodeApiError if it is always the first page that comes, although the server claims more */
	refuse(page: number): void {
		this.firstAgain.add(page);
		if (this.firstAgain.size > MAX_REPEATS) throw this.sameAgain();
	}
}

/** There is only one first page, however many rows it was asked for. */
function placeOf(page: number, limit: number): string {
	return page === 1 ? '1' : `${limit} ${page}`;
}
