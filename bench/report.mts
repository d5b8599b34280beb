import axios from 'axios';
import { execa } from 'execa';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { N8nProgram } from '../demo/installN8n.mts';
import { chart } from './chart.ts';
import type { Figures } from './measurements.mts';
import { tables } from './tables.ts';
import { targets } from './targets.ts';

const TEMPLATE = new URL('./benchmarks.template.md', import.meta.url);

/** Writes benchmarks.md and images/benchmark.svg into the folder, and returns the text. */
export async function writeReport(folder: string, figures: Figures, program: N8nProgram): Promise<string> {
	const sections: Record<string, string> = {
		...tables(figures),
		targets: targets(figures),
		repetitions: String(figures.repetitions),
		machine: await machine(program),
	};
	const template = await readFile(TEMPLATE, 'utf8');
	const filled = template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
		if (name in sections) return sections[name];
		throw new Error(`The template asks for ${name}, which nothing provides`);
	});
	const file = join(folder, 'benchmarks.md');
	const text = await format(filled, { ...(await resolveConfig(file)), parser: 'markdown' });
	await mkdir(join(folder, 'images'), { recursive: true });
	await writeFile(file, text);
	await writeFile(join(folder, 'images', 'benchmark.svg'), chart(figures));
	return text;
}

async function machine({ version, node }: N8nProgram): Promise<string> {
	const { stdout: nodeOfN8n } = await execa(node, ['--version']);
	const processors = cpus();
	return [
		`- ${new Date().toISOString().slice(0, 10)}`,
		`- ${type()} ${release()} (${arch()}), ${processors.length} × ${processors[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB of memory`,
		`- n8n ${version} on Node.js ${nodeOfN8n.slice(1)}, with SQLite`,
		`- sandbox and plain script on Node.js ${process.versions.node}, plain script with axios ${axios.VERSION}`,
	].join('\n');
}
