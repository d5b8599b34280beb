import axios from 'axios';
import { execa } from 'execa';
import { arch, cpus, release, totalmem, type } from 'node:os';
import type { N8nProgram } from '../demo/installN8n.mjs';

/** When and on which machine the figures were measured, as a list. */
export async function machine({ version, node }: N8nProgram): Promise<string> {
	const { stdout: nodeOfN8n } = await execa(node, ['--version']);
	const processors = cpus();
	return [
		`- ${new Date().toISOString().slice(0, 10)}`,
		`- ${type()} ${release()} (${arch()}), ${processors.length} × ${processors[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB of memory`,
		`- n8n ${version} on Node.js ${nodeOfN8n.slice(1)}, with SQLite`,
		`- everything else on Node.js ${process.versions.node}, with axios ${axios.VERSION}`,
	].join('\n');
}
