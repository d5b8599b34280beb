/** `npm run bench`: measures the node in a real n8n and writes docs/benchmarks.md. With --quick, one run of each. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LOCAL } from '../demo/installN8n.mts';
import { PlainStop, stopSignal } from '../demo/stopping.mjs';
import { Laboratory } from './laboratory.mts';
import { measure } from './measurements.mts';
import { writeReport } from './report.mts';
import { missed } from './targets.ts';

const DOCS = fileURLToPath(new URL('../docs/', import.meta.url));
/** A quick run's figures are for trying out: the documentation keeps those of a full one. */
const QUICK_DOCS = join(LOCAL, 'bench', 'quick');

async function main(): Promise<void> {
	const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
	const started = Date.now();
	const tell = (text: string) => console.error(`${Math.round((Date.now() - started) / 1000)} s  ${text}`);
	tell('Starting n8n and the sandbox');
	const laboratory = await Laboratory.open(stopSignal, tell);
	try {
		const figures = await measure(laboratory, values.quick ? 1 : 5, tell);
		const folder = values.quick ? QUICK_DOCS : DOCS;
		await mkdir(folder, { recursive: true });
		console.log(await writeReport(folder, figures, laboratory.program));
		await writeFile(join(LOCAL, 'bench', 'figures.json'), JSON.stringify(figures, null, '\t'));
		tell(`Written to ${relative(process.cwd(), join(folder, 'benchmarks.md'))}`);
		for (const promise of missed(figures)) {
			console.error(`Not kept: ${promise}`);
			process.exitCode = 1;
		}
	} finally {
		await laboratory.close();
	}
}

main().catch((stopped: Error) => {
	process.exitCode = stopSignal.aborted ? 130 : 1;
	// Not the whole of it: what axios throws carries sockets and cookies along.
	if (!stopSignal.aborted) console.error(stopped instanceof PlainStop ? stopped.message : stopped.stack);
});
