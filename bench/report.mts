import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { N8nProgram } from '../demo/installN8n.mjs';
import { chart } from './chart.ts';
import { machine } from './machine.mts';
import { generationSection } from './generationReport.mts';
import type { Figures } from './measurements.mts';
import { fillTemplate, publishedPage, sectionIn, writePage } from './page.mts';
import { count, tables } from './tables.ts';
import { targets } from './targets.ts';

const TEMPLATE = new URL('./benchmarks.template.md', import.meta.url);

/** Writes benchmarks.md and images/benchmark.svg, and returns the path of the page. A quick run does not change docs. */
export async function writeReport(figures: Figures, program: N8nProgram, isFull: boolean): Promise<string> {
	const page = await fillTemplate(TEMPLATE, {
		...tables(figures),
		targets: targets(figures),
		repetitions: String(figures.repetitions),
		loadExecutions: count(figures.load.executions),
		loadRows: count(figures.load.rows),
		loadDelay: String(figures.load.delayMs),
		machine: await machine(program),
		generation: await generationSection(figures.generation, program),
		soak: sectionIn(await publishedPage(), 'soak'),
	});
	const file = await writePage(page, isFull);
	await writeFile(join(dirname(file), 'images', 'benchmark.svg'), chart(figures));
	return file;
}
