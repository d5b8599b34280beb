/** n8n gives each try of a tool another run index: a retry is told from an agent that asks a second time all the same. */
import { createRunExecutionData } from 'n8n-workflow';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import type { NodeRun } from './n8n';
import { toolOf } from './tool';

let sandbox: Sandbox;

beforeAll(async () => {
	sandbox = await startSandbox();
});
beforeEach(() => {
	sandbox.reset();
	sandbox.ledger.book({ type: 'purchase', amount: 5000 });
	sandbox.generation.durationMs = 300;
});
afterAll(() => sandbox.close());

const SITE = { url: 'https://example.com' };
const generate = (options: object = {}, more: Partial<NodeRun> = {}): NodeRun => ({
	parameters: { resource: 'file', operation: 'generate', url: '={{ $fromAI("url") }}', options } as never,
	credential: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
	...more,
});
const jobs = () => sandbox.jobs.list({ startedBy: 'api' });
const saved = <T>(execution: T) => JSON.parse(JSON.stringify(execution)) as T;

test('an agent that asks a second time gets a new file', async () => {
	const call = await toolOf(generate({}, { maxTries: 3 }));
	expect(await call(SITE)).toMatch(/"status":"completed"/);
	expect(await call(SITE)).toMatch(/"status":"completed"/);
	expect(jobs()).toHaveLength(2);
});

test('two calls at the same time are two generations', async () => {
	const call = await toolOf(generate());
	await Promise.all([call(SITE), call(SITE)]);
	expect(jobs()).toHaveLength(2);
});

test('a retry goes on with the job that was started, and the next call is a new one', async () => {
	sandbox.faults.add({ method: 'GET', path: '/generate/', times: 2, status: 401 });
	const call = await toolOf(generate({}, { maxTries: 3 }));
	expect(await call(SITE)).toMatch(/"status":"completed"/);
	expect(jobs()).toHaveLength(1);
	await call(SITE);
	expect(jobs()).toHaveLength(2);
});

test('once its retries are used up, the same question is a new one', async () => {
	sandbox.faults.add({ method: 'POST', path: '/generate', times: 1, job: { fails: 'Site blocks crawlers' } });
	const call = await toolOf(generate({}, { maxTries: 2 }));
	await expect(call(SITE)).rejects.toThrow(/Site blocks crawlers/);
	expect(jobs()).toHaveLength(1);
	expect(await call(SITE)).toMatch(/"status":"completed"/);
	expect(jobs()).toHaveLength(2);
});

test('without Retry On Fail, and with Continue, nothing is a retry', async () => {
	for (const more of [{}, { maxTries: 3, onError: 'continueRegularOutput' as const }]) {
		const before = jobs().length;
		sandbox.faults.add({
			method: 'POST',
			path: '/generate',
			times: 1,
			job: { fails: 'Site blocks crawlers' },
		});
		const call = await toolOf(generate({}, more));
		const first = await call(SITE).catch((thrown: Error) => thrown.message);
		expect(first).toMatch(/Site blocks crawlers/);
		expect(await call(SITE)).toMatch(/"status":"completed"/);
		expect(jobs()).toHaveLength(before + 2);
	}
});

test('the retry of a saved execution finds what its agent had made before, call by call', async () => {
	const execution = createRunExecutionData();
	const call = await toolOf(generate(), { execution });
	await call(SITE);
	await call(SITE);
	expect(jobs()).toHaveLength(2);
	const again = await toolOf(generate(), { execution: saved(execution), executionId: '2' });
	const found = [await again(SITE), await again(SITE)];
	expect(jobs()).toHaveLength(2);
	expect(new Set(found).size).toBe(2);
	await again(SITE);
	expect(jobs()).toHaveLength(3);
});

test('the words are such that an assistant can act on them', async () => {
	sandbox.faults.add({ method: 'POST', path: '/generate', job: { endless: true } });
	const call = await toolOf(generate({ maxWaitMinutes: 0.01 }));
	const message = await call(SITE).catch((thrown: Error) => thrown.message);
	expect(message).toMatch(/still working on it.*Do not start it again.*Get Generation Status with job/);
	expect(message).toContain(jobs()[0].id);
});
