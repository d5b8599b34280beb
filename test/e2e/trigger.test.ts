import { fastify, type FastifyInstance } from 'fastify';
import type { INode } from 'n8n-workflow';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SavedCredential, WorkflowJson } from '../../demo/n8nApi';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { inARow, step, TRIGGER, triggerStep } from '../steps';
import { startDemo, type RunningDemo } from './demoProcess';

let demo: RunningDemo;
/** One that outlives n8n. */
let sandbox: Sandbox;
let credential: SavedCredential;
/** Stands for the spreadsheet that the workflow writes to: each row as it came in. */
let spreadsheet: FastifyInstance;
const written: Array<{ id?: string }> = [];

beforeAll(async () => {
	sandbox = await startSandbox();
	spreadsheet = fastify();
	spreadsheet.post('/rows', (request) => ({ rows: written.push(request.body as object) }));
	await spreadsheet.listen({ host: '127.0.0.1', port: 0 });
	demo = await startDemo();
	credential = await demo.api.saveCredential({
		name: 'Account of the trigger',
		type: 'llmGeneratorApi',
		data: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
	});
});
afterAll(async () => {
	// Undefined where it did not start.
	await (demo as RunningDemo | undefined)?.clear();
	await sandbox.close();
	await spreadsheet.close();
});

const book = (count: number) => Array.from({ length: count }, () => sandbox.ledger.book().id);

/** Kills n8n on the spot, does what is to happen while it is off, and starts it again, until it has polled. */
async function killed<T>(meanwhile: () => T): Promise<T> {
	process.kill(-demo.n8nPid, 'SIGKILL');
	await demo.ended;
	const result = meanwhile();
	sandbox.requests.clear();
	demo = await startDemo({ home: demo.home });
	// n8n starts its workflows after it answers; killed before, it would not be a test of the trigger.
	const giveUpAt = Date.now() + 90_000;
	while (sandbox.requests.entries.length === 0) {
		if (Date.now() > giveUpAt) throw new Error(`n8n did not poll again: see ${demo.home}/n8n.log`);
		await sleep(100);
	}
	return result;
}

/** All that the trigger handed to its workflow, execution by execution, once there are so many. */
async function emitted(workflowId: string, executions: number) {
	const giveUpAt = Date.now() + 90_000;
	for (;;) {
		const found = await demo.api.executionsOf(workflowId);
		if (found.length >= executions || Date.now() > giveUpAt) {
			return found.map(({ nodes }) => nodes[TRIGGER].items.map(({ json }) => json));
		}
		await sleep(250);
	}
}

const ids = (executions: Array<Array<{ id?: unknown }>>) =>
	executions.map((items) => items.map(({ id }) => id));

test('new transactions arrive once, also when n8n is killed in between', async () => {
	const id = await demo.api.importWorkflow(triggerWorkflow({ event: 'newTransaction' }));
	// n8n polls at each activation too.
	await demo.api.activate(id);
	await demo.api.deactivate(id);
	const first = book(3);
	await demo.api.activate(id);
	expect(ids(await emitted(id, 1))).toEqual([first]);

	const second = await killed(() => book(150));
	expect(ids(await emitted(id, 2))).toEqual([first, second]);

	await killed(() => undefined);
	const third = await killed(() => book(1));
	expect(ids(await emitted(id, 3))).toEqual([first, second, third]);
	expect(written.map((row) => row.id)).toEqual([...first, ...second, ...third]);
	await demo.api.deactivate(id);
}, 400_000);

test('a low balance is told once, also when n8n is killed in between', async () => {
	const threshold = sandbox.ledger.balance + 1000;
	const id = await demo.api.importWorkflow(triggerWorkflow({ event: 'lowBalance', threshold }));
	await demo.api.activate(id);
	expect(await emitted(id, 1)).toEqual([[expect.objectContaining({ threshold, balance: threshold - 1000 })]]);

	await killed(() => undefined);
	await demo.api.deactivate(id);
	sandbox.ledger.book({ type: 'purchase', amount: 5000 });
	sandbox.ledger.book({ type: 'usage', amount: -4500 });
	await demo.api.activate(id);
	expect(await emitted(id, 2)).toEqual([
		[expect.objectContaining({ balance: threshold - 1000 })],
		[expect.objectContaining({ balance: threshold - 500 })],
	]);
	await demo.api.deactivate(id);
}, 400_000);

test('a test event in the editor is a real sample, and leaves the state alone', async () => {
	const id = await demo.api.importWorkflow(triggerWorkflow({ event: 'newTransaction' }));
	await demo.api.activate(id);
	await demo.api.deactivate(id);
	const [newest] = book(1);
	const { nodes, status } = await demo.api.runWorkflow(id, TRIGGER);
	expect(status).toBe('success');
	expect(nodes[TRIGGER].items.map(({ json }) => json.id)).toEqual([newest]);
	await demo.api.activate(id);
	const executions = await emitted(id, 2);
	expect(ids(executions)[1]).toEqual([newest]);
	await demo.api.deactivate(id);
}, 200_000);

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
