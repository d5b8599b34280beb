import { setTimeout as sleep } from 'node:timers/promises';

const CHECK_INTERVAL_MS = 200;
/** Most waits take seconds, more on a busy machine. It is shorter than the timeout of a test, so that the message is shown. */
const LIMIT_MS = 60_000;

type NotYet = false | undefined;

/**
 * Checks again and again until the result is truthy, and returns it.
 *
 * @param otherwise the message of the error when the time is up; a function is called only then, e.g. to read a log
 */
export async function until<T>(
	check: () => T | NotYet | Promise<T | NotYet>,
	otherwise: string | (() => string | Promise<string>),
	limitMs = LIMIT_MS,
): Promise<T> {
	const deadline = Date.now() + limitMs;
	for (;;) {
		const result = await check();
		if (result) return result;
		if (Date.now() > deadline) throw new Error(typeof otherwise === 'string' ? otherwise : await otherwise());
		await sleep(CHECK_INTERVAL_MS);
	}
}

/** Tries again and again until an attempt succeeds, and returns its result. When the time is up, throws the last error. */
export async function eventually<T>(attempt: () => T | Promise<T>, limitMs = LIMIT_MS): Promise<T> {
	let lastError: unknown;
	const tryOnce = async () => {
		try {
			return { result: await attempt() };
		} catch (error) {
			lastError = error;
			return undefined;
		}
	};
	const rethrow = () => {
		throw lastError;
	};
	return (await until(tryOnce, rethrow, limitMs)).result;
}

/** Does something again and again as long as something else is going on, and returns the result of that. */
export async function meanwhile<T>(ongoing: Promise<T>, step: () => Promise<void>): Promise<T> {
	let isOver = false;
	const result = ongoing.finally(() => (isOver = true));
	while (!isOver) await step();
	return result;
}
