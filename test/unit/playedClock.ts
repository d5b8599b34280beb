import type { Clock } from '../../nodes/LlmGenerator/transport/clock';
import { seededRandom } from '../../sandbox/random';

/** Simulated time, which starts at 0 and passes only when nothing else is left to do; random numbers are always the same. */
export class PlayedClock implements Clock {
	readonly random = seededRandom(1);
	/** The duration of each sleep, in milliseconds. */
	readonly slept: number[] = [];
	private time = 0;
	private due: Array<{ at: number; run: () => void }> = [];

	readonly now = () => this.time;

	async sleep(ms: number, signal?: AbortSignal): Promise<void> {
		signal?.throwIfAborted();
		this.slept.push(ms);
		await new Promise<void>((resolve, reject) => {
			const end = () => reject(signal?.reason as Error);
			signal?.addEventListener('abort', end, { once: true });
			this.after(ms, () => {
				signal?.removeEventListener('abort', end);
				resolve();
			});
		});
	}

	after(ms: number, run: () => void): void {
		const at = this.time + ms;
		const place = this.due.findLastIndex((other) => other.at <= at) + 1;
		this.due.splice(place, 0, { at, run });
	}

	/** @throws what `finished` rejects with, or an error if nothing is left that could settle it */
	async runUntil<T>(finished: Promise<T>): Promise<T> {
		const state = { over: false };
		const end = () => (state.over = true);
		finished.then(end, end);
		for (let steps = 0; ; steps++) {
			await new Promise(setImmediate);
			if (state.over) return await finished;
			const next = this.due.shift();
			if (!next) throw new Error('nothing is left that could settle it');
			if (steps > 20_000) throw new Error('it does not end');
			this.time = Math.max(this.time, next.at);
			next.run();
		}
	}
}
