import { setTimeout as sleep } from 'node:timers/promises';
import type { Execution, SavedCredential } from '../../demo/n8nApi';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { POLL_TIMES, TRIGGER } from '../steps';
import { until } from '../until';
import { Cluster, WAIT_LIMIT_MS } from './cluster';
import { endWriteFaults, prepareWriteFaults, untilHeld, type WriteFault } from './writeFaults';
import { newTransactions } from './workflows';

const DURABLE = {
	N8N_SCHEDULER_ENABLED: 'true',
	N8N_SCHEDULER_POLL_TRIGGERS_ENABLED: 'true',
	N8N_POLLER_DURABLE_CURSORS_ENABLED: 'true',
};
/** One workflow for each moment at which the main is killed, each with its own API key. */
const MOMENTS = ['emitted', 'nothing saved', 'only the execution saved', 'only the position saved'] as const;
type Moment = (typeof MOMENTS)[number];

let cluster: Cluster;
let sandbox: Sandbox;
const ids = {} as Record<Moment, string>;
const credentials = {} as Record<Moment, SavedCredential>;
/** Executions up to this ID do not count any more. */
let lastSeenId = 0;

beforeAll(async () => {
	sandbox = await startSandbox({ ledger: { rows: 700, seed: 2 }, apiKeys: MOMENTS.map(key) });
	const { port } = new URL(sandbox.origin);
	cluster = await Cluster.start({
		// The same sandbox under two host names, so that its log shows which instance sent a request.
		main: { SANDBOX_HOST: 'localhost', N8N_BLOCK_ENV_ACCESS_IN_NODE: 'false' },
		workers: { SANDBOX_HOST: '127.0.0.1', N8N_BLOCK_ENV_ACCESS_IN_NODE: 'false' },
	});
	for (const moment of MOMENTS) {
		credentials[moment] = await cluster.api.saveCredential({
			name: `Account: ${moment}`,
			type: 'llmGeneratorApi',
			data: { apiKey: key(moment), baseUrl: `=http://{{ $env.SANDBOX_HOST }}:${port}/api/v1` },
		});
	}
	await activateAll(POLL_TIMES.fourTimesAMinute);
});
afterAll(async () => {
	// Undefined if it did not start.
	await (cluster as Cluster | undefined)?.stop();
	await sandbox.close();
});

test('the trigger polls on the main only, and its executions run on the workers', async () => {
	sandbox.requests.clear();
	const rows = addRows(3);
	await untilPolled(2);

	expect(await emitted()).toEqual(everywhere([success(rows)]));
	expect(hostsOf('/credits/history/api')).toEqual(['localhost']);
	expect(hostsOf('/credits/balance/api')).toEqual(['127.0.0.1']);
});

test('n8n with default settings, killed while the trigger emits rows: the effect is the one in docs/scaling.md', async () => {
	const rows = await addRowsAndKill(
		['emitted', 'only the execution saved'],
		[
			{ workflowId: ids['nothing saved'], write: 'position', effect: 'drop' },
			{ workflowId: ids['nothing saved'], write: 'execution', effect: 'hold' },
			{ workflowId: ids['only the execution saved'], write: 'position', effect: 'drop' },
			{ workflowId: ids['only the position saved'], write: 'execution', effect: 'hold' },
		],
	);
	await startMain();
	await untilPolled(2);

	expect(await emitted()).toEqual({
		emitted: [success(rows)],
		'nothing saved': [success(rows)],
		'only the execution saved': [success(rows), success(rows)],
		'only the position saved': [],
	});
});

test('with durable pollers no row is skipped and no row is emitted twice, from the moment they are switched on', async () => {
	await activateAll(POLL_TIMES.onceAMinute);
	forget();
	cluster.main.kill();
	const first = addRows(2);
	await startMain(DURABLE);
	await untilStartedWith(first);
	expect(await emitted()).toEqual(everywhere([success(first)]));

	const second = await addRowsAndKill(
		['emitted'],
		[
			{ workflowId: ids['nothing saved'], write: 'execution', effect: 'hold' },
			{ workflowId: ids['only the execution saved'], write: 'start', effect: 'hold' },
			{ workflowId: ids['only the position saved'], write: 'execution', effect: 'hold' },
		],
	);
	const third = addRows(1);
	await startMain(DURABLE);
	// This execution never reached a worker. n8n notices this at its start, and a person retries the execution.
	const [crashed] = await executions('only the execution saved');
	expect(crashed).toMatchObject({ status: 'crashed', nodes: {} });
	await cluster.api.retry(crashed.id);
	for (const moment of MOMENTS) {
		await cluster.api.deactivate(ids[moment]);
		await cluster.api.activate(ids[moment]);
	}
	await untilStartedWith(third);
	expect(await emittedRows()).toEqual(everywhere([...second, ...third].sort()));
});

async function activateAll(pollTimes: (typeof POLL_TIMES)[keyof typeof POLL_TIMES]): Promise<void> {
	for (const moment of MOMENTS) {
		const workflow = newTransactions(moment, credentials[moment], pollTimes);
		ids[moment] = await cluster.api.importWorkflow(workflow, ids[moment]);
		await cluster.api.activate(ids[moment]);
	}
}

function key(moment: Moment): string {
	return `llmgen_${moment.replaceAll(' ', '_')}`;
}

function addRows(count: number): string[] {
	return Array.from({ length: count }, () => sandbox.ledger.book().id);
}

/** The hosts in the requests for this path since the log was cleared. */
function hostsOf(path: string) {
	const requests = sandbox.requests.entries.filter((request) => request.path === path);
	return [...new Set(requests.map(({ headers }) => headers.host?.split(':')[0]))];
}

async function startMain(settings?: Record<string, string>): Promise<void> {
	// By now, the last requests of the killed main are in the log.
	await sleep(500);
	sandbox.requests.clear();
	await cluster.main.start(settings);
}

/**
 * Waits until each trigger has polled this many times since the log was cleared. Each poll begins with a request at
 * offset 0, and what one poll found is emitted before the next one begins.
 */
async function untilPolled(times: number): Promise<void> {
	const polls = (moment: Moment) =>
		sandbox.requests.entries.filter(
			({ path, query, headers }) =>
				path === '/credits/history/api' &&
				Number(query.offset) === 0 &&
				headers.authorization === `Bearer ${key(moment)}`,
		).length;
	await until(
		() => MOMENTS.every((moment) => polls(moment) >= times),
		() => `Polls of each trigger: ${MOMENTS.map((moment) => `${moment} ${polls(moment)}`).join(', ')}`,
		WAIT_LIMIT_MS,
	);
}

/** Waits until each workflow was started with these rows. */
async function untilStartedWith(rows: string[]): Promise<void> {
	for (const moment of MOMENTS) {
		await until(
			async () => (await executions(moment)).flatMap(rowsOf).includes(rows.at(-1)),
			`${moment}: not started with row ${rows.at(-1)}`,
			WAIT_LIMIT_MS,
		);
	}
}

/** Adds rows, and kills the main when some workflows have emitted them and the writes of the others are blocked. */
async function addRowsAndKill(emittedIn: Moment[], faults: WriteFault[]): Promise<string[]> {
	forget();
	prepareWriteFaults(cluster, faults);
	try {
		const rows = addRows(3);
		await untilHeld(cluster, faults.filter(({ effect }) => effect === 'hold').length);
		for (const moment of emittedIn) {
			await until(
				async () => (await executions(moment)).length === 1,
				`${moment}: the number of executions is not 1`,
				WAIT_LIMIT_MS,
			);
		}
		return rows;
	} finally {
		cluster.main.kill();
		endWriteFaults(cluster);
	}
}

function forget(): void {
	lastSeenId = Number(cluster.sql('select coalesce(max(id), 0) from execution_entity')[0]);
}

async function executions(moment: Moment): Promise<Execution[]> {
	return (await cluster.api.executionsOf(ids[moment])).filter(({ id }) => Number(id) > lastSeenId);
}

/** The IDs of the rows that an execution was started with; undefined if it never ran. */
function rowsOf({ nodes }: Execution): unknown[] | undefined {
	return TRIGGER in nodes ? nodes[TRIGGER].items.map(({ json }) => json.id) : undefined;
}

/** The rows of each execution, by workflow. */
function emitted() {
	return ofEach((started) =>
		started.map((execution) => ({ status: execution.status, rows: rowsOf(execution) })),
	);
}

/** All rows that each workflow has processed, sorted by ID. */
function emittedRows() {
	return ofEach((started) =>
		started
			.filter(({ status }) => status === 'success')
			.flatMap(rowsOf)
			.sort(),
	);
}

async function ofEach<T>(summarize: (started: Execution[]) => T): Promise<Partial<Record<Moment, T>>> {
	const summaries: Partial<Record<Moment, T>> = {};
	for (const moment of MOMENTS) summaries[moment] = summarize(await executions(moment));
	return summaries;
}

function success(rows: string[]) {
	return { status: 'success', rows };
}

function everywhere<T>(value: T): Record<Moment, T> {
	return Object.fromEntries(MOMENTS.map((moment) => [moment, value])) as Record<Moment, T>;
}
