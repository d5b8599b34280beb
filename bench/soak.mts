/**
 * `npm run soak`: keeps n8n busy for ten minutes, checks every execution, and checks that memory stays flat, compared
 * with an n8n that does not run the nodes of this package. Writes its section of docs/benchmarks.md; with --minutes, writes
 * a copy in .local/bench/quick.
 */
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { stopSignal, UserError } from '../demo/stopping.mjs';
import { ALLOWED_PER_EXECUTION, growth, isFlat } from './flatness.ts';
import { TestEnvironment } from './testEnvironment.mts';
import { runProgram } from './program.mts';
import { soak } from './soaking.mts';
import { inBytes, writeSoakReport } from './soakReport.mts';

const FULL_MINUTES = 10;

runProgram(async (log) => {
	const { values } = parseArgs({ options: { minutes: { type: 'string', default: String(FULL_MINUTES) } } });
	const minutes = Number(values.minutes);
	if (!(minutes > 0)) throw new UserError('--minutes must be a number above 0');
	log('Starting two n8n');
	const environments: TestEnvironment[] = [];
	try {
		for (const name of ['soak', 'control']) environments.push(await TestEnvironment.open(name, stopSignal));
		const [environment, control] = environments;
		const result = await soak(environment, control, minutes, log);
		const page = await writeSoakReport(result, environment.program, minutes === FULL_MINUTES);
		log(`Written to ${relative(process.cwd(), page)}`);
		const byNodes = growth(result.samples);
		const summary = `with each execution, n8n holds ${inBytes(byNodes)} more than without this package; the limit is ${ALLOWED_PER_EXECUTION} bytes`;
		if (!isFlat(byNodes))
			throw new UserError(`Memory is not flat, or the measurements scatter too much: ${summary}.`);
		log(`Memory is flat: ${summary}.`);
	} finally {
		await Promise.all(environments.map((environment) => environment.close()));
	}
});
