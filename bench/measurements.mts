import type { TestEnvironment } from './testEnvironment.mts';
import { measureGeneration, type Generation } from './generation.mts';
import { measureLoad, type Load } from './load.mts';
import { readPages } from './readPages.ts';
import {
	checkRows,
	runInTurns,
	read,
	runOnce,
	timing,
	withMemory,
	type Memory,
	type Run,
	type Timing,
} from './runs.mts';
import { spread, type Spread } from './spread.ts';
import { count } from './tables.ts';
import {
	checkoutWithHttpRequest,
	checkoutWithNode,
	readWithHttpRequest,
	readWithHttpRequestAlone,
	readWithNode,
} from './workflows.ts';

const SPEED: Ledger[] = [
	{ rows: 10_000, delayMs: 50 },
	{ rows: 1_000, delayMs: 100 },
	{ rows: 10_000, delayMs: 0 },
	{ rows: 1_000, delayMs: 0 },
];
/** `atOnce`: the node's own default. */
const LIMIT = { rows: 10_000, delayMs: 50, atOnce: 16 };
const CHECKOUTS = { count: 200, delayMs: 50 };
const PACKAGES = ['pkg_starter', 'pkg_pro', 'pkg_business'];
const AT_ONCE = { rows: 10_000, delaysMs: [50, 0], counts: [1, 2, 4, 8, 16] };
const LENGTHS = { rows: [10_000, 30_000, 100_000], delayMs: 5 };
const MEMORY = { rows: 100_000, delayMs: 5 };

interface Ledger {
	rows: number;
	/** How long the sandbox waits before it responds to a request. */
	delayMs: number;
}

interface Pair {
	httpRequest: Timing;
	node: Timing;
}

export interface Figures {
	repetitions: number;
	speed: Array<Ledger & Pair>;
	limit: typeof LIMIT & { script: Spread; node: Timing };
	checkouts: typeof CHECKOUTS & Pair;
	atOnce: Array<Ledger & { atOnce: number; node: Timing }>;
	lengths: Array<Ledger & { node: Timing }>;
	load: Load;
	memory: Ledger & { httpRequest: Memory; node: Memory };
	generation: Generation;
}

/** Measures everything, one thing after the other. */
export async function measure(
	environment: TestEnvironment,
	repetitions: number,
	log: (text: string) => void,
): Promise<Figures> {
	const { sandbox } = environment;
	await environment.addWorkflows((credential) => [
		readWithHttpRequest(credential),
		readWithHttpRequestAlone(credential),
		readWithNode(credential),
		...AT_ONCE.counts.map((atOnce) => readWithNode(credential, atOnce)),
		checkoutWithHttpRequest(credential),
		checkoutWithNode(credential),
	]);
	// The order matters: load and memory are measured in new processes, everything else in one that has warmed up.
	return {
		repetitions,
		speed: await oneByOne(SPEED, measureSpeed),
		limit: await measureLimit(),
		checkouts: await measureCheckouts(),
		atOnce: (await oneByOne(AT_ONCE.delaysMs, measureAtOnce)).flat(),
		lengths: await measureLengths(),
		load: await measureLoad(environment, repetitions, log),
		memory: await measureMemory(),
		generation: await measureGeneration(environment, repetitions, log),
	};

	async function measureLimit(): Promise<Figures['limit']> {
		log(`${rowsAndDelay(LIMIT)}, compared with a plain script`);
		const expected = await sandbox.prepare(LIMIT.rows, LIMIT.delayMs);
		const script = async () => {
			const start = performance.now();
			const rows = await readPages(sandbox, LIMIT.rows, LIMIT.atOnce);
			const ms = performance.now() - start;
			checkRows('The plain script', rows, expected);
			return ms;
		};
		const runs = await runInTurns(
			{ repetitions },
			{ script, node: () => read(environment, 'node', expected) },
		);
		return { ...LIMIT, script: spread(runs.script), node: timing(runs.node) };
	}

	async function measureSpeed(ledger: Ledger): Promise<Figures['speed'][number]> {
		log(`${rowsAndDelay(ledger)}, compared with the HTTP Request node`);
		const expected = await sandbox.prepare(ledger.rows, ledger.delayMs);
		const { httpRequest, node } = await runInTurns(
			{ repetitions },
			{
				httpRequest: () => read(environment, 'http-request', expected),
				node: () => read(environment, 'node', expected),
			},
		);
		return { ...ledger, httpRequest: timing(httpRequest), node: timing(node) };
	}

	/** The packages are in random order, so that a result in the wrong place is noticed. */
	async function measureCheckouts(): Promise<Figures['checkouts']> {
		log(`${CHECKOUTS.count} checkouts, compared with the HTTP Request node`);
		await sandbox.prepare(0, CHECKOUTS.delayMs);
		const packages = Array.from(
			{ length: CHECKOUTS.count },
			() => PACKAGES[Math.floor(Math.random() * PACKAGES.length)],
		);
		const send = async (workflow: string) => {
			const run = await runOnce(environment, workflow, { packages });
			const answers = run.rows.map((row) => row.split(' '));
			const sessions = answers.map(([, session]) => session);
			checkRows(
				workflow,
				answers.map(([bought]) => bought),
				packages,
			);
			checkRows(workflow, [...new Set(sessions)], sessions);
			return run;
		};
		const { httpRequest, node } = await runInTurns(
			{ repetitions },
			{ httpRequest: () => send('checkout-http-request'), node: () => send('checkout-node') },
		);
		return { ...CHECKOUTS, httpRequest: timing(httpRequest), node: timing(node) };
	}

	async function measureAtOnce(delayMs: number): Promise<Figures['atOnce']> {
		const ledger = { rows: AT_ONCE.rows, delayMs };
		log(`${rowsAndDelay(ledger)}, ${AT_ONCE.counts.join(', ')} requests at once`);
		const expected = await sandbox.prepare(ledger.rows, delayMs);
		const runs = AT_ONCE.counts.map(
			(atOnce) => [`${atOnce}`, () => read(environment, `node-${atOnce}`, expected)] as const,
		);
		const results = await runInTurns<Record<string, Run>>({ repetitions }, Object.fromEntries(runs));
		return AT_ONCE.counts.map((atOnce) => ({ ...ledger, atOnce, node: timing(results[atOnce]) }));
	}

	async function measureLengths(): Promise<Figures['lengths']> {
		const { delayMs } = LENGTHS;
		log(`${LENGTHS.rows.map(count).join(', ')} rows at ${delayMs} ms per request`);
		const runs = LENGTHS.rows.map((rows) => {
			const run = async () => read(environment, 'node', await sandbox.prepare(rows, delayMs));
			return [String(rows), run] as const;
		});
		const results = await runInTurns<Record<string, Run>>({ repetitions }, Object.fromEntries(runs));
		return LENGTHS.rows.map((rows) => ({ rows, delayMs, node: timing(results[rows]) }));
	}

	/** Every run has a new n8n process, because the maximum resident memory never decreases. */
	async function measureMemory(): Promise<Figures['memory']> {
		log(`${rowsAndDelay(MEMORY)}, each run in a new n8n process`);
		const expected = await sandbox.prepare(MEMORY.rows, MEMORY.delayMs);
		const readInNewN8n = async (workflow: string) => {
			await environment.restartN8n();
			return read(environment, workflow, expected);
		};
		const { httpRequest, node } = await runInTurns(
			{ repetitions, warmUps: 0 },
			{ httpRequest: () => readInNewN8n('http-request-alone'), node: () => readInNewN8n('node') },
		);
		return { ...MEMORY, httpRequest: withMemory(httpRequest), node: withMemory(node) };
	}
}

const rowsAndDelay = ({ rows, delayMs }: Ledger) => `${count(rows)} rows at ${delayMs} ms per request`;

async function oneByOne<T, R>(values: T[], measureOne: (value: T) => Promise<R>): Promise<R[]> {
	const results: R[] = [];
	for (const value of values) results.push(await measureOne(value));
	return results;
}
