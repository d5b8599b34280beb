import { loadOutputSchema } from 'n8n-core';
import type { IDataObject } from 'n8n-workflow';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from '../../sandbox/server';
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
	['createCheckout', { packageId: { __rl: true, mode: 'id', value: 'pkg_pro' } }],
])('%s: the preview before the first run shows the output fields', async (operation, parameters) => {
	const preview = loadOutputSchema({ nodeDir, version: 1, resource: 'credit', operation });

	const credential = { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl };
	const { items } = await runNode({ parameters: { operation, ...parameters }, credential });
	const withSite = items.find(({ json }) => json.siteId !== null);
	expect(shapeOfPreview(preview as unknown as Schema)).toEqual(shapeOf(withSite?.json));
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
