/** n8n's own protection against requests to internal addresses: the API is allowed, nothing else of this network is. */
process.env.N8N_SSRF_PROTECTION_ENABLED = 'true';
process.env.N8N_SSRF_ALLOWED_IP_RANGES = '127.0.0.1/32';

import { Ledger } from '../../sandbox/ledger';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import type { runNode as run } from './n8n';

let sandbox: Sandbox;
let runNode: typeof run;

beforeAll(async () => {
	({ runNode } = jest.requireActual<typeof import('./n8n')>('./n8n'));
	sandbox = await startSandbox({ ledger: new Ledger() });
});
afterAll(() => sandbox.close());

test.each(['names it', 'redirects to it'])(
	'a file at an internal address is blocked: the API %s',
	async (how) => {
		const { site } = sandbox.jobs.start({ url: 'https://a.example', options: {} }, { durationMs: 0 });
		if (how === 'names it') sandbox.generation.fileOrigin = 'https://10.0.0.7';
		else {
			sandbox.generation.fileOrigin = undefined;
			sandbox.faults.add({ path: '/file', redirectTo: 'https://10.0.0.7/x' });
		}
		const siteId = { __rl: true, mode: 'id', value: site.id };
		const { items, error } = await runNode({
			parameters: { resource: 'file', operation: 'download', siteId },
			credential: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
		});
		expect(items).toEqual([]);
		expect(error?.message).toMatch(
			/^The file is at 10\.0\.0\.7, and could not be read there: .* was blocked by the protection of this n8n .*\(SSRF\)/,
		);
	},
);
