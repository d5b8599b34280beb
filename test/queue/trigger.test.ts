import { setTimeout as sleep } from 'node:timers/promises';
import type { Execution, SavedCredential } from '../../demo/n8nApi';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { POLL_TIMES, TRIGGER } from '../steps';
import { until } from '../until';
import { Cluster, PATIENCE_MS } from './cluster';
import { endMishaps, prepareMishaps, untilHeld, type Mishap } from './mishaps';
import { newTransactions } from './workflows';

const DURABLE = {
	N8N_SCHEDULER_ENABLED: 'true',
	N8N_SCHEDULER_POLL_TRIGGERS_ENABLED: 'true',
	N8N_POLLER_DURABLE_CURSORS_ENABLED: 'true',
};
/** One workflow for each moment at which its main is killed, each with an account key of its own. */
const MOMENTS = [
	'handed over',
	'nothing saved',
	'only the execution saved',
	'only the position saved',
] as const;
type Moment = (typeof MOMENTS)[number];

let cluster: Cluster;
let sandbox: Sandbox;
const ids = {} as Record<Moment, string>;
const credentials = {} as Record<Moment, SavedCredential>;
/** Executions up to this ID are not looked at again. */
let seen = 0;

beforeAll(async () => {
	sandbox = await startSandbox({ ledger: { rows: 700, seed: 2 }, apiKeys: MOMENTS.map(key) });
	const { port } = new URL(sandbox.origin);
	cluster = await Cluster.start({
		// The same sandbox by two names, so that its log tells who asked.
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
	// Undefined where it did not start.
	await (cluster as Cluster | undefined)?.stop();
	await sandbox.close();
});

test('looks on the main only, and its executions run on the workers', async () => {
	sandbox.requests.clear();
	const rows = book(3);
	await looked(2);

	expect(await emitted()).toEqual(everywhere([success(rows)]));
	expect(askers('/credits/history/api')).toEqual(['localhost']);
	expect(askers('/credits/balance/api')).toEqual(['127.0.0.1']);
});

test('n8n as it comes, killed in the middle of handing over: as the table in docs/scaling.md says', async () => {
	const rows = await bookAndKill(
		['handed over', 'only the execution saved'],
		[
			{ workflowId: ids['nothing saved'], write: 'position', effect: 'drop' },
			{ workflowId: ids['nothing saved'], write: 'execution', effect: 'hold' },
			{ workflowId: ids['only the execution saved'], write: 'position', effect: 'drop' },
			{ workflowId: ids['only the position saved'], write: 'execution', effect: 'hold' },
		],
	);
	await startMain();
	await looked(2);

	expect(await emitted()).toEqual({
		'handed over': [success(rows)],
		'nothing saved': [success(rows)],
		'only the execution saved': [success(rows), success(rows)],
		'only the position saved': [],
	});
});

test('with durable pollers nothing is skipped and nothing comes twice, from the moment they are switched on', async () => {
	await activateAll(POLL_TIMES.onceAMinute);
	forget();
	cluster.main.kill();
	const first = book(2);
	await startMain(DURABLE);
	await arrived(first);
	expect(await emitted()).toEqual(everywhere([success(first)]));

	const second = await bookAndKill(
		['handed over'],
		[
			{ workflowId: ids['nothing saved'], write: 'execution', effect: 'hold' },
			{ workflowId: ids['only the execution saved'], write: 'start', effect: 'hold' },
			{ workflowId: ids['only the position saved'], write: 'execution', effect: 'hold' },
		],
	);
	const third = book(1);
	await startMain(DURABLE);
	// The workers never heard of this one: n8n notices when it starts, and a person retries it.
	const [crashed] = await executions('only the execution saved');
	expect(crashed).toMatchObject({ status: 'crashed', nodes: {} });
	await cluster.api.retry(crashed.id);
	for (const moment of MOMENTS) {
		await cluster.api.deactivate(ids[moment]);
		await cluster.api.activate(ids[moment]);
	}
	await arrived(third);
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

function book(count: number): string[] {
	return Array.from({ length: count }, () => sandbox.ledger.book().id);
}

/** Who asked for this path since the log was cleared. */
function askers(path: string) {
	const asked = sandbox.requests.entries.filter((request) => request.path === path);
	return [...new Set(asked.map(({ headers }) => headers.host?.split(':')[0]))];
}

async function startMain(settings?: Record<string, string>): Promise<void> {
	// What the killed one had under way is in the log by now.
	await sleep(500);
	sandbox.requests.clear();
	await cluster.main.start(settings);
}

/**
 * Waits until each trigger has looked so often since the log was cleared, each time beginning at the front of the
 * list. What a look found has been handed over when the next one begins.
 */
async function looked(times: number): Promise<void> {
	const looks = (moment: Moment) =>
		sandbox.requests.entries.filter(
			({ path, query, headers }) =>
				path === '/credits/history/api' &&
				Number(query.offset) === 0 &&
				headers.authorization === `Bearer ${key(moment)}`,
		).length;
	await until(
		() => MOMENTS.every((moment) => looks(moment) >= times),
		() =>
			`So often did each trigger look: ${MOMENTS.map((moment) => `${moment} ${looks(moment)}`).join(', ')}`,
		PATIENCE_MS,
	);
}

/** Waits until each workflow was started with these rows. */
async function arrived(rows: string[]): Promise<void> {
	for (const moment of MOMENTS) {
		await until(
			async () => (await executions(moment)).flatMap(rowsOf).includes(rows.at(-1)),
			`${moment}: not started with row ${rows.at(-1)}`,
			PATIENCE_MS,
		);
	}
}

/** Books rows, and kills the main when they were handed over in some workflows and are stuck in the others. */
async function bookAndKill(handedOver: Moment[], mishaps: Mishap[]): Promise<string[]> {
	forget();
	prepareMishaps(cluster, mishaps);
	try {
		const rows = book(3);
		await untilHeld(cluster, mishaps.filter(({ effect }) => effect === 'hold').length);
		for (const moment of handedOver) {
			await until(
				async () => (await executions(moment)).length === 1,
				`${moment}: there is not one execution`,
				PATIENCE_MS,
			);
		}
		return rows;
	} finally {
		cluster.main.kill();
		endMishaps(cluster);
	}
}

function forget(): void {
	seen = Number(cluster.sql('select coalesce(max(id), 0) from execution_entity')[0]);
}

async function executions(moment: Moment): Promise<Execution[]> {
	return (await cluster.api.executionsOf(ids[moment])).filter(({ id }) => Number(id) > seen);
}

/** The IDs of the rows that an execution was started with; undefined where it never ran. */
function rowsOf({ nodes }: Execution): unknown[] | undefined {
	return TRIGGER in nodes ? nodes[TRIGGER].items.map(({ json }) => json.id) : undefined;
}

/** What each workflow was started with, execution by execution. */
function emitted() {
	return ofEach((started) =>
		started.map((execution) => ({ status: execution.status, rows: rowsOf(execution) })),
	);
}

/** All rows that each workflow has dealt with, in no particular order. */
function emittedRows() {
	return ofEach((started) =>
		started
			.filter(({ status }) => status === 'success')
			.flatMap(rowsOf)
			.sort(),
	);
}

async function ofEach<T>(tell: (started: Execution[]) => T): Promise<Partial<Record<Moment, T>>> {
	const told: Partial<Record<Moment, T>> = {};
	for (const moment of MOMENTS) told[moment] = tell(await executions(moment));
	return told;
}

function success(rows: string[]) {
	return { status: 'success', rows };
}

function everywhere<T>(value: T): Record<Moment, T> {
	return Object.fromEntries(MOMENTS.map((moment) => [moment, value])) as Record<Moment, T>;
}
