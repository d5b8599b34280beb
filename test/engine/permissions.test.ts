/** A key that lacks a permission: the message has the API's own words, and says that it is the permissions to look at. */
import type { INodeParameters } from 'n8n-workflow';
import { resources } from '../../nodes/LlmGenerator/resources';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { runNode, searchPackages, searchSites } from './n8n';

const KEY = 'llmgen_sandbox_key';
let sandbox: Sandbox;
beforeAll(async () => {
	sandbox = await startSandbox();
	sandbox.keyPermissions.set(KEY, []);
});
afterAll(() => sandbox.close());
beforeEach(() => sandbox.requests.clear());

const credential = () => ({ apiKey: KEY, baseUrl: sandbox.baseUrl });
const site = { siteId: { __rl: true, mode: 'id', value: 'site_1' } };
const url = 'https://example.com';

/** For each operation: the permission that it misses first, and the fields that it needs. */
const MISSING: Record<string, [permission: string, fields?: INodeParameters]> = {
	'credit createCheckout': ['credits:write', { packageId: { __rl: true, mode: 'id', value: 'pkg_pro' } }],
	'credit getBalance': ['credits:read'],
	'credit getHistory': ['credits:read'],
	'credit getPackages': ['credits:read'],
	'file download': ['sites:read', site],
	'file generate': ['sites:read', { url }],
	'file getStatus': ['generate', { jobId: 'job_1' }],
	'site discover': ['discovery', { url }],
	'site get': ['sites:read', site],
	'site getAll': ['sites:read'],
	'site getUrls': ['sites:read', site],
	'subscription createPortalLink': ['subscriptions:write'],
	'subscription createCheckout': ['subscriptions:write'],
	'subscription get': ['subscriptions:read'],
};

const operations = resources.flatMap(({ option: { value: resource }, operations: all }) =>
	all.map(({ option: { value: operation } }) => ({ resource, operation })),
);

test.each(operations)('$resource $operation', async (chosen) => {
	const [permission, fields] = MISSING[`${chosen.resource} ${chosen.operation}`];
	const { error } = await runNode({ parameters: { ...chosen, ...fields }, credential: credential() });
	expect(error?.message).toContain(`“Missing required permission: ${permission}”. `);
	expect(error?.message).toMatch(
		/(Check the permissions of the|allow this) (API )?key .* in the LLM Generator dashboard\.$/,
	);
	expect(error?.httpCode).toBe('403');
});

test('a start of a generation that is not allowed', async () => {
	sandbox.keyPermissions.set(KEY, ['sites:read', 'credits:read']);
	const parameters = { resource: 'file', operation: 'generate', url };
	const { error } = await runNode({ parameters, credential: credential() });
	sandbox.keyPermissions.set(KEY, []);
	expect(error?.message).toMatch(
		/“Missing required permission: generate”\. Nothing was started\. Check the permissions/,
	);
	expect(sandbox.requests.entries.filter(({ method }) => method === 'POST')).toHaveLength(1);
});

test.each([
	['sites', searchSites, 'sites:read'],
	['packages', searchPackages, 'credits:read'],
] as const)('the list of %s', async (_what, search, permission) => {
	await expect(search(credential())).rejects.toThrow(
		new RegExp(`“Missing required permission: ${permission}”\\. Check the permissions .* choose "By ID"\\.$`),
	);
});
