import { PlainStop, stopSignal } from '../demo/stopping.mjs';

/** Says on the terminal how far it is; standard output is for results. */
export type Tell = (text: string) => void;

/** Runs a program of this folder to its end, and says in plain words what stopped it, if something did. */
export function runProgram(main: (tell: Tell) => Promise<void>): void {
	const started = Date.now();
	const tell = (text: string) => console.error(`${Math.round((Date.now() - started) / 1000)} s  ${text}`);
	main(tell).catch((stopped: Error) => {
		process.exitCode = stopSignal.aborted ? 130 : 1;
		// Not the whole of it: what axios throws carries sockets and cookies along.
		if (!stopSignal.aborted) console.error(stopped instanceof PlainStop ? stopped.message : stopped.stack);
	});
}
