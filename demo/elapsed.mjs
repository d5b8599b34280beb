import process from 'node:process';
import { clearInterval, setInterval } from 'node:timers';

const SHOW_EVERY_MS = process.stderr.isTTY ? 1_000 : 30_000;

/**
 * Does something that takes long, and shows the elapsed time meanwhile, e.g. “1 min 20 s”.
 * @template T
 * @param {(elapsed: string) => void} show
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function showingElapsed(show, work) {
	const started = Date.now();
	const timer = setInterval(() => show(elapsed(Date.now() - started)), SHOW_EVERY_MS);
	try {
		return await work();
	} finally {
		clearInterval(timer);
	}
}

function elapsed(/** @type {number} */ ms) {
	const seconds = Math.round(ms / 1000);
	return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
