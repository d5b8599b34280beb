import { fastify, type FastifyInstance } from 'fastify';
import type { IDataObject, INode } from 'n8n-workflow';
import type { SavedCredential, WorkflowJson } from '../../demo/n8nApi';
import type { Sandbox } from '../../sandbox/server';
import { inARow, step, TRIGGER, triggerStep } from '../steps';
import { until } from '../until';
import { POLL_LIMIT_MS, type RunningVersion } from './runningVersion';

const RESTARTS_LIMIT_MS = 900_000;

interface Place {
	n8n: RunningVersion;
	/** It outlives n8n. */
	sandbox: Sandbox;
	credential: SavedCredential;
}

/** What the trigger does in a real n8n, also one that is killed. `place`: asked when the tests run. */
export const testTrigger = (place: () => Place) =>
	describe('the trigger', () => {
		let { n8n, sandbox, credential } = {} as Place;
		/** Stands for the spreadsheet that the workflows write to: each row as it came in. */
		let spreadsheet: FastifyInstance;
		const written: Array<{ id?: string }> = [];

		beforeAll(async () => {
			({ n8n, sandbox, credential } = place());
			spreadsheet = fastify();
			spreadsheet.post('/rows', (request) => ({ rows: written.push(request.body as object) }));
			await spreadsheet.listen({ host: '127.0.0.1', port: 0 });
		});
		afterAll(() => spreadsheet.close());

		test(
			'new transactions arrive once, also when n8n is killed in between',
			async () => {
				const id = await n8n.api.importWorkflow(triggerWorkflow({ event: 'newTransaction' }));
				// n8n polls at each activation too.
				await n8n.api.activate(id);
				await n8n.api.deactivate(id);
				const first = book(3);
				await n8n.api.activate(id);
				expect(ids(await emitted(id, 1))).toEqual([first]);

				const second = await killed(id, () => book(150));
				expect(ids(await emitted(id, 2))).toEqual([first, second]);

				await killed(id, () => undefined);
				const third = await killed(id, () => book(1));
				expect(ids(await emitted(id, 3))).toEqual([first, second, third]);
				expect(written.map((row) => row.id)).toEqual([...first, ...second, ...third]);
				await n8n.api.deactivate(id);
			},
			RESTARTS_LIMIT_MS,
		);

		test(
			'a low balance is told once, also when n8n is killed in between',
			async () => {
				const threshold = sandbox.ledger.balance + 1000;
				const id = await n8n.api.importWorkflow(triggerWorkflow({ event: 'lowBalance', threshold }));
				await n8n.api.activate(id);
				const low = expect.objectContaining({ threshold, balance: threshold - 1000 }) as unknown;
				expect(await emitted(id, 1)).toEqual([[low]]);

				await killed(id, () => undefined);
				await n8n.api.deactivate(id);
				sandbox.ledger.book({ type: 'purchase', amount: 5000 });
				sandbox.ledger.book({ type: 'usage', amount: -4500 });
				await n8n.api.activate(id);
				const lowAgain = expect.objectContaining({ threshold, balance: threshold - 500 }) as unknown;
				expect(await emitted(id, 2)).toEqual([[low], [lowAgain]]);
				await n8n.api.deactivate(id);
			},
			RESTARTS_LIMIT_MS,
		);

		test('a test event in the editor is a real sample', async () => {
			const [newest] = book(1);
			const id = await n8n.api.importWorkflow(triggerWorkflow({ event: 'newTransaction' }));
			const { status, nodes } = await n8n.api.runWorkflow(id, TRIGGER);

			expect(status).toBe('success');
			expect(nodes[TRIGGER].items.map(({ json }) => json.id)).toEqual([newest]);
		});

		test('a test event in the editor leaves the state alone', async () => {
			const id = await n8n.api.importWorkflow(triggerWorkflow({ event: 'newTransaction' }));
			await n8n.api.activate(id);
			await n8n.api.deactivate(id);
			const [newest] = book(1);
			const { status, nodes } = await n8n.api.runWorkflow(id, TRIGGER);
			expect(status).toBe('success');
			expect(nodes[TRIGGER].items.map(({ json }) => json.id)).toEqual([newest]);

			await n8n.api.activate(id);
			expect(ids(await emitted(id, 2))).toEqual([[newest], [newest]]);
			await n8n.api.deactivate(id);
		});

		const book = (count: number) => Array.from({ length: count }, () => sandbox.ledger.book().id);

		/** Kills n8n on the spot, does what is to happen while it is off, and starts it again, until it has polled. */
		async function killed<T>(workflowId: string, meanwhile: () => T): Promise<T> {
			const result = await n8n.killed(() => {
				sandbox.requests.clear();
				return meanwhile();
			});
			await until(
				() => sandbox.requests.entries.length > 0,
				() => n8n.withEndOfLog('n8n did not poll again'),
				POLL_LIMIT_MS,
			);
			// An n8n that is killed while it switches a workflow on leaves that alone for two minutes when it starts again.
			await n8n.api.untilActive(workflowId);
			return result;
		}

		/** All that the trigger handed to its workflow, execution by execution, once there are so many. */
		async function emitted(workflowId: string, executions: number): Promise<IDataObject[][]> {
			const found = await n8n.executionsOf(workflowId, executions);
			return found.map(({ nodes }) => nodes[TRIGGER].items.map(({ json }) => json));
		}

		function triggerWorkflow(parameters: INode['parameters']): WorkflowJson {
			const write = step('Write Row', 'n8n-nodes-base.httpRequest', 4.2, {
				method: 'POST',
				url: `${spreadsheet.listeningOrigin}/rows`,
				sendBody: true,
				specifyBody: 'json',
				jsonBody: '={{ JSON.stringify($json) }}',
				// One after another, so that the order can be looked at.
				options: { batching: { batch: { batchSize: 1, batchInterval: 1 } } },
			});
			return inARow(`Trigger: ${JSON.stringify(parameters)}`, [triggerStep(parameters, credential), write]);
		}
	});

const ids = (executions: IDataObject[][]) => executions.map((items) => items.map(({ id }) => id));
