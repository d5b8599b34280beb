import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 200;
/** What is waited for takes seconds; this is for a busy machine. Less than a test may take, or nobody would hear why. */
const LIMIT_MS = 60_000;

type NotYet = false | undefined;

/**
 * Looks again and again until there is something to see, and returns it.
 *
 * @param otherwise what to say when the time is up; a function is asked only then, e.g. for the end of a log
 */
export async function until<T>(
	look: () => T | NotYet | Promise<T | NotYet>,
	otherwise: string | (() => string | Promise<string>),
	limitMs = LIMIT_MS,
): Promise<T> {
	const giveUpAt = Date.now() + limitMs;
	for (;;) {
		const seen = await look();
		if (seen) return seen;
		if (Date.now() > giveUpAt) throw new Error(typeof otherwise === 'string' ? otherwise : await otherwise());
		await sleep(LOOK_EVERY_MS);
	}
}

/** Tries again and again until it comes through, and returns what came. When the time is up, it throws as it did last. */
export async function eventually<T>(attempt: () => T | Promise<T>, limitMs = LIMIT_MS): Promise<T> {
	let thrown: unknown;
	const tried = async () => {
		try {
			return { came: await attempt() };
		} catch (unmet) {
			thrown = unmet;
			return undefined;
		}
	};
	const rethrow = () => {
		throw thrown;
	};
	return (await until(tried, rethrow, limitMs)).came;
}
