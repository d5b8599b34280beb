import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { credentialOf, type N8nApi, type SavedCredential, type WorkflowJson } from './n8nApi.ts';

const FOLDER = fileURLToPath(new URL('../workflows/', import.meta.url));
const QUICK_TOUR = 'quick-tour.json';
const GENERATE = 'generate-llms-txt.json';

/** The IDs in n8n of the workflows that the demo points to. */
export interface FirstWorkflows {
	quickTour: string;
	generate: string;
}

interface Imported {
	id: string;
	/** A hash of the template and the credential. */
	version: string;
}

/**
 * Imports all templates into n8n. Changes that the user made to a workflow are kept, unless the template itself has changed
 * or the workflow was deleted from n8n.
 */
export async function importTemplates(
	api: N8nApi,
	credential: SavedCredential,
	home: string,
): Promise<FirstWorkflows> {
	const importedFile = join(home, 'templates.json');
	const imported = await readImported(importedFile);
	for (const file of await templates()) {
		const earlier = imported[file];
		imported[file] = await importTemplate(api, file, credential, earlier);
		await writeFile(importedFile, JSON.stringify(imported));
	}
	return { quickTour: imported[QUICK_TOUR].id, generate: imported[GENERATE].id };
}

/** Those that the demo points to are last, because n8n lists the latest change first. */
async function templates(): Promise<string[]> {
	const first = [GENERATE, QUICK_TOUR];
	const others = (await readdir(FOLDER)).filter((file) => file.endsWith('.json') && !first.includes(file));
	return [...others.sort(), ...first];
}

async function importTemplate(
	api: N8nApi,
	file: string,
	credential: SavedCredential,
	earlier?: Imported,
): Promise<Imported> {
	const text = await readFile(join(FOLDER, file), 'utf8');
	const version = createHash('sha256').update(text).update(credential.id).digest('hex');
	const isThere = earlier !== undefined && (await api.workflow(earlier.id)) !== undefined;
	if (isThere && earlier.version === version) return earlier;

	const workflow = withCredential(JSON.parse(text) as WorkflowJson, credential);
	return { id: await api.importWorkflow(workflow, isThere ? earlier.id : undefined), version };
}

/** Sets the credential in every node of this package: the file itself has none, because it is for everyone. */
function withCredential(workflow: WorkflowJson, credential: SavedCredential): WorkflowJson {
	const nodes = workflow.nodes.map((node) =>
		node.type.startsWith('n8n-nodes-llmgenerator.')
			? { ...node, credentials: credentialOf(credential) }
			: node,
	);
	return { ...workflow, nodes };
}

async function readImported(file: string): Promise<Record<string, Imported>> {
	try {
		return JSON.parse(await readFile(file, 'utf8')) as Record<string, Imported>;
	} catch {
		return {};
	}
}
