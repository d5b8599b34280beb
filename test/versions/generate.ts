import type { IDataObject, INode } from 'n8n-workflow';
import type { Execution, SavedCredential } from '../../demo/n8nApi';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { runStep } from '../e2e/oneStep';
import {
	asked,
	bought,
	callWithSites,
	GENERATE,
	generateOnCall,
	generation,
	requestsAfterStop,
} from '../generations';
import { asAgent, callTool, fromAgent, mcpWorkflow, toolStep } from '../mcp';
import { generatorStep, looped, sandboxAccount } from '../steps';
import { until } from '../until';
import { POLL_LIMIT_MS, type RunningVersion } from './runningVersion';

const RESTART_LIMIT_MS = 600_000;
/** Less than n8n’s and the sandbox’s own time for a job of these tests. */
const SOON = { maxWaitMinutes: 0.02 };
const [ONE, TWO] = ['https://one.example', 'https://two.example'];
const START = { method: 'POST', path: '/generate' };

/** Tests of Generate in a real n8n, also in one that is killed. `running` is called when the tests run. */
export const testGenerate = (running: () => RunningVersion) =>
	describe('a generation', () => {
		let n8n: RunningVersion;
		/** It keeps running when n8n is killed. */
		let sandbox: Sandbox;
		let credential: SavedCredential;
		let webhooks = 0;

		beforeAll(async () => {
			n8n = running();
			sandbox = await startSandbox();
			credential = await n8n.api.saveCredential(sandboxAccount('Account of the generations', sandbox));
		});
		beforeEach(() => {
			sandbox.reset();
			sandbox.ledger.book({ type: 'purchase', amount: 5000 });
			Object.assign(sandbox.generation, { manner: 'queued', durationMs: 300 });
		});
		afterAll(() => sandbox.close());

		test.each(['queued', 'synchronous'] as const)('ends with the file (%s)', async (manner) => {
			sandbox.generation.manner = manner;
			const { status, items } = await run([ONE]);

			const [job] = sandbox.jobs.list();
			expect(status).toBe('success');
			expect(items.map(({ json }) => json)).toEqual([
				expect.objectContaining({ jobId: job.id, siteId: job.site.id, url: ONE, status: 'completed' }),
			]);
			expect(items[0].json.creditsUsed).toBe(job.charged);
			expect(bought(sandbox)).toEqual([ONE]);
		});

		test('is bought once for two items that want the same, and both get it', async () => {
			const { items } = await run([ONE, TWO, 'https://ONE.example/']);

			expect(items.map(({ json }) => json.url)).toEqual([ONE, TWO, ONE]);
			expect(bought(sandbox).sort()).toEqual([ONE, TWO]);
		});

		test('is bought once for each good item, if Retry On Fail repeats the node for a bad one', async () => {
			const settings = {
				retryOnFail: true,
				maxTries: 3,
				waitBetweenTries: 10,
				onError: 'continueRegularOutput',
			} as const;
			const { items } = await run(['nowhere', ONE, TWO], {}, settings);

			expect(items.map(({ json }) => json.error ?? json.url)).toEqual([
				expect.stringMatching(/not a web address/),
				ONE,
				TWO,
			]);
			expect(bought(sandbox).sort()).toEqual([ONE, TWO]);
		});

		test('is found again if the answer to its start is lost', async () => {
			sandbox.faults.add({ ...START, times: 1, reset: 'after' });
			const { items } = await run([ONE]);

			expect(items.map(({ json }) => json)).toEqual([
				expect.objectContaining({ siteId: sandbox.jobs.list()[0].site.id, status: 'completed' }),
			]);
			expect(bought(sandbox)).toEqual([ONE]);
		});

		test('is bought in each round of a loop', async () => {
			const parameters = { ...generation(), url: ONE };
			const workflow = looped(generatorStep(GENERATE, parameters, credential), 3);
			const { nodes } = await n8n.api.runWorkflow(await n8n.api.importWorkflow(workflow));

			expect(nodes.Loop.items.map(({ json }) => json.status)).toEqual(Array(3).fill('completed'));
			expect(bought(sandbox)).toEqual([ONE, ONE, ONE]);
		});

		test('costs nothing in a second execution, with Reuse', async () => {
			await run([ONE], { reuseWithinHours: 1 });
			const { balance } = sandbox.ledger;
			const { items } = await run([ONE], { reuseWithinHours: 1 });

			expect(items.map(({ json }) => json)).toEqual([
				expect.objectContaining({ url: ONE, status: 'completed', creditsUsed: 0 }),
			]);
			expect(sandbox.ledger.balance).toBe(balance);
		});

		describe('in a retry of a failed execution', () => {
			test('is waited for again if it was not ready in time, also with a longer Max Wait', async () => {
				sandbox.faults.add({ ...START, job: { endless: true } });
				const { id, path } = await onCall(SOON);
				const [failed] = await ended(id, path, [ONE]);
				const [job] = sandbox.jobs.list();
				expect(failed.error?.message).toMatch(/was not ready within .* Retry this execution/);
				expect(failed.error?.message).toContain(job.id);

				await n8n.api.importWorkflow(generateOnCall(path, credential, { maxWaitMinutes: 1 }), id);
				sandbox.requests.clear();
				const retried = n8n.api.retry(failed.id, { loadWorkflow: true });
				await untilAsked(1);
				sandbox.jobs.finish(job);
				await retried;
				expect(await resultsOf(id)).toEqual(['error', [job.id]]);
				expect(bought(sandbox)).toEqual([ONE]);
			});

			test('is looked for again if nobody knows whether it was started, and is never started again', async () => {
				sandbox.faults.add({ ...START, times: 1, reset: 'before' });
				const { id, path } = await onCall(SOON);
				const [first] = await ended(id, path, [ONE]);
				expect(first.error?.message).toMatch(/may have been started and paid/);

				await n8n.api.retry(first.id);
				// It is in the account after all.
				sandbox.jobs.finish(sandbox.jobs.start({ url: ONE }));
				await n8n.api.retry(first.id);
				expect((await resultsOf(id)).map((result) => (result === 'error' ? result : 'success'))).toEqual([
					'error',
					'error',
					'success',
				]);
				expect(bought(sandbox)).toEqual([]);
			});

			test('is not bought again if it failed', async () => {
				sandbox.faults.add({ ...START, job: { fails: 'Site blocks crawlers' } });
				const { id, path } = await onCall();
				const [failed] = await ended(id, path, [ONE]);
				expect(failed.error?.message).toMatch(/Site blocks crawlers/);

				sandbox.faults.clear();
				await n8n.api.retry(failed.id);
				const executions = await n8n.executionsOf(id, 2);
				expect(executions.map(({ error }) => error?.message)).toEqual(Array(2).fill(failed.error?.message));
				expect(bought(sandbox)).toEqual([ONE]);
			});

			test('is bought after a top-up, and not again for the other item', async () => {
				sandbox.faults.add({ ...START, url: 'two.example', times: 1, status: 402, delayMs: 500 });
				const { id, path } = await onCall();
				const [failed] = await ended(id, path, [ONE, TWO]);
				expect(failed.error?.message).toMatch(/Nothing was started/);
				expect(bought(sandbox)).toEqual([ONE]);

				sandbox.ledger.book({ type: 'purchase', amount: 500 });
				await n8n.api.retry(failed.id);
				const jobs = sandbox.jobs.list().map((job) => job.id);
				expect(await resultsOf(id)).toEqual(['error', jobs]);
				expect(bought(sandbox)).toEqual([ONE, TWO]);
			});
		});

		describe('in an execution that is stopped', () => {
			test('is no longer asked about; the next execution with Reuse takes its file, and a retry as well', async () => {
				const { id, path } = await onCall({ reuseWithinHours: 1 });
				const stoppedId = await stopWhileWaiting(id, path);
				expect(await requestsAfterStop(sandbox)).toBe(0);
				sandbox.jobs.finish(sandbox.jobs.list()[0]);
				await callWithSites(n8n.api.url, path, [ONE]);

				expect((await n8n.executionsOf(id, 2)).map(({ status }) => status)).toEqual(['canceled', 'success']);
				// n8n begins it at the trigger; older versions end it at once.
				await n8n.api.retry(stoppedId);
				expect(bought(sandbox)).toEqual([ONE]);
			});

			test('is bought again by the next execution without Reuse', async () => {
				const { id, path } = await onCall();
				await stopWhileWaiting(id, path);
				await callWithSites(n8n.api.url, path, [ONE]);

				expect((await n8n.executionsOf(id, 2)).map(({ status }) => status)).toEqual(['canceled', 'success']);
				expect(bought(sandbox)).toEqual([ONE, ONE]);
			});

			/** Stops an execution that waits for a job, and returns its ID. */
			async function stopWhileWaiting(id: string, path: string): Promise<string> {
				sandbox.faults.add({ ...START, times: 1, job: { endless: true } });
				await callWithSites(n8n.api.url, path, [ONE]);
				await untilAsked(2, '/generate/');
				const [executionId] = await n8n.api.executionIdsOf(id);
				await n8n.api.stop(executionId);
				return executionId;
			}
		});

		test('is bought each time that an AI agent asks, and not again by a retry of the tool', async () => {
			const retry = { retryOnFail: true, maxTries: 3, waitBetweenTries: 10 };
			const parameters = { ...generation(), url: fromAgent('url') };
			const tool = toolStep('Generate', parameters, credential, retry);
			const id = await n8n.api.importWorkflow(mcpWorkflow('generate', [tool]));
			await n8n.api.activate(id);
			// The first try ends, with the job on its way.
			sandbox.faults.add({ method: 'GET', path: '/generate/', times: 1, status: 401 });
			const results = await asAgent(n8n.api.url, 'generate', async (agent) => [
				await callTool(agent, 'Generate', { url: ONE }),
				await callTool(agent, 'Generate', { url: ONE }),
			]);

			const jobs = sandbox.jobs.list();
			expect(results.map(({ text }) => jobs.find((job) => text.includes(job.id)))).toEqual(jobs);
			expect(bought(sandbox)).toEqual([ONE, ONE]);
			await n8n.api.deactivate(id);
		});

		test(
			'is waited for by a new execution with Reuse, if n8n was killed meanwhile; a retry takes it as well',
			async () => {
				sandbox.faults.add({ ...START, times: 1, job: { endless: true } });
				const { id, path } = await onCall({ reuseWithinHours: 1 });
				await callWithSites(n8n.api.url, path, [ONE]);
				await untilAsked(2);
				await n8n.killed(() => sandbox.requests.clear());
				await n8n.api.untilActive(id);
				await callWithSites(n8n.api.url, path, [ONE]);
				await untilAsked(3);
				sandbox.jobs.finish(sandbox.jobs.list()[0]);

				const [killed] = await n8n.executionsOf(id, 2);
				expect(killed.status).toBe('crashed');
				// It begins at the trigger.
				await n8n.api.retry(killed.id);
				const executions = await n8n.executionsOf(id, 3);
				expect(executions.slice(1).map(({ status }) => status)).toEqual(['success', 'success']);
				expect(bought(sandbox)).toEqual([ONE]);
			},
			RESTART_LIMIT_MS,
		);

		/** Generates the files of these sites with “Execute workflow”. */
		async function run(urls: string[], options: IDataObject = {}, settings: Partial<INode> = {}) {
			const items = urls.map((url) => ({ url }));
			return runStep(n8n.api, generation(options), credential, { items, settings });
		}

		/** An active workflow that generates the files of the sites that its webhook is called with. */
		async function onCall(options: IDataObject = {}): Promise<{ id: string; path: string }> {
			const path = `generate-${++webhooks}`;
			const id = await n8n.api.importWorkflow(generateOnCall(path, credential, options));
			await n8n.api.activate(id);
			return { id, path };
		}

		async function ended(id: string, path: string, urls: string[]): Promise<Execution[]> {
			await callWithSites(n8n.api.url, path, urls);
			return n8n.executionsOf(id, 1);
		}

		/** For each execution: the IDs of the jobs that came out, or `error`. */
		async function resultsOf(workflowId: string): Promise<unknown[]> {
			const executions = await n8n.executionsOf(workflowId, 2);
			return executions.map(({ status, nodes }) =>
				status === 'success' ? nodes[GENERATE].items.map(({ json }) => json.jobId) : status,
			);
		}

		/** Waits until n8n has asked so many times. */
		async function untilAsked(times: number, path = '/'): Promise<void> {
			const requests = () => asked(sandbox).filter((request) => request.path.startsWith(path));
			await until(
				() => requests().length >= times,
				() => n8n.withEndOfLog(`${requests().length} requests, not ${times}`),
				POLL_LIMIT_MS,
			);
		}
	});
