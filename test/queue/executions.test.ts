import { startSandbox, type Sandbox } from '../../sandbox/server';
import { sandboxAccount } from '../steps';
import { eventually, until } from '../until';
import { callAll, type WebhookResponse } from './calls';
import { AT_ONCE_PER_WORKER, Cluster, WAIT_LIMIT_MS } from './cluster';
import { testGenerate } from './generate';
import { errorWorkflow, historyOnCall } from './workflows';

/** Three pages. With more rows, n8n would mostly be busy with storing and sending them. */
const ROWS = 250;
const AT_ONCE = 20;

let cluster: Cluster;
let sandbox: Sandbox;
let workflowId: string;
let errorWorkflowId: string;
/** The expected response to a call: every row once, in order, with all its fields. */
let allRows: string;

beforeAll(async () => {
	sandbox = await startSandbox({ ledger: { rows: ROWS, seed: 1 } });
	allRows = JSON.stringify(sandbox.ledger.all('newestFirst'));
	cluster = await Cluster.start();
	const { api } = cluster;
	errorWorkflowId = await api.importWorkflow(errorWorkflow());
	await api.activate(errorWorkflowId);
	const credential = await api.saveCredential(sandboxAccount('Account of the load', sandbox));
	workflowId = await api.importWorkflow(historyOnCall('history', credential, errorWorkflowId));
	await api.activate(workflowId);
});
beforeEach(async () => {
	// Starts what an earlier test has stopped, also if that test failed.
	const stopped = [cluster.main, ...cluster.workers].filter((member) => !member.isRunning);
	await Promise.all(stopped.map((member) => member.start()));
});
afterEach(() => {
	sandbox.rateLimit = undefined;
	sandbox.faults.clear();
	sandbox.requests.clear();
});
afterAll(async () => {
	// Undefined if it did not start.
	await (cluster as Cluster | undefined)?.stop();
	await sandbox.close();
});

test('300 executions are all complete, shared by both workers', async () => {
	const started = Date.now();
	const responses = await call(300);
	const seconds = (Date.now() - started) / 1000;

	expect(summary(responses)).toEqual({ right: 300, others: {} });
	await untilAll('success', 300);
	const [one, other] = await Promise.all(
		cluster.workers.map(async (worker) => (await worker.executions()).finished),
	);
	expect(new Set([...one, ...other]).size).toBe(300);
	expect(Math.min(one.length, other.length)).toBeGreaterThan(60);
	log(`300 executions in ${seconds.toFixed(0)} s: ${one.length} on worker-1, ${other.length} on worker-2`);
});

test('20 executions that share a low rate limit take longer, and none fails', async () => {
	sandbox.rateLimit = { limit: 10, windowMs: 2_000 };
	const started = Date.now();
	const responses = await call(20);
	const seconds = (Date.now() - started) / 1000;

	const rejected = sandbox.requests.entries.filter(({ status }) => status === 429).length;
	log(`20 executions took ${seconds.toFixed(0)} s; ${rejected} requests were rejected`);
	expect(summary(responses)).toEqual({ right: 20, others: {} });
	expect(rejected).toBeGreaterThan(0);
});

test('the main is killed: its callers get no response, but the workers complete their executions', async () => {
	// So slow that the first execution is still running when the last one starts.
	sandbox.faults.add({ delayMs: 5_000 });
	const responses = call(20);
	await untilAll('running', 20);
	cluster.main.kill();

	expect(summary(await responses)).toEqual({ right: 0, others: { '0 no answer': 20 } });
	await untilAll('success', 20);
	await cluster.main.start();
	for (const id of newest(20)) {
		const { items } = (await cluster.api.execution(id)).nodes['Get Credit History'];
		expect(JSON.stringify(items.map(({ json }) => json))).toBe(allRows);
	}
});

test('a worker that is asked to stop, as for an update, finishes its running executions', async () => {
	// n8n 2.41.1 can lose an execution that a worker takes from the queue, or completes, at the moment when it is asked to
	// stop. So it is asked while all of its executions wait for the API.
	sandbox.faults.add({ delayMs: 5_000, times: AT_ONCE });
	const [, worker] = cluster.workers;
	const responses = call(60);
	await until(
		() => sandbox.requests.entries.length >= AT_ONCE,
		() => `${sandbox.requests.entries.length} of ${AT_ONCE} executions wait for the API`,
		WAIT_LIMIT_MS,
	);
	const { running } = await worker.executions();
	worker.askToStop();

	expect(running).toHaveLength(AT_ONCE_PER_WORKER);
	expect(summary(await responses)).toEqual({ right: 60, others: {} });
	await until(() => !worker.isRunning, 'The worker did not stop', WAIT_LIMIT_MS);
});

test('a worker is killed halfway: its running executions are reported as failed, all others are complete', async () => {
	// So slow that an execution that was seen running is still running when its worker is killed.
	sandbox.faults.add({ delayMs: 900 });
	const [worker] = cluster.workers;
	let responded = 0;
	const responses = call(300, (count) => (responded = count));
	await until(
		() => responded >= 150,
		() => `${responded} of 300 calls have a response`,
		WAIT_LIMIT_MS,
	);
	await until(
		async () => (await worker.executions()).running.length > 0,
		'The worker runs no execution',
		WAIT_LIMIT_MS,
	);
	worker.kill();
	const killedAt = Date.now();
	const { right, others } = summary(await responses);
	const seconds = (Date.now() - killedAt) / 1000;

	const lost = 300 - right;
	log(
		`worker-1 killed: ${lost} of 300 executions failed, the last one was reported ${seconds.toFixed(0)} s later`,
	);
	expect(others).toEqual({ '500 {"message":"Error in workflow"}': lost });
	expect(lost).toBeLessThanOrEqual(AT_ONCE_PER_WORKER);
	// A busy n8n stores some of the statuses after it has responded.
	await eventually(() => expect(statuses(300)).toEqual([`error|${lost}`, `success|${right}`]));
	for (const id of newest(300, 'error')) {
		expect(await cluster.api.execution(id)).toMatchObject({
			finished: false,
			error: { message: expect.stringMatching(/failed to be processed too many times/) as string },
			nodes: {},
		});
	}
	// n8n starts the error workflow for each of them.
	const errorExecutions = await until(
		async () => {
			const started = await cluster.api.executionsOf(errorWorkflowId);
			return started.length >= lost && started;
		},
		`The error workflow was started fewer than ${lost} times`,
		WAIT_LIMIT_MS,
	);
	expect(errorExecutions.map(({ status }) => status)).toEqual(Array(lost).fill('success'));
});

testGenerate(() => cluster);

async function call(times: number, onResponse?: (responses: number) => void): Promise<WebhookResponse[]> {
	return callAll(`${cluster.main.url}/webhook/history`, { times, atOnce: AT_ONCE, onResponse });
}

/** The number of right responses, and of each other response (the first 200 characters of it). */
function summary(responses: WebhookResponse[]) {
	const wrong = responses.filter(({ body }) => body !== allRows);
	const others: Record<string, number> = {};
	for (const { status, body } of wrong) {
		const start = `${status} ${body.slice(0, 200)}`;
		others[start] = (others[start] ?? 0) + 1;
	}
	return { right: responses.length - wrong.length, others };
}

/** How many of the newest executions have which status, e.g. ['error|2', 'success|298']. */
function statuses(count: number): string[] {
	return cluster.sql(`select status, count(*) from (${newestFirst(count)}) as newest group by 1 order by 1`);
}

async function untilAll(status: string, count: number): Promise<void> {
	await until(
		() => statuses(count).includes(`${status}|${count}`),
		() => `The newest ${count} executions are not ${status}, but ${statuses(count).join(', ')}`,
		WAIT_LIMIT_MS,
	);
}

/** The IDs of those of the newest executions that have this status. */
function newest(count: number, status = 'success'): string[] {
	return cluster.sql(`select id from (${newestFirst(count)}) as newest where status = '${status}'`);
}

function newestFirst(count: number): string {
	return `select id, status from execution_entity where "workflowId" = '${workflowId}' order by id desc limit ${count}`;
}

function log(text: string): void {
	process.stdout.write(`    ${text}\n`);
}
