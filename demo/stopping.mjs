// The two ways a demo ends before its time: a person ends it, or it cannot go on and says why.
/* global AbortController */
import process from 'node:process';

/** What cannot go on, told to a person: printed as it stands, without a stack. */
export class PlainStop extends Error {
	name = 'PlainStop';
}

const controller = new AbortController();

/** Aborts on Ctrl-C, on a closed terminal and on SIGTERM. A second Ctrl-C changes nothing: ending takes seconds at most. */
export const stopSignal = controller.signal;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => controller.abort());
