import { sleep } from 'n8n-workflow';

/** Time and chance, so that tests can replace them. */
export interface Clock {
	/** Unix epoch, milliseconds. */
	now(): number;
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** From 0 up to, but not including, 1. */
	random(): number;
}

/** Node fires longer timers at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const clock: Clock = { now: Date.now, sleep: sleepUntilAborted, random: Math.random };

/** n8n's own sleep listens to a signal since 2.34 only. Before, its timer stays behind, and does nothing. */
async function sleepUntilAborted(ms: number, signal?: AbortSignal): Promise<void> {
	if (!signal) return await sleep(ms);
	signal.throwIfAborted();
	let onAbort = () => {};
	const aborted = new Promise<never>((_resolve, reject) => {
		onAbort = () => reject(signal.reason as Error);
		signal.addEventListener('abort', onAbort, { once: true });
	});
	try {
		await Promise.race([aborted, sleep(ms, signal)]);
	} finally {
		signal.removeEventListener('abort', onAbort);
	}
}
