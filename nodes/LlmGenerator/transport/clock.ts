import { sleep } from 'n8n-workflow';

/** Time and random numbers, so that tests can replace them. */
export interface Clock {
	/** Unix epoch, milliseconds. */
	now(): number;
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** From 0 up to, but not including, 1. */
	random(): number;
}

/** Node.js runs longer timers immediately. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const clock: Clock = { now: Date.now, sleep: sleepUntilAborted, random: Math.random };

/** n8n's own sleep supports a signal only since 2.34. In older versions its timer keeps running and does nothing. */
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
