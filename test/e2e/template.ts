import type { INode, INodeParameters } from 'n8n-workflow';
import { credentialOf, type N8nApi, type SavedCredential } from '../../demo/n8nApi';
import { readTemplate } from '../templates';

/** What a user fills in after importing a template. */
export interface Blanks {
	credentials: Credentials;
	/** The values of the step Settings that differ from the template. */
	settings?: Settings;
	/** Other fields, by the name of the node. */
	fields?: Record<string, INodeParameters>;
}

/** The credential of a node, by its type or by the part of the type before the dot. */
export type Credentials = Record<string, SavedCredential>;

/** Values of the step Settings, by their names. */
export type Settings = Partial<Record<string, string | number>>;

/**
 * Imports one of the project's templates, fills in only these values, and returns its ID in n8n.
 *
 * @param name the file in `workflows/`, e.g. quick-tour
 */
export async function importTemplate(
	api: N8nApi,
	name: string,
	{ credentials, settings, fields = {} }: Blanks,
): Promise<string> {
	const template = readTemplate(name);
	for (const filled of Object.keys(fields)) {
		if (!template.nodes.some((node) => node.name === filled))
			throw new Error(`${name} has no node "${filled}"`);
	}
	const nodes = (settings ? withSettings(template.nodes, settings) : template.nodes).map((node) => ({
		...withCredential(node, credentials),
		parameters: { ...node.parameters, ...fields[node.name] },
	}));
	return api.importWorkflow({ ...template, nodes });
}

/** The step with its credential, if there is one for it. */
export function withCredential(node: INode, credentials: Credentials): INode {
	const credential = credentials[node.type] ?? credentials[node.type.split('.')[0]];
	if (!credential) return node;
	return { ...node, credentials: credentialOf(credential) };
}

/** The steps of a workflow with these values in its step Settings; what is left out keeps its value. */
export function withSettings(nodes: INode[], settings: Settings): INode[] {
	return nodes.map((node) => {
		if (node.name !== 'Settings') return node;
		const { assignments } = node.parameters.assignments as {
			assignments: Array<{ name: string; value: string | number }>;
		};
		const unknown = Object.keys(settings).filter((key) => !assignments.some(({ name }) => name === key));
		if (unknown.length > 0) throw new Error(`The step Settings has no ${unknown.join(', ')}`);
		const filledIn = assignments.map((one) => ({ ...one, value: settings[one.name] ?? one.value }));
		return { ...node, parameters: { ...node.parameters, assignments: { assignments: filledIn } } };
	});
}
