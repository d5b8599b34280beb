/** By how many bytes an execution may add to what n8n holds: at one a minute, 130 MB in a year. */
export const ALLOWED_PER_EXECUTION = 250;

/** What two n8n hold while no execution is under way: what JavaScript has when all garbage is collected, in bytes. */
export interface Look {
	/** Executions so far, of each. */
	executions: number;
	/** The n8n that runs this package's nodes. */
	held: number;
	/** The one that does not. */
	heldByControl: number;
}

/** Bytes that the nodes leave behind with each execution, and by how much chance may have moved that figure. */
export interface Growth {
	perExecution: number;
	uncertainty: number;
}

/**
 * How what is held grows beyond the control's over the last half of the looks, as the slope of the line that fits them
 * best, and twice its standard error. The first half does not count: n8n compiles and caches as it warms up.
 */
export function growth(looks: Look[]): Growth {
	const lastHalf = looks.slice(looks.length >> 1);
	const x = deviations(lastHalf.map(({ executions }) => executions));
	const y = deviations(lastHalf.map(({ held, heldByControl }) => held - heldByControl));
	const square = sum(x.map((value) => value ** 2));
	const slope = sum(x.map((value, index) => value * y[index])) / square;
	const scatter = sum(y.map((value, index) => (value - slope * x[index]) ** 2)) / (lastHalf.length - 2);
	return { perExecution: slope, uncertainty: 2 * Math.sqrt(scatter / square) };
}

/** Whether it is sure that no more is left behind than is allowed: where the looks scatter too much, it is not. */
export function isFlat({ perExecution, uncertainty }: Growth): boolean {
	return perExecution + uncertainty <= ALLOWED_PER_EXECUTION;
}

function deviations(values: number[]): number[] {
	const mean = sum(values) / values.length;
	return values.map((value) => value - mean);
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
