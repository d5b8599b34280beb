import { loadOutputSchema } from 'n8n-core';
import type { IDataObject } from 'n8n-workflow';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { subscriptionTo } from '../../sandbox/subscription/subscription';
import { runNode } from './n8n';

/** Where n8n looks for the preview. */
const nodeDir = join(__dirname, '../../dist/nodes/LlmGenerator');

interface Schema {
	type: string;
	properties?: Record<string, Schema>;
	items?: Schema;
}

let sandbox: Sandbox;
beforeAll(async () => {
	sandbox = await startSandbox({ ledger: { rows: 30, seed: 1 } });
});
afterAll(() => sandbox.close());

test.each([
	['getHistory', { filters: { type: 'usage' } }],
	['getBalance', {}],
	['getPackages', {}],
	['createCheckout', { packageId: { __rl: true, mode: 'id', value: 'pkg_pro' } }],
])('%s: the preview before the first run shows the output fields', async (operation, parameters) => {
	const preview = loadOutputSchema({ nodeDir, version: 1, resource: 'credit', operation });

	const credential = { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl };
	const { items } = await runNode({ parameters: { operation, ...parameters }, credential });
	const withSite = items.find(({ json }) => json.siteId !== null);
	expect(shapeOfPreview(preview as unknown as Schema)).toEqual(shapeOf(withSite?.json));
});

test.each(['get', 'getAll'])('site, %s: the preview shows what comes out', async (operation) => {
	const [{ id }] = sandbox.sites.all();
	const siteId = { __rl: true, mode: 'id', value: id };
	const preview = loadOutputSchema({ nodeDir, version: 1, resource: 'site', operation });
	const credential = { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl };
	const { items } = await runNode({ parameters: { resource: 'site', operation, siteId }, credential });
	const shown = Object.keys(shapeOfPreview(preview as unknown as Schema) as object);
	expect(shown.sort()).toEqual(Object.keys(items[0].json).sort());
});

test('download: the preview shows the fields that come out, and the file is binary data beside them', async () => {
	const [{ id }] = sandbox.sites.all();
	const parameters = {
		resource: 'file',
		operation: 'download',
		siteId: { __rl: true, mode: 'id', value: id },
	};
	const preview = loadOutputSchema({ nodeDir, version: 1, resource: 'file', operation: 'download' });
	const credential = { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl };
	const { items } = await runNode({ parameters, credential });
	expect(shapeOfPreview(preview as unknown as Schema)).toEqual(shapeOf(items[0].json));
	expect(items[0].binary).toHaveProperty('data');
});

test.each([
	['generate', { url: 'https://example.com', options: { showFullText: true } }],
	['getStatus', {}],
])('file, %s: the preview shows what comes out in either manner of the API', async (operation, fields) => {
	const preview = loadOutputSchema({ nodeDir, version: 1, resource: 'file', operation });
	const shown = shapeOfPreview(preview as unknown as Schema) as object;

	sandbox.ledger.book({ type: 'purchase', amount: 5000 });
	const credential = { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl };
	const seen = {};
	for (const manner of ['queued', 'synchronous'] as const) {
		Object.assign(sandbox.generation, { manner, durationMs: 100 });
		const job = sandbox.jobs.start({ url: 'https://example.com', options: { showFullText: true } });
		sandbox.jobs.finish(job);
		const parameters = { resource: 'file', operation, jobId: job.id, ...fields };
		const { items } = await runNode({ parameters, credential });
		Object.assign(seen, shapeOf(items[0].json));
	}
	expect(seen).toEqual(shown);
});

test('subscription: the previews show fields that come out', async () => {
	const credential = { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl };
	for (const operation of ['createCheckout', 'createPortalLink', 'get']) {
		const current = subscriptionTo('professional', 'monthly', Date.now());
		sandbox.subscription = operation === 'createCheckout' ? null : current;
		const preview = loadOutputSchema({ nodeDir, version: 1, resource: 'subscription', operation });
		const { items } = await runNode({ parameters: { resource: 'subscription', operation }, credential });
		// The API reference says little about the answer to a checkout, so the preview shows what it has to have.
		expect(shapeOf(items[0].json)).toMatchObject(shapeOfPreview(preview as unknown as Schema) as object);
	}
});

test('getUrls: the preview shows the fields that come out', async () => {
	const [{ id }] = sandbox.sites.all();
	const parameters = {
		resource: 'site',
		operation: 'getUrls',
		siteId: { __rl: true, mode: 'id', value: id },
		filters: { status: 'scraped' },
	};
	const preview = loadOutputSchema({ nodeDir, version: 1, resource: 'site', operation: 'getUrls' });
	const credential = { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl };
	const { items } = await runNode({ parameters, credential });
	const full = items.find(({ json }) => Object.values(json).every((value) => value !== null));
	expect(shapeOfPreview(preview as unknown as Schema)).toEqual(shapeOf(full?.json));
});

test('discover: the preview shows what comes out for one URL', async () => {
	const preview = loadOutputSchema({ nodeDir, version: 1, resource: 'site', operation: 'discover' });
	sandbox.ledger.book({ type: 'purchase', amount: 5000 });
	sandbox.discovery.durationMs = 300;
	const parameters = { resource: 'site', operation: 'discover', url: 'https://example.com' };
	const credential = { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl };
	const { items } = await runNode({ parameters, credential });
	const dated = items.find(({ json }) => json.lastModified !== null);
	expect(shapeOfPreview(preview as unknown as Schema)).toEqual(shapeOf(dated?.json));
});

/** The same structure with types instead of values; lists have only their first element. */
function shapeOf(value: unknown): unknown {
	if (Array.isArray(value)) return [shapeOf(value[0])];
	if (typeof value !== 'object' || value === null) return typeof value;
	return Object.fromEntries(
		Object.entries(value as IDataObject).map(([name, inner]) => [name, shapeOf(inner)]),
	);
}

function shapeOfPreview({ type, properties, items }: Schema): unknown {
	if (type === 'array') return [items && shapeOfPreview(items)];
	if (type !== 'object') return type;
	return Object.fromEntries(
		Object.entries(properties ?? {}).map(([name, inner]) => [name, shapeOfPreview(inner)]),
	);
}
