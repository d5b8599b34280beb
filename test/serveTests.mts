// The script of an OwnProcess begins with this.
import process from 'node:process';
import { stopSignal } from '../demo/stopping.mjs';
import type { Answer, Question } from './ownProcess.ts';

const ending = new AbortController();
process.once('disconnect', () => ending.abort());
stopSignal.addEventListener('abort', () => ending.abort());

/** Aborts once the test process has closed the channel or is gone, and on Ctrl-C. */
export const ended: AbortSignal = ending.signal;

/**
 * Does what the test process asks for, until it wants nothing more; then the script ends what it started.
 *
 * @param offers by the name it is asked for: gets what the question is about, and returns what can be sent, e.g. a port
 */
export async function serveTests(offers: Record<string, (about: never) => Promise<object>>): Promise<void> {
	const underWay: Array<Promise<void>> = [];
	process.on('message', ({ id, what, about }: Question) => {
		const answered = offers[what](about as never).then(
			(answer) => tell({ id, answer }),
			(stopped: Error) => tell({ id, stopped: stopped.message }),
		);
		underWay.push(answered);
	});
	if (!ended.aborted) await new Promise((resolve) => ended.addEventListener('abort', resolve));
	await Promise.all(underWay);
	if (process.connected) process.disconnect();
}

function tell(answer: Answer): void {
	if (process.connected) process.send?.(answer);
}
