// The script of an OwnProcess imports this.
import process from 'node:process';
import { stopSignal } from '../demo/stopping.mjs';
import type { ProcessRequest, ProcessResponse } from './ownProcess.ts';

const stopping = new AbortController();
process.once('disconnect', () => stopping.abort());
stopSignal.addEventListener('abort', () => stopping.abort());

/** Aborts when the test process closes the channel or exits, and on Ctrl-C. */
export const testEnded: AbortSignal = stopping.signal;

/**
 * Handles the requests of the test process until it closes the channel. After that, the script stops what it started.
 *
 * @param handlers by the name of the request: each gets the argument, and returns what can be sent, e.g. a port
 */
export async function serveTests(
	handlers: Record<string, (argument: never) => Promise<object>>,
): Promise<void> {
	const running: Array<Promise<void>> = [];
	process.on('message', ({ id, name, argument }: ProcessRequest) => {
		const handled = handlers[name](argument as never).then(
			(result) => respond({ id, result }),
			(error: Error) => respond({ id, error: error.message }),
		);
		running.push(handled);
	});
	if (!testEnded.aborted) await new Promise((resolve) => testEnded.addEventListener('abort', resolve));
	await Promise.all(running);
	if (process.connected) process.disconnect();
}

function respond(response: ProcessResponse): void {
	if (process.connected) process.send?.(response);
}
