/** `npm run bench`: measures the node in a real n8n and writes docs/benchmarks.md. With --quick, it runs everything once. */
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { LOCAL } from '../demo/installN8n.mts';
import { stopSignal } from '../demo/stopping.mjs';
import { TestEnvironment } from './testEnvironment.mts';
import { measure } from './measurements.mts';
import { runProgram } from './program.mts';
import { writeReport } from './report.mts';
import { missed } from './targets.ts';

runProgram(async (log) => {
	const { quick } = parseArgs({ options: { quick: { type: 'boolean', default: false } } }).values;
	log('Starting n8n and the sandbox');
	const environment = await TestEnvironment.open('n8n', stopSignal, log);
	try {
		const figures = await measure(environment, quick ? 1 : 5, log);
		const page = await writeReport(figures, environment.program, !quick);
		console.log(await readFile(page, 'utf8'));
		await writeFile(join(LOCAL, 'bench', 'figures.json'), JSON.stringify(figures, null, '\t'));
		log(`Written to ${relative(process.cwd(), page)}`);
		for (const promise of missed(figures)) {
			console.error(`Promise not met: ${promise}`);
			process.exitCode = 1;
		}
	} finally {
		await environment.close();
	}
});
