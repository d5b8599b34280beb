import type { N8nProgram } from '../demo/installN8n.mjs';
import { ALLOWED_PER_EXECUTION, growth, isFlat, type Growth } from './flatness.ts';
import { machine } from './machine.mts';
import { fillTemplate, publishedPage, withSection, writePage } from './page.mts';
import { megabytes, type Soak } from './soaking.mts';
import { ROWS } from './soakMix.ts';
import { count, table } from './tables.ts';

const TEMPLATE = new URL('./soak.template.md', import.meta.url);

/** Writes the soak section of benchmarks.md and returns the path of the page. A short run does not change docs. */
export async function writeSoakReport(result: Soak, program: N8nProgram, isFull: boolean): Promise<string> {
	const { samples } = result;
	const byNodes = growth(samples);
	const section = await fillTemplate(TEMPLATE, {
		rows: String(ROWS),
		minutes: String(result.minutes),
		atOnce: String(result.atOnce),
		samples: String(samples.length - 1),
		executions: count(samples[samples.length - 1].executions),
		requests: count(result.requests),
		faulty: count(result.faulty),
		triggered: count(result.triggered),
		flat: isFlat(byNodes) ? 'flat' : '**not flat**',
		allowed: String(ALLOWED_PER_EXECUTION),
		byNodes: inBytes(byNodes),
		memory: table(
			['Executions so far', 'n8n holds', 'The control holds'],
			[0, 0.25, 0.5, 0.75, 1].map((part) => {
				const sample = samples[Math.round(part * (samples.length - 1))];
				return [count(sample.executions), megabytes(sample.held), megabytes(sample.heldByControl)];
			}),
		),
		kinds: table(
			['Workflow', 'Succeeded', 'Ended with the expected message'],
			Object.entries(result.outcomes).map(([name, { succeeded, withMessage }]) => [
				name,
				count(succeeded),
				count(withMessage),
			]),
		),
		machine: await machine(program),
	});
	return writePage(withSection(await publishedPage(), 'soak', section.trim()), isFull);
}

export function inBytes({ perExecution, uncertainty }: Growth): string {
	return `${perExecution.toFixed(0)} ± ${uncertainty.toFixed(0)} bytes`;
}
