import type { IDataObject, INode } from 'n8n-workflow';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SavedCredential, WorkflowJson } from '../demo/n8nApi';
import type { Sandbox } from '../sandbox/server';
import { callWithItems, onCallWorkflow } from './onCall';
import { generatorStep } from './steps';

/** A request that was sent before a stop may arrive later, on a busy machine. */
const LATE_REQUESTS_MS = 1_000;
/** Longer than the pauses at the beginning of a wait. */
const AFTERWARDS_MS = 4_000;

/** The name of the step in these workflows. */
export const GENERATE = 'Generate';

/** The parameters of Generate, for the site that the input item names. */
export function generation(options: IDataObject = {}): INode['parameters'] {
	return { resource: 'file', operation: 'generate', url: '={{ $json.url }}', options } as INode['parameters'];
}

/** Generates the file of each site that its webhook is called with. It responds as soon as it has started. */
export function generateOnCall(
	path: string,
	credential: SavedCredential,
	options: IDataObject = {},
): WorkflowJson {
	return onCallWorkflow(path, generatorStep(GENERATE, generation(options), credential));
}

/** Calls its webhook. */
export async function callWithSites(n8nUrl: string, path: string, urls: string[]): Promise<void> {
	await callWithItems(
		n8nUrl,
		path,
		urls.map((url) => ({ url })),
	);
}

/** The addresses of the sites whose generation n8n has bought, in the order they were started. Each was charged once. */
export function bought({ jobs, ledger }: Sandbox): string[] {
	const started = jobs.list({ startedBy: 'api' });
	const ids = new Set(started.map(({ site }) => site.id));
	const rows = ledger
		.all('oldestFirst')
		.filter(({ type, siteId }) => type === 'usage' && ids.has(siteId ?? ''));
	if (rows.length !== started.length) throw new Error(`${started.length} jobs, ${rows.length} charges`);
	return started.map(({ site }) => site.url);
}

/** The requests that ask how jobs and sites stand. */
export function asked({ requests }: Sandbox) {
	return requests.entries.filter(({ method }) => method === 'GET');
}

/** The number of requests that come although asking should have stopped. */
export async function requestsAfterStop({ requests }: Sandbox): Promise<number> {
	await sleep(LATE_REQUESTS_MS);
	const before = requests.entries.length;
	await sleep(AFTERWARDS_MS);
	return requests.entries.length - before;
}
