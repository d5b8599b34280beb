/** What was made for an item is not made again when n8n runs the node again for it, and only then. */
import * as fc from 'fast-check';
import { createRunExecutionData, type IDataObject } from 'n8n-workflow';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { seed } from '../unit/chance';
import { runNode, startNode, type NodeRun } from './n8n';

const RUNS = Number(process.env.RUNS ?? 60);
let sandbox: Sandbox;

beforeAll(async () => {
	sandbox = await startSandbox();
});
beforeEach(() => sandbox.reset());
afterAll(() => sandbox.close());

/** A checkout for each item, of the package that it names. */
const checkouts = (items: IDataObject[], more: Partial<NodeRun> = {}): NodeRun => ({
	parameters: {
		operation: 'createCheckout',
		packageId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
	},
	credential: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
	items,
	...more,
});
const made = () => [...sandbox.sessions.values()].map((session) => session.package.id);
const GOOD = { id: 'pkg_pro' };

test('three items, the bad one first, three tries: two checkouts', async () => {
	const { items, error } = await runNode(
		checkouts([{ id: '' }, GOOD, { id: 'pkg_starter' }], { onError: 'continueRegularOutput', maxTries: 3 }),
	);
	expect(error).toBeUndefined();
	expect(items.map(({ json }) => Object.keys(json)[0])).toEqual(['error', 'sessionId', 'sessionId']);
	expect(made().sort()).toEqual(['pkg_pro', 'pkg_starter']);
	expect(sandbox.requests.entries).toHaveLength(2);
	expect(items[1].json.sessionId).toBe(
		[...sandbox.sessions.values()].find(({ package: { id } }) => id === 'pkg_pro')!.id,
	);
});

test('an item that fails at first is made by the retry, its neighbours are not made again', async () => {
	sandbox.faults.add({ times: 1, status: 404 });
	const parameters = { onError: 'continueRegularOutput' as const, maxTries: 3 };
	const { items } = await runNode({
		...checkouts([GOOD, GOOD, GOOD], parameters),
		parameters: { ...checkouts([]).parameters, additionalFields: { maxRequestsAtOnce: 1 } },
	});
	expect(items.every(({ json }) => 'url' in json)).toBe(true);
	expect(made()).toHaveLength(3);
});

test('also without Continue, and where what is typed holds the time', async () => {
	sandbox.faults.add({ skip: 2, times: 1, status: 404 });
	const successUrl = '=https://example.com/?at={{ $now.toMillis() }}&by={{ Math.random() }}';
	const { items, error } = await runNode({
		...checkouts([GOOD, GOOD, GOOD, GOOD], { maxTries: 3 }),
		parameters: { ...checkouts([]).parameters, additionalFields: { successUrl, maxRequestsAtOnce: 1 } },
	});
	expect(error?.message).toBeUndefined();
	expect(items).toHaveLength(4);
	expect(made()).toHaveLength(4);
	expect(new Set(items.map(({ json }) => json.sessionId)).size).toBe(4);
});

test('an item that stops the run does not cut off a checkout that is on its way', async () => {
	sandbox.faults.add({ delayMs: 300 });
	const first = await runNode(checkouts([GOOD, { id: '' }], { maxTries: 2 }));
	expect(first.error?.message).toMatch(/No package is given/);
	expect(made()).toHaveLength(1);
	expect(sandbox.requests.entries.map(({ status }) => status)).toEqual([200]);
});

describe('within one execution', () => {
	async function inRun(runIndex: number, execution: ReturnType<typeof createRunExecutionData>, run: NodeRun) {
		const { finished } = await startNode(run, { execution, runIndex });
		return (await finished)[0].map(({ json }) => json.sessionId);
	}

	test('a retry finds what was made; the next round of a loop makes its own, with the same values too', async () => {
		const execution = createRunExecutionData();
		const first = await inRun(0, execution, checkouts([GOOD, GOOD]));
		// As n8n saves the execution, and reads it again for a retry.
		const saved = JSON.parse(JSON.stringify(execution)) as typeof execution;
		expect(await inRun(0, saved, checkouts([GOOD, GOOD]))).toEqual(first);
		expect(made()).toHaveLength(2);
		const second = await inRun(1, execution, checkouts([GOOD, GOOD]));
		expect(made()).toHaveLength(4);
		expect(second).not.toEqual(first);
		expect(await inRun(1, execution, checkouts([GOOD, GOOD]))).toEqual(second);
	});

	test('a retry with other items, fields or credential wants something else', async () => {
		const execution = createRunExecutionData();
		await inRun(0, execution, checkouts([GOOD]));
		await inRun(0, execution, checkouts([{ id: 'pkg_starter' }]));
		expect(made()).toEqual(['pkg_pro', 'pkg_starter']);
		const changed = { ...checkouts([{ id: 'pkg_starter' }]) };
		changed.parameters = { ...changed.parameters, packageId: { __rl: true, mode: 'id', value: 'pkg_pro' } };
		await inRun(0, execution, changed);
		expect(made()).toEqual(['pkg_pro', 'pkg_starter', 'pkg_pro']);
	});

	test('a retry that is given more time wants the same', async () => {
		const execution = createRunExecutionData();
		const first = await inRun(0, execution, checkouts([GOOD]));
		const patient = checkouts([GOOD]);
		patient.parameters = { ...patient.parameters, additionalFields: { timeoutSeconds: 90 } };
		expect(await inRun(0, execution, { ...patient })).toEqual(first);
		expect(made()).toHaveLength(1);
	});

	test('what is kept does not grow with the rounds of a loop', async () => {
		const execution = createRunExecutionData();
		await inRun(0, execution, checkouts([GOOD]));
		const size = () => JSON.stringify(execution.executionData?.contextData).length;
		const afterOne = size();
		for (let round = 1; round < 5; round++) await inRun(round, execution, checkouts([GOOD]));
		expect(size()).toBeLessThan(afterOne + 50);
	});
});

test(`whatever fails on the way, no item is made twice in ${RUNS} executions`, async () => {
	const item = fc.constantFrom('pkg_pro', 'pkg_starter', '', 'pkg_nothing');
	const fault = fc.record({
		skip: fc.nat({ max: 6 }),
		times: fc.constant(1),
		status: fc.constantFrom(400, 404, 422),
	});
	await fc.assert(
		fc.asyncProperty(
			fc.array(item, { minLength: 1, maxLength: 8 }),
			fc.array(fault, { maxLength: 3 }),
			fc.constantFrom('continueRegularOutput' as const, 'stopWorkflow' as const),
			fc.integer({ min: 1, max: 5 }),
			async (ids, faults, onError, maxTries) => {
				sandbox.reset();
				sandbox.faults.add(...faults);
				const { items } = await runNode(
					checkouts(
						ids.map((id) => ({ id })),
						{ onError, maxTries },
					),
				);
				for (const name of ['pkg_pro', 'pkg_starter']) {
					const wanted = ids.filter((id) => id === name).length;
					expect(made().filter((id) => id === name).length).toBeLessThanOrEqual(wanted);
				}
				const sessions = items.map(({ json }) => json.sessionId).filter(Boolean);
				expect(new Set(sessions).size).toBe(sessions.length);
			},
		),
		{ numRuns: RUNS, seed },
	);
}, 120_000);
