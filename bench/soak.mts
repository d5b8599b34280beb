/**
 * `npm run soak`: keeps n8n busy for ten minutes, checks every execution, and checks that memory stays flat, compared
 * with an n8n that does not run the nodes of this package. Writes its section of docs/benchmarks.md; with --minutes, writes
 * a copy in .local/bench/quick.
 */
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { PlainStop, stopSignal } from '../demo/stopping.mjs';
import { ALLOWED_PER_EXECUTION, growth, isFlat } from './flatness.ts';
import { Laboratory } from './laboratory.mts';
import { runProgram } from './program.mts';
import { soak } from './soaking.mts';
import { inBytes, writeSoakReport } from './soakReport.mts';

const FULL_MINUTES = 10;

runProgram(async (tell) => {
	const { values } = parseArgs({ options: { minutes: { type: 'string', default: String(FULL_MINUTES) } } });
	const minutes = Number(values.minutes);
	if (!(minutes > 0)) throw new PlainStop('--minutes must be a number above 0');
	tell('Starting two n8n');
	const laboratories: Laboratory[] = [];
	try {
		for (const name of ['soak', 'control']) laboratories.push(await Laboratory.open(name, stopSignal, tell));
		const [laboratory, control] = laboratories;
		const soaked = await soak(laboratory, control, minutes, tell);
		const page = await writeSoakReport(soaked, laboratory.program, minutes === FULL_MINUTES);
		tell(`Written to ${relative(process.cwd(), page)}`);
		const byNodes = growth(soaked.looks);
		const told = `with each execution, n8n holds ${inBytes(byNodes)} more than without this package; the limit is ${ALLOWED_PER_EXECUTION} bytes`;
		if (!isFlat(byNodes))
			throw new PlainStop(`Memory is not flat, or the measurements scatter too much: ${told}.`);
		tell(`Memory is flat: ${told}.`);
	} finally {
		await Promise.all(laboratories.map((laboratory) => laboratory.close()));
	}
});
