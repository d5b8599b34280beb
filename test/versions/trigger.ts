import { fastify, type FastifyInstance } from 'fastify';
import type { IDataObject, INode } from 'n8n-workflow';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SavedCredential, WorkflowJson } from '../../demo/n8nApi';
import type { Sandbox } from '../../sandbox/server';
import { inARow, POLL_TIMES, step, TRIGGER, triggerStep, type PollTimes } from '../steps';
import { emitted, killed, RESTARTS_LIMIT_MS, untilPolled } from './polling';
import type { RunningVersion } from './runningVersion';

const EVERY_MS = 5_000;

interface Setting {
	n8n: RunningVersion;
	/** It keeps running when n8n is killed. */
	sandbox: Sandbox;
	credential: SavedCredential;
}

/** Tests of the trigger in a real n8n, also in one that is killed. `setting` is called when the tests run. */
export const testTrigger = (setting: () => Setting) =>
	describe('the trigger', () => {
		let { n8n, sandbox, credential } = {} as Setting;
		/** Takes the place of the spreadsheet that the workflows write to. */
		let spreadsheet: FastifyInstance;
		const written: Array<{ id?: string }> = [];

		beforeAll(async () => {
			({ n8n, sandbox, credential } = setting());
			spreadsheet = fastify();
			spreadsheet.post('/rows', (request) => ({ rows: written.push(request.body as object) }));
			await spreadsheet.listen({ host: '127.0.0.1', port: 0 });
		});
		afterAll(() => spreadsheet.close());

		test(
			'new transactions are emitted once, also when n8n is killed in between',
			async () => {
				const id = await n8n.api.importWorkflow(triggerWorkflow({ event: 'newTransaction' }));
				// n8n polls at each activation too.
				await n8n.api.activate(id);
				await n8n.api.deactivate(id);
				const first = addRows(3);
				await n8n.api.activate(id);
				expect(ids(await emitted({ n8n }, id, 1))).toEqual([first]);

				const second = await killed({ n8n, sandbox }, id, () => addRows(150));
				expect(ids(await emitted({ n8n }, id, 2))).toEqual([first, second]);

				await killed({ n8n, sandbox }, id, () => undefined);
				const third = await killed({ n8n, sandbox }, id, () => addRows(1));
				expect(ids(await emitted({ n8n }, id, 3))).toEqual([first, second, third]);
				expect(written.map((row) => row.id)).toEqual([...first, ...second, ...third]);
				await n8n.api.deactivate(id);
			},
			RESTARTS_LIMIT_MS,
		);

		test(
			'a low balance is reported once, also when n8n is killed in between',
			async () => {
				const threshold = sandbox.ledger.balance + 1000;
				const id = await n8n.api.importWorkflow(triggerWorkflow({ event: 'lowBalance', threshold }));
				await n8n.api.activate(id);
				const low = expect.objectContaining({ threshold, balance: threshold - 1000 }) as unknown;
				expect(await emitted({ n8n }, id, 1)).toEqual([[low]]);

				await killed({ n8n, sandbox }, id, () => undefined);
				await n8n.api.deactivate(id);
				sandbox.ledger.book({ type: 'purchase', amount: 5000 });
				sandbox.ledger.book({ type: 'usage', amount: -4500 });
				await n8n.api.activate(id);
				const lowAgain = expect.objectContaining({ threshold, balance: threshold - 500 }) as unknown;
				expect(await emitted({ n8n }, id, 2)).toEqual([[low], [lowAgain]]);
				await n8n.api.deactivate(id);
			},
			RESTARTS_LIMIT_MS,
		);

		test('a low balance is reported with the plan, and also if the plan cannot be read', async () => {
			const threshold = sandbox.ledger.balance + 1;
			const low = { event: 'lowBalance', threshold, options: { includePlan: true } };
			const polled = async () => {
				const id = await n8n.api.importWorkflow(triggerWorkflow(low));
				await n8n.api.activate(id);
				const [[item]] = await emitted({ n8n }, id, 1);
				await n8n.api.deactivate(id);
				return item;
			};

			const nextCreditsAt = sandbox.subscription?.currentPeriodEnd;
			const plan = { plan: 'Professional', monthlyCredits: 3000, nextCreditsAt };
			expect(await polled()).toMatchObject({ threshold, ...plan });
			sandbox.faults.add({ path: '/subscriptions/current', status: 403 });
			const unknown = { plan: null, monthlyCredits: null, nextCreditsAt: null };
			expect(await polled()).toMatchObject({ threshold, ...unknown });
		});

		test('Poll Times are in the time zone of the workflow', async () => {
			// The same hour is ten hours later in New York.
			const inIndia = { timezone: 'Asia/Kolkata' };
			const format = new Intl.DateTimeFormat('en', {
				hour: 'numeric',
				hourCycle: 'h23',
				timeZone: inIndia.timezone,
			});
			const hour = Number(format.format(new Date()));
			const thisHour = POLL_TIMES.everyFiveSeconds.map(({ mode, cronExpression }) => ({
				mode,
				cronExpression: cronExpression.replace(/^(\d+ \*) \*/, `$1 ${hour},${(hour + 1) % 24}`),
			}));
			const id = await n8n.api.importWorkflow({
				...triggerWorkflow({ event: 'newTransaction' }, thisHour),
				settings: inIndia,
			});
			await n8n.api.activate(id);
			// It has polled at its activation.
			sandbox.requests.clear();
			await untilPolled({ n8n, sandbox });
			await n8n.api.deactivate(id);

			await n8n.api.editWorkflow(id, () => ({ settings: { timezone: 'America/New_York' } }));
			await n8n.api.activate(id);
			sandbox.requests.clear();
			await sleep(2 * EVERY_MS);
			expect(sandbox.requests.entries).toEqual([]);
			await n8n.api.deactivate(id);
		});

		test('a test event in the editor is a real sample', async () => {
			const [newest] = addRows(1);
			const id = await n8n.api.importWorkflow(triggerWorkflow({ event: 'newTransaction' }));
			const { status, nodes } = await n8n.api.runWorkflow(id, TRIGGER);

			expect(status).toBe('success');
			expect(nodes[TRIGGER].items.map(({ json }) => json.id)).toEqual([newest]);
		});

		test('a test event in the editor does not change the state', async () => {
			const id = await n8n.api.importWorkflow(triggerWorkflow({ event: 'newTransaction' }));
			await n8n.api.activate(id);
			await n8n.api.deactivate(id);
			const [newest] = addRows(1);
			const { status, nodes } = await n8n.api.runWorkflow(id, TRIGGER);
			expect(status).toBe('success');
			expect(nodes[TRIGGER].items.map(({ json }) => json.id)).toEqual([newest]);

			await n8n.api.activate(id);
			expect(ids(await emitted({ n8n }, id, 2))).toEqual([[newest], [newest]]);
			await n8n.api.deactivate(id);
		});

		const addRows = (count: number) => Array.from({ length: count }, () => sandbox.ledger.book().id);

		function triggerWorkflow(parameters: INode['parameters'], pollTimes?: PollTimes): WorkflowJson {
			const write = step('Write Row', 'n8n-nodes-base.httpRequest', 4.2, {
				method: 'POST',
				url: `${spreadsheet.listeningOrigin}/rows`,
				sendBody: true,
				specifyBody: 'json',
				jsonBody: '={{ JSON.stringify($json) }}',
				// One request after another, so that the order can be checked.
				options: { batching: { batch: { batchSize: 1, batchInterval: 1 } } },
			});
			const trigger = triggerStep(parameters, credential, pollTimes);
			return inARow(`Trigger: ${JSON.stringify(parameters)}`, [trigger, write]);
		}
	});

const ids = (executions: IDataObject[][]) => executions.map((items) => items.map(({ id }) => id));
