import type { INodeParameters } from 'n8n-workflow';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { N8nApi, SavedCredential, WorkflowJson } from '../../demo/n8nApi';

const WORKFLOWS = resolve(__dirname, '../../workflows');

/** What a user still does after importing a template. */
export interface Blanks {
	/** Which credential a node gets: by its type, or the part of it before the dot. */
	credentials: Record<string, SavedCredential>;
	/** What is typed into the fields that the template leaves open, by node name. */
	fields?: Record<string, INodeParameters>;
}

/**
 * Imports one of the project's templates as it is, with only those blanks filled in, and returns its ID in n8n.
 *
 * @param name the file in `workflows/`, e.g. quick-tour
 */
export async function importTemplate(
	api: N8nApi,
	name: string,
	{ credentials, fields = {} }: Blanks,
): Promise<string> {
	const template = JSON.parse(await readFile(join(WORKFLOWS, `${name}.json`), 'utf8')) as WorkflowJson;
	for (const filled of Object.keys(fields)) {
		if (!template.nodes.some((node) => node.name === filled))
			throw new Error(`${name} has no node "${filled}"`);
	}
	const nodes = template.nodes.map((node) => {
		const credential = credentials[node.type] ?? credentials[node.type.split('.')[0]];
		return {
			...node,
			parameters: { ...node.parameters, ...fields[node.name] },
			...(credential && { credentials: { [credential.type]: { id: credential.id, name: credential.name } } }),
		};
	});
	return api.importWorkflow({ ...template, nodes });
}
