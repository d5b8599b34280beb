import { stopSignal, UserError } from '../demo/stopping.mjs';

/** Prints the progress to stderr; stdout is for results. */
export type Log = (text: string) => void;

/** Runs a program of this folder to its end. If it cannot continue, prints why. */
export function runProgram(main: (log: Log) => Promise<void>): void {
	const started = Date.now();
	const log = (text: string) => console.error(`${Math.round((Date.now() - started) / 1000)} s  ${text}`);
	main(log).catch((error: Error) => {
		process.exitCode = stopSignal.aborted ? 130 : 1;
		// Not the whole error object: errors of axios contain sockets and cookies.
		if (!stopSignal.aborted) console.error(error instanceof UserError ? error.message : error.stack);
	});
}
