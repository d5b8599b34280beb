/**
 * `npm run bench`: measures the node in a real n8n and writes docs/benchmarks.md. With --generation, it measures only
 * generations and downloads, and writes only their section. With --quick, it runs everything once and writes a copy.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { LOCAL } from '../demo/installN8n.mjs';
import { stopSignal } from '../demo/stopping.mjs';
import { TestEnvironment } from './testEnvironment.mts';
import { measureGeneration } from './generation.mts';
import { writeGenerationReport } from './generationReport.mts';
import { measure } from './measurements.mts';
import { runProgram } from './program.mts';
import { writeReport } from './report.mts';
import { missed } from './targets.ts';

const SWITCH = { type: 'boolean', default: false } as const;

runProgram(async (log) => {
	const { quick, generation } = parseArgs({ options: { quick: SWITCH, generation: SWITCH } }).values;
	const repetitions = quick ? 1 : 5;
	log('Starting n8n and the sandbox');
	const environment = await TestEnvironment.open('n8n', stopSignal);
	try {
		if (generation) {
			const figures = await measureGeneration(environment, repetitions, log);
			await show(await writeGenerationReport(figures, environment.program, !quick), figures);
			return;
		}
		const figures = await measure(environment, repetitions, log);
		await show(await writeReport(figures, environment.program, !quick), figures);
		for (const promise of missed(figures)) {
			console.error(`Promise not met: ${promise}`);
			process.exitCode = 1;
		}
	} finally {
		await environment.close();
	}

	async function show(page: string, figures: object): Promise<void> {
		console.log(await readFile(page, 'utf8'));
		await writeFile(join(LOCAL, 'bench', 'figures.json'), JSON.stringify(figures, null, '\t'));
		log(`Written to ${relative(process.cwd(), page)}`);
	}
});
