import type { Sandbox } from '../../sandbox/server';
import { startSandbox } from '../../sandbox/server';
import { runNode, type NodeResult } from './n8n';

const HISTORY = { resource: 'credit', operation: 'getHistory' };
let sandbox: Sandbox;

async function read(
	parameters: object,
	more: Partial<Parameters<typeof runNode>[0]> = {},
): Promise<NodeResult> {
	const credential = { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl };
	return await runNode({ parameters: { ...HISTORY, ...parameters }, credential, ...more });
}

const ids = ({ items }: NodeResult) => items.map(({ json }) => json.id);

describe.each(['newestFirst', 'oldestFirst'] as const)('a ledger of 1,234 rows, served %s', (order) => {
	beforeAll(async () => {
		sandbox = await startSandbox({ ledger: { rows: 1234, seed: 7 }, order });
	});
	beforeEach(() => sandbox.requests.clear());
	afterAll(() => sandbox.close());

	test('Return All gives every row once, in the order of the API', async () => {
		const result = await read({ returnAll: true });
		expect(result.error).toBeUndefined();
		expect(result.items.map(({ json }) => json)).toEqual(sandbox.ledger.all(order));
	});

	test('a limit of 250 gives the first 250 with three requests', async () => {
		const result = await read({ limit: 250 });
		expect(ids(result)).toEqual(
			sandbox.ledger
				.all(order)
				.slice(0, 250)
				.map(({ id }) => id),
		);
		expect(sandbox.requests.entries).toHaveLength(3);
	});
});
