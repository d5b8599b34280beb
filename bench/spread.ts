/** Median, minimum and maximum of several measurements. */
export interface Spread {
	median: number;
	least: number;
	most: number;
}

export function spread(values: number[]): Spread {
	const rising = values.toSorted((a, b) => a - b);
	const middle = rising.length >> 1;
	const median = rising.length % 2 ? rising[middle] : (rising[middle - 1] + rising[middle]) / 2;
	return { median, least: rising[0], most: rising[rising.length - 1] };
}
