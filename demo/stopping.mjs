// The demo stops early in two cases: the user stops it, or it cannot continue and says why.
/* global AbortController */
import process from 'node:process';

/** A message for the user that says why the program cannot continue: printed without a stack. */
export class UserError extends Error {
	name = 'UserError';
}

const controller = new AbortController();

/** Aborts on Ctrl-C, on a closed terminal and on SIGTERM. A second Ctrl-C has no effect: stopping takes only seconds. */
export const stopSignal = controller.signal;

export const stop = () => controller.abort();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
