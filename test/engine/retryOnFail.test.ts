/** What was created for an item is not created again if n8n runs the node again for it, and only then. */
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

/** A checkout for each item, with the package in its field `id`. */
const checkouts = (items: IDataObject[], more: Partial<NodeRun> = {}): NodeRun => ({
	parameters: {
		operation: 'createCheckout',
		packageId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
	},
	credential: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
	items,
	...more,
});
const created = () => [...sandbox.sessions.values()].map((session) => session.package.id);
const GOOD = { id: 'pkg_pro' };

test('three items, the bad one first, three tries: two checkouts', async () => {
	const { items, error } = await runNode(
		checkouts([{ id: '' }, GOOD, { id: 'pkg_starter' }], { onError: 'continueRegularOutput', maxTries: 3 }),
	);
	expect(error).toBeUndefined();
	expect(items.map(({ json }) => Object.keys(json)[0])).toEqual(['error', 'sessionId', 'sessionId']);
	expect(created().sort()).toEqual(['pkg_pro', 'pkg_starter']);
	expect(sandbox.requests.entries).toHaveLength(2);
	expect(items[1].json.sessionId).toBe(
		[...sandbox.sessions.values()].find(({ package: { id } }) => id === 'pkg_pro')!.id,
	);
});

test('an item that fails at first is created by the retry, and the other items are not created again', async () => {
	sandbox.faults.add({ times: 1, status: 404 });
	const parameters = { onError: 'continueRegularOutput' as const, maxTries: 3 };
	const { items } = await runNode({
		...checkouts([GOOD, GOOD, GOOD], parameters),
		parameters: { ...checkouts([]).parameters, additionalFields: { maxRequestsAtOnce: 1 } },
	});
	expect(items.every(({ json }) => 'url' in json)).toBe(true);
	expect(created()).toHaveLength(3);
});

test('also without Continue, and with an expression that contains the time', async () => {
	sandbox.faults.add({ skip: 2, times: 1, status: 404 });
	const successUrl = '=https://example.com/?at={{ $now.toMillis() }}&by={{ Math.random() }}';
	const { items, error } = await runNode({
		...checkouts([GOOD, GOOD, GOOD, GOOD], { maxTries: 3 }),
		parameters: { ...checkouts([]).parameters, additionalFields: { successUrl, maxRequestsAtOnce: 1 } },
	});
	expect(error?.message).toBeUndefined();
	expect(items).toHaveLength(4);
	expect(created()).toHaveLength(4);
	expect(new Set(items.map(({ json }) => json.sessionId)).size).toBe(4);
});

test('an item that stops the run does not cut off a checkout that is being created', async () => {
	sandbox.faults.add({ delayMs: 300 });
	const first = await runNode(checkouts([GOOD, { id: '' }], { maxTries: 2 }));
	expect(first.error?.message).toMatch(/No package is given/);
	expect(created()).toHaveLength(1);
	expect(sandbox.requests.entries.map(({ status }) => status)).toEqual([200]);
});

describe('within one execution', () => {
	async function inRun(runIndex: number, execution: ReturnType<typeof createRunExecutionData>, run: NodeRun) {
		const { finished } = await startNode(run, { execution, runIndex });
		return (await finished)[0].map(({ json }) => json.sessionId);
	}

	test('a retry uses what was created; the next round of a loop creates its own, also with the same values', async () => {
		const execution = createRunExecutionData();
		const first = await inRun(0, execution, checkouts([GOOD, GOOD]));
		// As n8n saves the execution, and reads it again for a retry.
		const saved = JSON.parse(JSON.stringify(execution)) as typeof execution;
		expect(await inRun(0, saved, checkouts([GOOD, GOOD]))).toEqual(first);
		expect(created()).toHaveLength(2);
		const second = await inRun(1, execution, checkouts([GOOD, GOOD]));
		expect(created()).toHaveLength(4);
		expect(second).not.toEqual(first);
		expect(await inRun(1, execution, checkouts([GOOD, GOOD]))).toEqual(second);
	});

	test('a retry with other items, fields or credential creates something else', async () => {
		const execution = createRunExecutionData();
		await inRun(0, execution, checkouts([GOOD]));
		await inRun(0, execution, checkouts([{ id: 'pkg_starter' }]));
		expect(created()).toEqual(['pkg_pro', 'pkg_starter']);
		const changed = { ...checkouts([{ id: 'pkg_starter' }]) };
		changed.parameters = { ...changed.parameters, packageId: { __rl: true, mode: 'id', value: 'pkg_pro' } };
		await inRun(0, execution, changed);
		expect(created()).toEqual(['pkg_pro', 'pkg_starter', 'pkg_pro']);
	});

	test('a retry with a longer timeout uses what was created', async () => {
		const execution = createRunExecutionData();
		const first = await inRun(0, execution, checkouts([GOOD]));
		const patient = checkouts([GOOD]);
		patient.parameters = { ...patient.parameters, additionalFields: { timeoutSeconds: 90 } };
		expect(await inRun(0, execution, { ...patient })).toEqual(first);
		expect(created()).toHaveLength(1);
	});

	test('the stored data does not grow with the rounds of a loop', async () => {
		const execution = createRunExecutionData();
		await inRun(0, execution, checkouts([GOOD]));
		const size = () => JSON.stringify(execution.executionData?.contextData).length;
		const afterOne = size();
		for (let round = 1; round < 5; round++) await inRun(round, execution, checkouts([GOOD]));
		expect(size()).toBeLessThan(afterOne + 50);
	});
});

test(`whatever fails, no item is created twice in ${RUNS} executions`, async () => {
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
					expect(created().filter((id) => id === name).length).toBeLessThanOrEqual(wanted);
				}
				const sessions = items.map(({ json }) => json.sessionId).filter(Boolean);
				expect(new Set(sessions).size).toBe(sessions.length);
			},
		),
		{ numRuns: RUNS, seed },
	);
}, 120_000);
