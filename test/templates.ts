import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { WorkflowJson } from '../demo/n8nApi';

const FOLDER = resolve(__dirname, '../workflows');

/** The workflows that users import, by the names of their files without `.json`, e.g. quick-tour. */
export const templateNames = readdirSync(FOLDER)
	.filter((file) => file.endsWith('.json'))
	.map((file) => file.slice(0, -'.json'.length));

export function templateText(name: string): string {
	return readFileSync(join(FOLDER, `${name}.json`), 'utf8');
}

export function readTemplate(name: string): WorkflowJson {
	return JSON.parse(templateText(name)) as WorkflowJson;
}
