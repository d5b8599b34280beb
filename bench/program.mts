import { PlainStop, stopSignal } from '../demo/stopping.mjs';

/** Prints the progress to stderr; stdout is for results. */
export type Tell = (text: string) => void;

/** Runs a program of this folder to its end. If something stops it, prints in plain words what it was. */
export function runProgram(main: (tell: Tell) => Promise<void>): void {
	const started = Date.now();
	const tell = (text: string) => console.error(`${Math.round((Date.now() - started) / 1000)} s  ${text}`);
	main(tell).catch((stopped: Error) => {
		process.exitCode = stopSignal.aborted ? 130 : 1;
		// Not the whole error object: errors of axios contain sockets and cookies.
		if (!stopSignal.aborted) console.error(stopped instanceof PlainStop ? stopped.message : stopped.stack);
	});
}
