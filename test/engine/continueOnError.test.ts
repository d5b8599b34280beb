/** On Error: Continue. An item that fails, for whatever reason, does not affect the others and is never a success. */
import * as fc from 'fast-check';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { seed } from '../unit/chance';
import { runNode, type NodeResult, type NodeRun } from './n8n';

const RUNS = Number(process.env.RUNS ?? 100);
const KEY = 'llmgen_sandbox_key';
let sandbox: Sandbox;

beforeAll(async () => {
	sandbox = await startSandbox();
});
beforeEach(() => sandbox.reset({ rows: 30 }));
afterAll(() => sandbox.close());

/** A step that never ran: n8n throws if an expression refers to it. */
const THROWING = "$('Never ran').item.json.site";
/** An expression that is bad for some input items only. */
const badFor = (bad: string, good: string) => `={{ $json.bad ? ${bad} : ${good} }}`;
const PACKAGE = { __rl: true, mode: 'id', value: 'pkg_pro' };
const SITE = '"https://example.com"';

/** Everything that can be wrong with an item before a request is sent. */
const FAULTS: Record<string, object> = {
	'a success URL that throws': { additionalFields: { successUrl: badFor(THROWING, SITE) } },
	'a cancel URL that is not valid': { additionalFields: { cancelUrl: badFor('"/sorry"', SITE) } },
	'a wait that throws': { additionalFields: { maxWaitSeconds: badFor(THROWING, '5') } },
	'a wait that is not a number': { additionalFields: { maxWaitSeconds: badFor('"soon"', '5') } },
	'a timeout that is not a number': { additionalFields: { timeoutSeconds: badFor('{}', '5') } },
	'a number of requests that throws': { additionalFields: { maxRequestsAtOnce: badFor(THROWING, '5') } },
	'a package that throws': { packageId: { ...PACKAGE, value: badFor(THROWING, '"pkg_pro"') } },
	'a package that is an object': { packageId: badFor('{}', '"pkg_pro"') },
	'no package': { packageId: { ...PACKAGE, value: badFor('""', '"pkg_pro"') } },
	'a limit that throws': { operation: 'getHistory', limit: badFor(THROWING, '1') },
	'Return All that is neither true nor false': {
		operation: 'getHistory',
		returnAll: badFor('"maybe"', 'false'),
		limit: 1,
	},
	'a filter that throws': {
		operation: 'getHistory',
		limit: 1,
		filters: { createdAfter: badFor(THROWING, '"2020-01-01"') },
	},
	'a sort order that does not exist': {
		operation: 'getHistory',
		limit: 1,
		options: { sort: badFor('"newest"', '"asReturned"') },
	},
	'an option of the balance that throws': {
		operation: 'getBalance',
		options: { timeoutSeconds: badFor(THROWING, '5') },
	},
};
const FAULTY_CREDENTIALS: Record<string, object> = {
	'a key that throws': { apiKey: badFor(THROWING, `"${KEY}"`) },
	'a Base URL that is not valid': { baseUrl: badFor('"nowhere"', '$json.baseUrl') },
};
const EVERY_FAULT = [...Object.keys(FAULTS), ...Object.keys(FAULTY_CREDENTIALS)];

async function run(fault: string, bad: boolean[], more: Partial<NodeRun>): Promise<NodeResult> {
	return await runNode({
		parameters: { operation: 'createCheckout', packageId: PACKAGE, ...FAULTS[fault] },
		credential: { apiKey: KEY, baseUrl: sandbox.baseUrl, ...FAULTY_CREDENTIALS[fault] },
		items: bad.map((isBad, place) => ({ place, bad: isBad, baseUrl: sandbox.baseUrl })),
		...more,
	});
}

const placeOf = ({ pairedItem }: NodeResult['items'][number]) => (pairedItem as { item: number }).item;
const hasFailed = ({ json }: NodeResult['items'][number]) =>
	typeof json.error === 'string' && json.error !== '';
const hasSucceeded = ({ json }: NodeResult['items'][number]) =>
	json.error === undefined && ('url' in json || 'id' in json || 'balance' in json);

describe.each(EVERY_FAULT)('%s', (fault) => {
	test('one error for the bad item, and the other item succeeds', async () => {
		const { items, error } = await run(fault, [true, false], { onError: 'continueRegularOutput' });
		expect(error).toBeUndefined();
		expect(items.map(placeOf)).toEqual([0, 1]);
		expect(items[0].json).toEqual({ error: expect.any(String) as string });
		expect(hasFailed(items[0])).toBe(true);
		expect(hasSucceeded(items[1])).toBe(true);
		expect(sandbox.requests.entries).toHaveLength(1);
	});

	test('with an error output, only the bad item is there', async () => {
		const { items, errorItems, error } = await run(fault, [true, false], { onError: 'continueErrorOutput' });
		expect(error).toBeUndefined();
		expect(items.map(hasSucceeded)).toEqual([true]);
		// n8n adds the fields of the input item to the error.
		expect(errorItems.map(hasFailed)).toEqual([true]);
		expect(errorItems[0].json.place).toBe(0);
	});

	test('without Continue, the node stops', async () => {
		const { items, error } = await run(fault, [true], {});
		expect(items).toEqual([]);
		expect(error?.message).toBeTruthy();
		expect(sandbox.requests.entries).toEqual([]);
	});
});

test.each(['resource', 'operation'])(
	'a %s that this version does not have: an error for each item',
	async (name) => {
		const { items, error } = await runNode({
			parameters: { [name]: 'nothing' },
			credential: { apiKey: KEY, baseUrl: sandbox.baseUrl },
			items: [{}, {}],
			onError: 'continueRegularOutput',
		});
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json)).toEqual([
			{ error: expect.stringContaining(`has no ${name} "nothing"`) as string },
			{ error: expect.stringContaining(`has no ${name} "nothing"`) as string },
		]);
		expect(sandbox.requests.entries).toEqual([]);
	},
);

test(`with every fault, and with any items, every item is output once, as a success or as an error (${RUNS} runs)`, async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.constantFrom(...EVERY_FAULT),
			fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
			fc.constantFrom('continueRegularOutput' as const, 'continueErrorOutput' as const),
			fc.integer({ min: 1, max: 3 }),
			async (fault, bad, onError, maxTries) => {
				sandbox.requests.clear();
				const { items, errorItems, error } = await run(fault, bad, { onError, maxTries });
				expect(error).toBeUndefined();
				const all = [...items, ...errorItems];
				const byPlace = new Map(all.map((item) => [placeOf(item), item]));
				expect(all).toHaveLength(bad.length);
				bad.forEach((isBad, place) => {
					const item = byPlace.get(place)!;
					expect(isBad ? hasFailed(item) : hasSucceeded(item)).toBe(true);
				});
				const inOrder = (list: NodeResult['items']) => list.map(placeOf);
				expect(inOrder(items)).toEqual([...inOrder(items)].sort((a, b) => a - b));
				// A retry creates nothing again.
				const created = sandbox.requests.entries.filter(({ method }) => method === 'POST').length;
				const isCheckout = !FAULTS[fault] || !('operation' in FAULTS[fault]);
				if (isCheckout) expect(created).toBe(bad.filter((isBad) => !isBad).length);
			},
		),
		{ numRuns: RUNS, seed },
	);
}, 120_000);
