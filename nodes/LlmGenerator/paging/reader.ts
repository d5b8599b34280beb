import { Pass } from './pass';
import type { ListSource, Reading } from './source';

/** How often reading begins again at the front, where not one row that was read could be found any more. */
const MAX_PASSES = 5;

/**
 * Reads a list in the server's order. Every row that was there when reading began, and was not removed meanwhile,
 * comes exactly once, whatever moves in between; rows that arrive meanwhile may come or not.
 *
 * @returns the rows, in portions; leaving the loop ends all requests
 * @throws NodeApiError if a request fails for good, or the pages cannot be joined
 */
export async function* readList<Row>(source: ListSource<Row>, reading: Reading): AsyncGenerator<Row[], void> {
	const { wanted = Infinity } = reading;
	const returned = new Set<string>();
	const leaving = new AbortController();
	let count = 0;
	try {
		for (let begun = 1; begun <= MAX_PASSES; begun++) {
			// A pass that begins again has to get past the rows that were returned before.
			const pass = new Pass(
				source,
				begun === 1 ? reading : { ...reading, wanted: undefined },
				leaving.signal,
			);
			for await (const portion of pass.read()) {
				const rows = portion.filter((row) => !returned.has(source.keyOf(row))).slice(0, wanted - count);
				count += rows.length;
				if (rows.length > 0) yield rows;
				if (count >= wanted) return;
			}
			if (pass.isAtEnd) return;
			for (const key of pass.chain.keys) returned.add(key);
		}
	} finally {
		leaving.abort();
	}
	throw source.unreadable(`The ${source.name} changed faster than it could be read`);
}

/**
 * The rows of a list, each once.
 *
 * @param wanted at most so many; all where it is left out
 * @param ahead pages asked for side by side
 */
export async function readAll<Row>(source: ListSource<Row>, ahead: number, wanted?: number): Promise<Row[]> {
	const all: Row[] = [];
	for await (const rows of readList(source, { wanted, ahead })) for (const row of rows) all.push(row);
	return all;
}
