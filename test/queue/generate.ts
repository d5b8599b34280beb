import type { IDataObject } from 'n8n-workflow';
import type { SavedCredential } from '../../demo/n8nApi';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { asked, bought, callWithSites, generateOnCall, requestsAfterStop } from '../generations';
import { sandboxAccount } from '../steps';
import { until } from '../until';
import { WAIT_LIMIT_MS, type Cluster } from './cluster';
import type { ClusterMember } from './clusterMember';

const SITE = 'https://one.example';
const WITH_REUSE = { reuseWithinHours: 1 };

/** Tests of Generate in queue mode. `running` is called when the tests run; every worker runs when a test begins. */
export const testGenerate = (running: () => Cluster) =>
	describe('a worker that waits for a generation', () => {
		let cluster: Cluster;
		let sandbox: Sandbox;
		let credential: SavedCredential;
		let webhooks = 0;

		beforeAll(async () => {
			cluster = running();
			sandbox = await startSandbox();
			credential = await cluster.api.saveCredential(sandboxAccount('Account of the generations', sandbox));
		});
		beforeEach(() => {
			sandbox.reset();
			sandbox.generation.durationMs = 300;
			sandbox.faults.add({ method: 'POST', path: '/generate', times: 1, job: { endless: true } });
		});
		afterAll(() => sandbox.close());

		test('is told to stop its execution: it no longer asks', async () => {
			const [id] = await untilWaiting({});
			await cluster.api.stop(id);

			expect(await requestsAfterStop(sandbox)).toBe(0);
			expect(await cluster.api.execution(id)).toMatchObject({ status: 'canceled' });
		});

		test('reaches Max Wait: a retry continues with the same job', async () => {
			const failed = await start({ maxWaitMinutes: 0.02 });
			expect(await cluster.api.execution(failed)).toMatchObject({
				status: 'error',
				error: { message: expect.stringMatching(/Retry this execution/) as string },
			});
			sandbox.jobs.finish(sandbox.jobs.list()[0]);
			await cluster.api.retry(failed);

			const [retried] = cluster.sql('select max(id) from execution_entity');
			expect(await cluster.api.execution(retried)).toMatchObject({ status: 'success' });
			expect(bought(sandbox)).toEqual([SITE]);
		});

		test('is killed: an execution with Reuse waits for the same job, one without Reuse buys again', async () => {
			const [, worker] = await untilWaiting(WITH_REUSE);
			worker.kill();
			await until(() => !worker.isRunning, 'The worker is still running');
			sandbox.requests.clear();
			const second = await start(WITH_REUSE);
			await untilAsked(3);
			sandbox.jobs.finish(sandbox.jobs.list()[0]);

			expect(await cluster.api.execution(second)).toMatchObject({ status: 'success' });
			expect(bought(sandbox)).toEqual([SITE]);

			expect(await cluster.api.execution(await start({}))).toMatchObject({ status: 'success' });
			expect(bought(sandbox)).toEqual([SITE, SITE]);
		});

		test('is asked to stop: it stops when the job has ended', async () => {
			const [id, worker] = await untilWaiting({});
			worker.askToStop();
			await untilAsked(asked(sandbox).length + 1);
			sandbox.jobs.finish(sandbox.jobs.list()[0]);

			expect(await cluster.api.execution(id)).toMatchObject({ status: 'success' });
			expect(bought(sandbox)).toEqual([SITE]);
			await until(() => !worker.isRunning, 'The worker did not stop', WAIT_LIMIT_MS);
		});

		/** Starts an execution, and returns its ID and its worker when this worker waits for the job. */
		async function untilWaiting(options: IDataObject): Promise<[string, ClusterMember]> {
			const id = await start(options);
			await untilAsked(1, '/generate/');
			for (const worker of cluster.workers) {
				if ((await worker.executions()).running.includes(id)) return [id, worker];
			}
			throw new Error('No worker runs the execution');
		}

		/** Starts an execution that generates the file of the site, and returns its ID. */
		async function start(options: IDataObject): Promise<string> {
			const { api } = cluster;
			const path = `generate-${++webhooks}`;
			const workflowId = await api.importWorkflow(generateOnCall(path, credential, options));
			await api.activate(workflowId);
			await callWithSites(api.url, path, [SITE]);
			return until(async () => (await api.executionIdsOf(workflowId))[0], 'The execution did not start');
		}

		/** Waits until n8n has asked so many times. */
		async function untilAsked(times: number, path = '/'): Promise<void> {
			const requests = () => asked(sandbox).filter((request) => request.path.startsWith(path));
			await until(
				() => requests().length >= times,
				() => `${requests().length} requests, not ${times}`,
				WAIT_LIMIT_MS,
			);
		}
	});
