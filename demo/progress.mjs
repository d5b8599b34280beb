import process from 'node:process';
import { clearInterval, setInterval } from 'node:timers';
import { stopSignal } from './stopping.mjs';

/** Progress goes to stderr; stdout is for output that a program may read. */
const { stderr } = process;
const SHOW_EVERY_MS = stderr.isTTY ? 500 : 30_000;

/** What is being done at the moment: each entry says how far it is. @type {Set<() => string>} */
const running = new Set();
/** @type {NodeJS.Timeout | undefined} */
let timer;
let started = 0;

/**
 * Does something that takes long, and shows meanwhile how far it is and how long it took, in one line with everything else
 * that is being done: “Installing n8n: 1,420 of 2,113 packages · Building the node · 1 min 20 s”.
 * @template T
 * @param {() => string} describe
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function during(describe, work) {
	if (running.size === 0) {
		started = Date.now();
		timer = setInterval(show, SHOW_EVERY_MS);
	}
	running.add(describe);
	show();
	try {
		return await work();
	} finally {
		show();
		running.delete(describe);
		if (running.size === 0) {
			clearInterval(timer);
			if (stderr.isTTY) stderr.write('\n');
		}
	}
}

function show() {
	// Nothing may be printed after the message that says why the demo stops.
	if (stopSignal.aborted) return;
	const line = [...[...running].map((describe) => describe()), elapsed(Date.now() - started)].join(' · ');
	stderr.write(stderr.isTTY ? `\r\x1b[K${line.slice(0, stderr.columns - 1)}` : `${line}\n`);
}

function elapsed(/** @type {number} */ ms) {
	const seconds = Math.round(ms / 1000);
	return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
