import { startSandbox, type Sandbox } from '../../sandbox/server';
import { until } from '../until';
import { callAll, type Answer } from './calls';
import { AT_ONCE_PER_WORKER, Cluster, PATIENCE_MS } from './cluster';
import { errorWorkflow, historyOnCall } from './workflows';

const ROWS = 1000;
const AT_ONCE = 20;

let cluster: Cluster;
let sandbox: Sandbox;
let workflowId: string;
let errorWorkflowId: string;
/** What a call has to be answered with: every row once, in order, with all its fields. */
let allRows: string;

beforeAll(async () => {
	sandbox = await startSandbox({ ledger: { rows: ROWS, seed: 1 } });
	allRows = JSON.stringify(sandbox.ledger.all('newestFirst'));
	cluster = await Cluster.start();
	const { api } = cluster;
	errorWorkflowId = await api.importWorkflow(errorWorkflow());
	await api.activate(errorWorkflowId);
	const credential = await api.saveCredential({
		name: 'Account of the load',
		type: 'llmGeneratorApi',
		data: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
	});
	workflowId = await api.importWorkflow(historyOnCall('history', credential, errorWorkflowId));
	await api.activate(workflowId);
});
beforeEach(async () => {
	// What an earlier test ended runs again, also where that test failed.
	const ended = [cluster.main, ...cluster.workers].filter((member) => !member.isRunning);
	await Promise.all(ended.map((member) => member.start()));
});
afterEach(() => {
	sandbox.rateLimit = undefined;
	sandbox.faults.clear();
	sandbox.requests.clear();
});
afterAll(async () => {
	// Undefined where it did not start.
	await (cluster as Cluster | undefined)?.stop();
	await sandbox.close();
});

test('300 executions are all complete, shared by both workers', async () => {
	const begun = Date.now();
	const answers = await call(300);
	const seconds = (Date.now() - begun) / 1000;

	expect(judged(answers)).toEqual({ right: 300, others: {} });
	expect(statuses(300)).toEqual(['success|300']);
	const [one, other] = await Promise.all(
		cluster.workers.map(async (worker) => (await worker.executions()).finished),
	);
	expect(new Set([...one, ...other]).size).toBe(300);
	expect(Math.min(one.length, other.length)).toBeGreaterThan(60);
	tell(`300 executions in ${seconds.toFixed(0)} s: ${one.length} on worker-1, ${other.length} on worker-2`);
});

test('20 executions that share a tight rate limit finish late, and none fails', async () => {
	sandbox.rateLimit = { limit: 10, windowMs: 2_000 };
	const begun = Date.now();
	const answers = await call(20);
	const seconds = (Date.now() - begun) / 1000;

	const turnedAway = sandbox.requests.entries.filter(({ status }) => status === 429).length;
	tell(`20 executions took ${seconds.toFixed(0)} s; ${turnedAway} requests were turned away`);
	expect(judged(answers)).toEqual({ right: 20, others: {} });
	expect(turnedAway).toBeGreaterThan(0);
});

test('the main is killed: its callers get no answer, but what the workers have is completed', async () => {
	// So long that the first still runs when the last has begun.
	sandbox.faults.add({ delayMs: 3_000 });
	const answers = call(20);
	await untilAll('running', 20);
	cluster.main.kill();

	expect(judged(await answers)).toEqual({ right: 0, others: { '0 no answer': 20 } });
	await untilAll('success', 20);
	await cluster.main.start();
	for (const id of newest(20)) {
		const { items } = (await cluster.api.execution(id)).nodes['Get Credit History'];
		expect(JSON.stringify(items.map(({ json }) => json))).toBe(allRows);
	}
});

test('a worker that is asked to end, as for an update, finishes what it runs', async () => {
	// n8n 2.41.1 can lose an execution that a worker is just taking from the queue, or handing back, when it is asked to
	// end. So it is asked while everything that it runs waits for the API.
	sandbox.faults.add({ delayMs: 5_000, times: AT_ONCE });
	const [, worker] = cluster.workers;
	const answers = call(60);
	await until(
		() => sandbox.requests.entries.length >= AT_ONCE,
		() => `${sandbox.requests.entries.length} of ${AT_ONCE} executions wait for the API`,
		PATIENCE_MS,
	);
	const { running } = await worker.executions();
	worker.askToEnd();

	expect(running).toHaveLength(AT_ONCE_PER_WORKER);
	expect(judged(await answers)).toEqual({ right: 60, others: {} });
	await until(() => !worker.isRunning, 'The worker did not end', PATIENCE_MS);
});

test('a worker is killed halfway: what it ran is reported as failed, everything else is complete', async () => {
	// So long that an execution which was seen to run still does when its worker is killed.
	sandbox.faults.add({ delayMs: 300 });
	const [worker] = cluster.workers;
	let answered = 0;
	const answers = call(300, (count) => (answered = count));
	await until(
		() => answered >= 150,
		() => `${answered} of 300 were answered`,
		PATIENCE_MS,
	);
	await until(
		async () => (await worker.executions()).running.length > 0,
		'The worker runs nothing',
		PATIENCE_MS,
	);
	worker.kill();
	const killedAt = Date.now();
	const { right, others } = judged(await answers);
	const seconds = (Date.now() - killedAt) / 1000;

	const lost = 300 - right;
	tell(`worker-1 killed: ${lost} of 300 executions failed, all told ${seconds.toFixed(0)} s later`);
	expect(others).toEqual({ '500 {"message":"Error in workflow"}': lost });
	expect(lost).toBeLessThanOrEqual(AT_ONCE_PER_WORKER);
	expect(statuses(300)).toEqual([`error|${lost}`, `success|${right}`]);
	for (const id of newest(300, 'error')) {
		expect(await cluster.api.execution(id)).toMatchObject({
			finished: false,
			error: { message: expect.stringMatching(/failed to be processed too many times/) as string },
			nodes: {},
		});
	}
	// n8n starts the error workflow for each of them.
	const told = await until(
		async () => {
			const started = await cluster.api.executionsOf(errorWorkflowId);
			return started.length >= lost && started;
		},
		`The error workflow was started less than ${lost} times`,
		PATIENCE_MS,
	);
	expect(told.map(({ status }) => status)).toEqual(Array(lost).fill('success'));
});

async function call(times: number, onAnswer?: (answers: number) => void): Promise<Answer[]> {
	return callAll(`${cluster.main.url}/webhook/history`, { times, atOnce: AT_ONCE, onAnswer });
}

/** How many were right, and how many of each other kind came, cut short. */
function judged(answers: Answer[]) {
	const wrong = answers.filter(({ body }) => body !== allRows);
	const others: Record<string, number> = {};
	for (const { status, body } of wrong) {
		const start = `${status} ${body.slice(0, 200)}`;
		others[start] = (others[start] ?? 0) + 1;
	}
	return { right: answers.length - wrong.length, others };
}

/** How many of the newest executions n8n shows as what, e.g. ['error|2', 'success|298']. */
function statuses(count: number): string[] {
	return cluster.sql(`select status, count(*) from (${newestFirst(count)}) as newest group by 1 order by 1`);
}

async function untilAll(status: string, count: number): Promise<void> {
	await until(
		() => statuses(count).includes(`${status}|${count}`),
		() => `The newest ${count} executions are not ${status}, but ${statuses(count).join(', ')}`,
		PATIENCE_MS,
	);
}

/** The IDs of the newest executions that are shown as this. */
function newest(count: number, status = 'success'): string[] {
	return cluster.sql(`select id from (${newestFirst(count)}) as newest where status = '${status}'`);
}

function newestFirst(count: number): string {
	return `select id, status from execution_entity where "workflowId" = '${workflowId}' order by id desc limit ${count}`;
}

function tell(text: string): void {
	process.stdout.write(`    ${text}\n`);
}
