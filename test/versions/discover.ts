import { boughtDiscoveries, discovery, resetForDiscoveries, serveDiscoveries } from '../discoveries';
import { STEP } from '../e2e/oneStep';
import { asAgent, callTool, fromAgent, mcpWorkflow, toolStep } from '../mcp';
import { generatorStep, looped } from '../steps';
import { until } from '../until';
import { Account } from './account';
import { POLL_LIMIT_MS, type RunningVersion } from './runningVersion';

const [ONE, TWO] = ['https://one.example', 'https://two.example'];
const START = { method: 'POST', path: '/discovery' };
/** Less than a discovery of these tests takes. */
const SOON = { maxWaitMinutes: 0.02 };
const itemsOf = (...urls: string[]) => urls.map((url) => ({ url }));

/** Tests of Discover URLs in a real n8n: it is paid for once. */
export const testDiscover = (running: () => RunningVersion) =>
	describe('a discovery', () => {
		let account: Account;
		beforeAll(async () => {
			account = await Account.open(running(), 'Account of the discoveries');
		});
		beforeEach(() => {
			resetForDiscoveries(account.sandbox);
			for (const url of [ONE, TWO]) account.sandbox.websites.resize(url, 300);
		});
		afterAll(() => account.close());

		const discoveries = () => account.sandbox.discoveries.list({ startedBy: 'api' });
		const paid = () => boughtDiscoveries(account.sandbox);

		test.each([
			['queued', false],
			['queued', true],
			['synchronous', false],
			['synchronous', true],
		] as const)(
			'returns each URL once, paired with its item (%s, older names: %s)',
			async (manner, olderShape) => {
				serveDiscoveries(account.sandbox, { manner, olderShape });
				const parameters = discovery({ maxUrls: 230 });
				const { status, items } = await account.run(parameters, { items: itemsOf(ONE, TWO, `${ONE}/`) });

				expect(status).toBe('success');
				const urls = (item: number) =>
					items
						.filter(({ pairedItem }) => (pairedItem as { item: number }).item === item)
						.map(({ json }) => json.url);
				expect(new Set(urls(0)).size).toBe(230);
				expect(urls(1)).toHaveLength(230);
				expect(urls(2)).toEqual(urls(0));
				expect(paid().sort()).toEqual([ONE, TWO]);
			},
		);

		test('of an address that cannot be used is not started; with Continue, the other item is unharmed', async () => {
			const items = itemsOf('nowhere', ONE);
			const settings = { onError: 'continueRegularOutput' } as const;
			const { items: results } = await account.run(discovery({ maxUrls: 3 }), { items, settings });

			expect(results.map(({ json, pairedItem }) => [json.error ?? json.url, pairedItem])).toEqual([
				[expect.stringMatching(/not a web address/), { item: 0 }],
				...Array<unknown>(3).fill([expect.stringMatching(ONE), { item: 1 }]),
			]);
			expect(paid()).toEqual([ONE]);
		});

		test('returns the job immediately if Wait for Completion is off', async () => {
			const parameters = { ...discovery(), waitForCompletion: false };
			const { items } = await account.run(parameters, { items: itemsOf(ONE) });

			const [{ id }] = discoveries();
			expect(items.map(({ json }) => json)).toEqual([expect.objectContaining({ jobId: id, url: ONE })]);
		});

		test('is paid for once for each good item, if Retry On Fail repeats the node for a bad one', async () => {
			const retry = { retryOnFail: true, maxTries: 3, waitBetweenTries: 10 };
			const settings = { ...retry, onError: 'continueRegularOutput' } as const;
			await account.run(discovery(), { items: itemsOf('nowhere', ONE, TWO), settings });

			expect(paid().sort()).toEqual([ONE, TWO]);
		});

		test('is paid for in each round of a loop', async () => {
			const each = generatorStep(STEP, { ...discovery({ maxUrls: 1 }), url: ONE }, account.credential);
			const { api } = account.n8n;
			const { status } = await api.runWorkflow(await api.importWorkflow(looped(each, 2)));

			expect(status).toBe('success');
			expect(paid()).toEqual([ONE, ONE]);
		});

		describe('in a retry of a failed execution', () => {
			test('is waited for again if it was not ready in time', async () => {
				account.sandbox.faults.add({ ...START, job: { endless: true } });
				const { workflowId, execution } = await account.runOnCall(discovery(SOON), itemsOf(ONE));
				expect(execution.error?.message).toMatch(/were not ready within .* Retry this execution/);
				expect(execution.error?.message).toContain(discoveries()[0].id);

				account.sandbox.discoveries.finish(discoveries()[0]);
				const retried = await account.retried(workflowId, execution);
				expect(retried.nodes[STEP].items).toHaveLength(50);
				expect(paid()).toEqual([ONE]);
			});

			test('is never started again if nobody knows whether it was started', async () => {
				account.sandbox.faults.add({ ...START, times: 1, reset: 'after' });
				const { workflowId, execution } = await account.runOnCall(discovery(), itemsOf(ONE));
				expect(execution.error?.message).toMatch(/not sent twice.*may have been started and paid/);

				const retried = await account.retried(workflowId, execution);
				expect(retried.error?.message).toMatch(/^It is not known whether the discovery/);
				expect(paid()).toEqual([ONE]);
			});

			test('is not paid for again if only its URLs could not be read', async () => {
				const { faults } = account.sandbox;
				const failOnce = () => {
					const path = `/discovery/${discoveries()[0].id}/urls`;
					faults.add({ method: 'GET', path, times: 1, status: 401 });
				};
				faults.add({ ...START, meanwhile: { when: 'after', run: failOnce } });
				const { workflowId, execution } = await account.runOnCall(discovery(), itemsOf(ONE));
				expect(execution.error?.message).toMatch(/reads the URLs again and does not pay again/);

				const retried = await account.retried(workflowId, execution);
				expect(retried.nodes[STEP].items).toHaveLength(50);
				expect(paid()).toEqual([ONE]);
			});
		});

		test('is no longer asked about if the execution is stopped', async () => {
			account.sandbox.faults.add({ ...START, job: { endless: true } });
			const { api } = account.n8n;
			const workflowId = await account.startOnCall(discovery(), itemsOf(ONE));
			await until(() => account.sent().length > 1, 'n8n did not ask', POLL_LIMIT_MS);
			const [executionId] = await api.executionIdsOf(workflowId);
			await api.stop(executionId);
			expect((await api.execution(executionId)).status).toBe('canceled');
			expect(paid()).toEqual([ONE]);
		});

		test('is paid for each time that an AI agent asks, and not again by a retry of the tool', async () => {
			const retry = { retryOnFail: true, maxTries: 3, waitBetweenTries: 10 };
			const parameters = { ...discovery({ maxUrls: 2 }), url: fromAgent('url') };
			const tool = toolStep('Discover URLs', parameters, account.credential, retry);
			const { api } = account.n8n;
			const id = await api.importWorkflow(mcpWorkflow('discover', [tool]));
			await api.activate(id);
			account.sandbox.faults.add({ method: 'GET', path: '/discovery/', times: 1, status: 401 });
			const results = await asAgent(api.url, 'discover', async (agent) => [
				await callTool(agent, 'Discover_URLs', { url: ONE }),
				await callTool(agent, 'Discover_URLs', { url: ONE }),
			]);

			for (const { failed, text } of results) {
				expect({ failed, rows: (JSON.parse(text) as unknown[]).length }).toEqual({ failed: false, rows: 2 });
			}
			expect(paid()).toEqual([ONE, ONE]);
			await api.deactivate(id);
		});
	});
