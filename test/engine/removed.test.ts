/** n8n can remove the package while its nodes are running: they run on, but n8n no longer sends their requests. */
import { createRunExecutionData } from 'n8n-workflow';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { installPackage, removePackage, runNode, searchSites, startNode, type NodeRun } from './n8n';
import { toolOf } from './tool';
import { ActiveTrigger } from './trigger';

const REMOVED =
	'The package n8n-nodes-llmgenerator was removed from this n8n while this node was running. Install it again under Settings → Community nodes, then run this again.';
let sandbox: Sandbox;

beforeAll(async () => {
	sandbox = await startSandbox();
});
beforeEach(() => {
	installPackage();
	sandbox.reset({ rows: 500 });
	sandbox.ledger.book({ type: 'purchase', amount: 5000 });
	sandbox.generation.durationMs = 2_000;
	// What is removed meanwhile is removed while a request is in flight.
	sandbox.faults.add({ delayMs: 300 });
});
afterAll(() => sandbox.close());

const history = { operation: 'getHistory', returnAll: true, options: { maxRequestsAtOnce: 1 } };
const generate = { resource: 'file', operation: 'generate', url: 'https://example.com' };
const checkout = { operation: 'createCheckout', packageId: { __rl: true, mode: 'id', value: 'pkg_pro' } };
const run = (parameters: NodeRun['parameters'], more: Partial<NodeRun> = {}): NodeRun => ({
	parameters,
	credential: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
	...more,
});
const requests = (method = 'GET') => sandbox.requests.entries.filter((entry) => entry.method === method);
const jobs = () => sandbox.jobs.list({ startedBy: 'api' });

/** Removes the package as soon as a request has arrived. */
async function removeAtFirst(method = 'GET'): Promise<void> {
	while (requests(method).length === 0) await sleep(5);
	await removePackage();
}

test('a history that is being read stops with what to do, and sends no other request', async () => {
	const [{ error, items }] = await Promise.all([runNode(run(history)), removeAtFirst()]);
	expect(error?.message).toBe(REMOVED);
	expect(error?.description).toMatch(/^GET http.* was not sent$/);
	expect(items).toEqual([]);
	expect(requests()).toHaveLength(1);
});

test('a checkout that was sent is created; for the next item nothing is sent, and nothing is in doubt', async () => {
	const parameters = { ...checkout, additionalFields: { maxRequestsAtOnce: 1 } };
	const more = { items: [{}, {}], onError: 'continueRegularOutput' as const };
	const { finished } = await startNode(run(parameters, more));
	await removeAtFirst('POST');
	const [[first, second]] = await finished;
	expect(first.json).toHaveProperty('sessionId');
	expect(second.json).toEqual({ error: REMOVED });
	expect(requests('POST')).toHaveLength(1);
});

test('a generation that was not started yet is not started, and a retry starts it', async () => {
	const execution = createRunExecutionData();
	const { finished } = await startNode(run(generate), { execution });
	await Promise.all([expect(finished).rejects.toThrow(REMOVED), removeAtFirst()]);
	expect(jobs()).toHaveLength(0);

	installPackage();
	const retry = await startNode(run(generate), { execution });
	expect((await retry.finished)[0][0].json).toMatchObject({ status: 'completed' });
	expect(jobs()).toHaveLength(1);
});

test('a generation that is waited for goes on: the message has its job, and a retry does not pay again', async () => {
	const execution = createRunExecutionData();
	const { finished } = await startNode(run(generate), { execution });
	const failed = finished.catch(({ message }: Error) => message);
	await removeAtFirst('POST');
	const message = await failed;
	const [{ id, site }] = jobs();
	expect(message).toBe(
		`${REMOVED} The generation goes on (job ${id}, site ${site.id}): a retry of this execution waits for it and does not pay again.`,
	);

	installPackage();
	const retry = await startNode(run(generate), { execution });
	const [[{ json }]] = await retry.finished;
	expect(json).toMatchObject({ status: 'completed', jobId: jobs()[0].id });
	expect(jobs()).toHaveLength(1);
});

test('an AI agent gets the same message', async () => {
	const call = await toolOf(run(history));
	await Promise.all([expect(call({})).rejects.toThrow(REMOVED), removeAtFirst()]);
});

test('a list of a field says the same, and not how to continue without it', async () => {
	// It asks again.
	sandbox.faults.add({ path: '/sites', status: 500, times: 1 });
	const search = searchSites(run({}).credential);
	await Promise.all([expect(search).rejects.toMatchObject({ message: REMOVED }), removeAtFirst()]);
});

test('a poll fails with the same message; installed again, the trigger continues where it stopped', async () => {
	const trigger = ActiveTrigger.of(sandbox, { event: 'newTransaction' });
	await trigger.activate();
	const added = Array.from({ length: 350 }, () => sandbox.ledger.book({}).id);
	sandbox.requests.clear();
	await Promise.all([expect(trigger.poll()).rejects.toThrow(REMOVED), removeAtFirst()]);

	installPackage();
	sandbox.faults.clear();
	expect((await trigger.poll()).map(({ id }) => id)).toEqual(added);
});
