/** How many bytes of memory an execution may leave behind: with one execution a minute, this is 130 MB a year. */
export const ALLOWED_PER_EXECUTION = 250;

/** Memory of the two n8n while no execution is running: what JavaScript holds after garbage collection, in bytes. */
export interface MemorySample {
	/** Number of executions so far, of each n8n. */
	executions: number;
	/** Memory of the n8n that runs the nodes of this package. */
	held: number;
	/** Memory of the n8n that does not. */
	heldByControl: number;
}

/** Bytes that the nodes leave behind with each execution, and the uncertainty of this figure. */
export interface Growth {
	perExecution: number;
	uncertainty: number;
}

/**
 * How much faster memory grows than that of the control, over the last half of the measurements: the slope of the line
 * that fits best, and twice its standard error. The first half does not count, because n8n still compiles and caches.
 */
export function growth(samples: MemorySample[]): Growth {
	const lastHalf = samples.slice(samples.length >> 1);
	const x = deviations(lastHalf.map(({ executions }) => executions));
	const y = deviations(lastHalf.map(({ held, heldByControl }) => held - heldByControl));
	const square = sum(x.map((value) => value ** 2));
	const slope = sum(x.map((value, index) => value * y[index])) / square;
	const scatter = sum(y.map((value, index) => (value - slope * x[index]) ** 2)) / (lastHalf.length - 2);
	return { perExecution: slope, uncertainty: 2 * Math.sqrt(scatter / square) };
}

/** Whether the growth is certainly within the limit. If the measurements scatter too much, it is not certain. */
export function isFlat({ perExecution, uncertainty }: Growth): boolean {
	return perExecution + uncertainty <= ALLOWED_PER_EXECUTION;
}

function deviations(values: number[]): number[] {
	const mean = sum(values) / values.length;
	return values.map((value) => value - mean);
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
