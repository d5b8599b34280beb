/** Median, minimum and maximum of several measurements. */
export interface Spread {
	median: number;
	minimum: number;
	maximum: number;
}

export function spread(values: number[]): Spread {
	const sorted = values.toSorted((a, b) => a - b);
	const middle = sorted.length >> 1;
	const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
	return { median, minimum: sorted[0], maximum: sorted[sorted.length - 1] };
}
