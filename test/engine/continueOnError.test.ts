/** On Error: Continue. What happens to one item, wherever it throws, leaves the others alone, and is never a success. */
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

/** A step that never ran: n8n throws where an expression asks for it. */
const THROWING = "$('Never ran').item.json.site";
/** An expression that is bad for some input items only. */
const badFor = (bad: string, good: string) => `={{ $json.bad ? ${bad} : ${good} }}`;
const PACKAGE = { __rl: true, mode: 'id', value: 'pkg_pro' };
const SITE = '"https://example.com"';

/** Everything that can be wrong with an item before a request leaves, by operation. */
const WRONGS: Record<string, object> = {
	'a success URL that throws': { additionalFields: { successUrl: badFor(THROWING, SITE) } },
	'a cancel URL that is none': { additionalFields: { cancelUrl: badFor('"/sorry"', SITE) } },
	'a wait that throws': { additionalFields: { maxWaitSeconds: badFor(THROWING, '5') } },
	'a wait that is no number': { additionalFields: { maxWaitSeconds: badFor('"soon"', '5') } },
	'a time-out that is no number': { additionalFields: { timeoutSeconds: badFor('{}', '5') } },
	'a number of requests that throws': { additionalFields: { maxRequestsAtOnce: badFor(THROWING, '5') } },
	'a package that throws': { packageId: { ...PACKAGE, value: badFor(THROWING, '"pkg_pro"') } },
	'a package that is an object': { packageId: badFor('{}', '"pkg_pro"') },
	'no package': { packageId: { ...PACKAGE, value: badFor('""', '"pkg_pro"') } },
	'a limit that throws': { operation: 'getHistory', limit: badFor(THROWING, '1') },
	'Return All that is neither': { operation: 'getHistory', returnAll: badFor('"maybe"', 'false'), limit: 1 },
	'a filter that throws': {
		operation: 'getHistory',
		limit: 1,
		filters: { createdAfter: badFor(THROWING, '"2020-01-01"') },
	},
	'a sort order that is none': {
		operation: 'getHistory',
		limit: 1,
		options: { sort: badFor('"newest"', '"asReturned"') },
	},
	'an option of the balance that throws': {
		operation: 'getBalance',
		options: { timeoutSeconds: badFor(THROWING, '5') },
	},
};
const WRONG_CREDENTIALS: Record<string, object> = {
	'a key that throws': { apiKey: badFor(THROWING, `"${KEY}"`) },
	'a Base URL that is none': { baseUrl: badFor('"nowhere"', '$json.baseUrl') },
};
const EVERY_WRONG = [...Object.keys(WRONGS), ...Object.keys(WRONG_CREDENTIALS)];

async function run(wrong: string, bad: boolean[], more: Partial<NodeRun>): Promise<NodeResult> {
	return await runNode({
		parameters: { operation: 'createCheckout', packageId: PACKAGE, ...WRONGS[wrong] },
		credential: { apiKey: KEY, baseUrl: sandbox.baseUrl, ...WRONG_CREDENTIALS[wrong] },
		items: bad.map((isBad, place) => ({ place, bad: isBad, baseUrl: sandbox.baseUrl })),
		...more,
	});
}

const placeOf = ({ pairedItem }: NodeResult['items'][number]) => (pairedItem as { item: number }).item;
const isRefusal = ({ json }: NodeResult['items'][number]) =>
	typeof json.error === 'string' && json.error !== '';
const isDone = ({ json }: NodeResult['items'][number]) =>
	json.error === undefined && ('url' in json || 'id' in json || 'balance' in json);

describe.each(EVERY_WRONG)('%s', (wrong) => {
	test('one error for the item that could not be done, and the other one done', async () => {
		const { items, error } = await run(wrong, [true, false], { onError: 'continueRegularOutput' });
		expect(error).toBeUndefined();
		expect(items.map(placeOf)).toEqual([0, 1]);
		expect(items[0].json).toEqual({ error: expect.any(String) as string });
		expect(isRefusal(items[0])).toBe(true);
		expect(isDone(items[1])).toBe(true);
		expect(sandbox.requests.entries).toHaveLength(1);
	});

	test('with an error output, the bad item goes there and the other one does not', async () => {
		const { items, errorItems, error } = await run(wrong, [true, false], { onError: 'continueErrorOutput' });
		expect(error).toBeUndefined();
		expect(items.map(isDone)).toEqual([true]);
		// n8n puts the input item's fields beside the error.
		expect(errorItems.map(isRefusal)).toEqual([true]);
		expect(errorItems[0].json.place).toBe(0);
	});

	test('without Continue, the node stops at it', async () => {
		const { items, error } = await run(wrong, [true], {});
		expect(items).toEqual([]);
		expect(error?.message).toBeTruthy();
		expect(sandbox.requests.entries).toEqual([]);
	});
});

test.each(['resource', 'operation'])(
	'%s that this version does not have: an error for each item',
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

test(`wherever it throws and whichever items it meets, every item comes out once, as what it is (${RUNS} runs)`, async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.constantFrom(...EVERY_WRONG),
			fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
			fc.constantFrom('continueRegularOutput' as const, 'continueErrorOutput' as const),
			fc.integer({ min: 1, max: 3 }),
			async (wrong, bad, onError, maxTries) => {
				sandbox.requests.clear();
				const { items, errorItems, error } = await run(wrong, bad, { onError, maxTries });
				expect(error).toBeUndefined();
				const all = [...items, ...errorItems];
				const byPlace = new Map(all.map((item) => [placeOf(item), item]));
				expect(all).toHaveLength(bad.length);
				bad.forEach((isBad, place) => {
					const item = byPlace.get(place)!;
					expect(isBad ? isRefusal(item) : isDone(item)).toBe(true);
				});
				const inOrder = (list: NodeResult['items']) => list.map(placeOf);
				expect(inOrder(items)).toEqual([...inOrder(items)].sort((a, b) => a - b));
				// Nothing that was made is made again by a retry.
				const made = sandbox.requests.entries.filter(({ method }) => method === 'POST').length;
				const isCheckout = !WRONGS[wrong] || !('operation' in WRONGS[wrong]);
				if (isCheckout) expect(made).toBe(bad.filter((isBad) => !isBad).length);
			},
		),
		{ numRuns: RUNS, seed },
	);
}, 120_000);
