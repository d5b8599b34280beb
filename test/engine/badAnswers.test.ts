import { startSandbox, type Sandbox } from '../../sandbox/server';
import { runNode, type NodeResult, type NodeRun } from './n8n';

let sandbox: Sandbox;

async function read(parameters: object, more: Partial<NodeRun> = {}): Promise<NodeResult> {
	const credential = { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl };
	return await runNode({ parameters: { operation: 'getHistory', ...parameters }, credential, ...more });
}

// A new one for each test: late requests of an earlier test would count for the faults.
beforeEach(async () => {
	sandbox = await startSandbox({ ledger: { rows: 2500 } });
});
afterEach(() => sandbox.close());

const ROW = { id: 'txn_1', type: 'usage', amount: -1, createdAt: '2026-01-20T14:30:00.000Z' };
const page = (transactions: unknown) => JSON.stringify({ transactions, total: 2500, hasMore: true });

const BAD_ANSWERS: Array<[what: string, rawBody: string, kind: string]> = [
	['a log-in page', '<!doctype html><html><title>Log in</title></html>', 'a web page'],
	['a list', JSON.stringify([ROW]), 'a list'],
	['null', 'null', 'an empty answer'],
	['nothing', '', 'an empty answer'],
	['truncated JSON', page([ROW]).slice(0, 40), 'JSON that is cut off'],
	['a text', 'OK', 'plain text'],
	['a number', '42', 'a number'],
	['an empty object', '{}', 'an empty object'],
	['another object', '{"status":"ok"}', 'an object with status'],
	['transactions that are an object', page({ 0: ROW }), 'an object whose “transactions” is not a list'],
	['transactions that are null', page(null), 'an object whose “transactions” is not a list'],
	['a row without an ID', page([ROW, { ...ROW, id: undefined }]), 'a transaction without an ID'],
	['a row with an empty ID', page([{ ...ROW, id: '' }]), 'a transaction without an ID'],
	['a row that is null', page([ROW, null]), 'a transaction without an ID'],
	['rows that are texts', page(['txn_1']), 'a transaction without an ID'],
];

describe('a history response that is not as documented is reported, and nothing is returned', () => {
	test.each(BAD_ANSWERS)('%s, on the first page', async (_what, rawBody, kind) => {
		sandbox.faults.add({ rawBody });
		const { error, items } = await read({ limit: 5 });
		expect(error?.message).toContain(
			`LLM Generator sent ${kind} in place of its documented answer to GET ${sandbox.baseUrl}/credits/history/api?limit=5&offset=0. Check that the Base URL`,
		);
		expect(error?.context.itemIndex).toBe(0);
		expect(items).toEqual([]);
		// It is not temporary: another try would have the same result.
		expect(sandbox.requests.entries).toHaveLength(1);
	});

	test.each(BAD_ANSWERS)('%s, on a later page', async (_what, rawBody, kind) => {
		sandbox.faults.add({ skip: 11, times: 1, rawBody }, { jitterMs: 3 });
		const { error, items } = await read({ returnAll: true });
		expect(error?.message).toContain(`LLM Generator sent ${kind} in place of its documented answer`);
		expect(error?.message).toMatch(/to GET http.*limit=100&offset=[1-9]\d+\. /);
		expect(items).toEqual([]);
	});

	test('a body with transactions in the response to another request is reported as such', async () => {
		sandbox.faults.add({ rawBody: page([ROW]) });
		const { error } = await read({ operation: 'getBalance' });
		expect(error?.message).toContain(
			'LLM Generator sent an object with transactions, total, hasMore in place',
		);
	});
});

test('rows that the server leaves out in the middle of the history are not skipped', async () => {
	sandbox.faults.add({ skip: 3, emptyPage: true });
	const { error, items } = await read({ returnAll: true });
	expect(error?.message).toMatch(
		/^LLM Generator served an empty page in the middle .* Nothing was returned, so that no row is missing/,
	);
	expect(items).toEqual([]);
});

test('a row without a date is reported if a date filter needs the date', async () => {
	sandbox.faults.add({ rawBody: page([{ ...ROW, createdAt: undefined }]) });
	const { error } = await read({ filters: { createdAfter: '2026-01-01T00:00:00' } });
	expect(error?.message).toMatch(/^Transaction txn_1 has no date, which a filter or the order needs/);
});

test('with Continue on error: the message instead of the rows, and no rows of the failed item', async () => {
	sandbox.faults.add({ skip: 20, times: 1, dropRowId: true });
	const { error, items } = await read(
		{ returnAll: true, options: { maxRequestsAtOnce: 1 } },
		{ items: [{}, {}], onError: 'continueRegularOutput' },
	);
	expect(error).toBeUndefined();
	expect(items[0]).toEqual({
		json: { error: expect.stringContaining('a transaction without an ID') as string },
		pairedItem: { item: 0 },
	});
	expect(items.slice(1).map(({ json }) => json)).toEqual(sandbox.ledger.all('newestFirst'));
});

test('an error status in the middle of the history also returns no rows', async () => {
	sandbox.faults.add({ skip: 12, times: 1, status: 403, body: { message: 'Key was deleted' } });
	const { error, items } = await read({ returnAll: true });
	expect(error?.message).toMatch(/not allowed to do this: “Key was deleted”/);
	expect(items).toEqual([]);
});
