/** The time by which jobs go on. */
export interface Clock {
	/** Milliseconds since 1970. */
	now(): number;
	/** Runs `run` once, `ms` milliseconds from now. */
	after(ms: number, run: () => void): void;
}

/** The longest time that setTimeout can wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
	now: () => Date.now(),
	after: (ms, run) => void setTimeout(run, Math.min(ms, LONGEST_TIMER_MS)).unref(),
};

/** A clock that stands still until a test advances it. */
export class ManualClock implements Clock {
	private due: Array<{ at: number; run: () => void }> = [];

	constructor(private time = Date.parse('2026-03-01T12:00:00.000Z')) {}

	now(): number {
		return this.time;
	}

	after(ms: number, run: () => void): void {
		const at = this.time + ms;
		this.due.splice(this.due.findLastIndex((other) => other.at <= at) + 1, 0, { at, run });
	}

	/** Lets this much time pass; what is due in between runs at its own time. */
	advance(ms: number): void {
		const end = this.time + ms;
		while (this.due.length > 0 && this.due[0].at <= end) {
			const [{ at, run }] = this.due.splice(0, 1);
			this.time = Math.max(this.time, at);
			run();
		}
		this.time = end;
	}
}
