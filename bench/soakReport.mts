import type { N8nProgram } from '../demo/installN8n.mts';
import { ALLOWED_PER_EXECUTION, growth, isFlat, type Growth } from './flatness.ts';
import { machine } from './machine.mts';
import { filled, published, withSoak, write } from './page.mts';
import { megabytes, type Soak } from './soaking.mts';
import { ROWS } from './soakMix.ts';
import { count, table } from './tables.ts';

const TEMPLATE = new URL('./soak.template.md', import.meta.url);

/** Writes the soak section of benchmarks.md and returns the path of the page. A short run does not change docs. */
export async function writeSoakReport(soaked: Soak, program: N8nProgram, isFull: boolean): Promise<string> {
	const { looks } = soaked;
	const byNodes = growth(looks);
	const section = await filled(TEMPLATE, {
		rows: String(ROWS),
		minutes: String(soaked.minutes),
		atOnce: String(soaked.atOnce),
		looks: String(looks.length - 1),
		executions: count(looks[looks.length - 1].executions),
		requests: count(soaked.requests),
		faulty: count(soaked.faulty),
		triggered: count(soaked.triggered),
		flat: isFlat(byNodes) ? 'flat' : '**not flat**',
		allowed: String(ALLOWED_PER_EXECUTION),
		byNodes: inBytes(byNodes),
		memory: table(
			['Executions so far', 'n8n holds', 'The control holds'],
			[0, 0.25, 0.5, 0.75, 1].map((part) => {
				const look = looks[Math.round(part * (looks.length - 1))];
				return [count(look.executions), megabytes(look.held), megabytes(look.heldByControl)];
			}),
		),
		kinds: table(
			['Workflow', 'Succeeded', 'Ended with the expected message'],
			Object.entries(soaked.ended).map(([name, { well, withMessage }]) => [
				name,
				count(well),
				count(withMessage),
			]),
		),
		machine: await machine(program),
	});
	return write(withSoak(await published(), section.trim()), isFull);
}

export function inBytes({ perExecution, uncertainty }: Growth): string {
	return `${perExecution.toFixed(0)} ± ${uncertainty.toFixed(0)} bytes`;
}
