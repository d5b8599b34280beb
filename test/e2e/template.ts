import type { INodeParameters } from 'n8n-workflow';
import type { N8nApi, SavedCredential } from '../../demo/n8nApi';
import { readTemplate } from '../templates';

/** What a user fills in after importing a template. */
export interface Blanks {
	/** The credential of a node, by its type or by the part of the type before the dot. */
	credentials: Record<string, SavedCredential>;
	/** The fields that the template leaves empty, by the name of the node. */
	fields?: Record<string, INodeParameters>;
}

/**
 * Imports one of the project's templates, fills in only these values, and returns its ID in n8n.
 *
 * @param name the file in `workflows/`, e.g. quick-tour
 */
export async function importTemplate(
	api: N8nApi,
	name: string,
	{ credentials, fields = {} }: Blanks,
): Promise<string> {
	const template = readTemplate(name);
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
