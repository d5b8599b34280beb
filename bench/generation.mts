import { UserError } from '../demo/stopping.mjs';
import { downloadWithNode, generateWithHttpRequest, generateWithNode } from './generationWorkflows.ts';
import { checkRows, runInTurns, runOnce, withMemory, type Memory, type Run } from './runs.mts';
import { spread, type Spread } from './spread.ts';
import { count } from './tables.ts';
import type { TestEnvironment } from './testEnvironment.mts';

const SHORT: Task = { sites: 20, durationMs: 2_000 };
const LIMITED = { sites: 200, durationMs: 5_000, perMinute: 120 };
/** A little slower than the limit allows, because requests do not arrive as evenly as they are sent. */
const PACED_MS = 520;
/** A run under the limit takes minutes. */
const LIMITED_RUNS = 1;
/** The small file shows what Download needs whatever the size. */
const DOWNLOADS = [1, 200].map((megabytes) => megabytes * 2 ** 20);
const DOWNLOAD_RUNS = 3;

interface Task {
	sites: number;
	/** How long a job takes. */
	durationMs: number;
	/** Requests that the plan allows. */
	perMinute?: number;
}

/** Runs of one workflow. */
export interface Generated {
	/** From the trigger to the last node, in milliseconds. */
	whole: Spread;
	/** Requests in all runs divided by the number of runs; the same for the others. */
	requests: number;
	statusRequests: number;
	rejected: number;
	/** Credits. */
	charged: number;
}

interface Compared {
	idealMs: number;
	httpRequest: Generated;
	node: Generated;
}

export interface Generation {
	short: Task & Compared & { repetitions: number };
	limited: typeof LIMITED & Compared & { repetitions: number; intervalMs: number; unpaced: Unpaced };
	downloads: { repetitions: number; sizes: Array<{ bytes: number; node: Memory }> };
}

/** How the workflow of n8n's own nodes ends under the limit without a pause between its requests. */
interface Unpaced {
	/** Jobs that were started and charged. */
	jobs: number;
	output: number;
	message: string;
}

/** Generate compared with a loop of n8n's own nodes, and the memory that Download needs. Takes about nine minutes. */
export async function measureGeneration(
	environment: TestEnvironment,
	repetitions: number,
	log: (text: string) => void,
): Promise<Generation> {
	const { sandbox } = environment;
	await environment.addWorkflows((credential) => [
		generateWithNode(credential),
		generateWithHttpRequest(credential, 'generate-http-request'),
		generateWithHttpRequest(credential, 'generate-http-request-paced', PACED_MS),
		downloadWithNode(credential),
	]);
	return {
		short: await measureShort(),
		limited: await measureLimited(),
		downloads: await measureDownloads(),
	};

	async function measureShort(): Promise<Generation['short']> {
		log(`${SHORT.sites} sites, compared with HTTP Request, Wait and If`);
		const compared = await compare(SHORT, 'generate-http-request', { repetitions });
		return { ...SHORT, ...compared, repetitions };
	}

	async function measureLimited(): Promise<Generation['limited']> {
		log(`${LIMITED.sites} sites under a rate limit, compared with HTTP Request, Wait and If`);
		const unpaced = await measureUnpaced();
		const rounds = { repetitions: LIMITED_RUNS, warmUps: 0 };
		const compared = await compare(LIMITED, 'generate-http-request-paced', rounds);
		return { ...LIMITED, ...compared, repetitions: LIMITED_RUNS, intervalMs: PACED_MS, unpaced };
	}

	async function compare(
		task: Task,
		workflow: string,
		rounds: Parameters<typeof runInTurns>[0],
	): Promise<Compared> {
		const { httpRequest, node } = await runInTurns(rounds, {
			httpRequest: () => generate(task, workflow),
			node: () => generate(task, 'generate-node'),
		});
		return { idealMs: idealMs(task), httpRequest: generated(httpRequest), node: generated(node) };
	}

	/** Runs a workflow once, in a new account, and checks that it returned one job for each site, completed and charged. */
	async function generate({ sites, durationMs, perMinute }: Task, workflow: string): Promise<Paid> {
		await sandbox.prepareGeneration(durationMs, perMinute);
		const urls = addresses(sites);
		const run = await runOnce(environment, workflow, { urls });
		const jobs = await sandbox.jobs();
		const completed = jobs.filter(({ status, charged }) => status === 'completed' && charged > 0);
		const returned = run.rows.map((row) => completed.find(({ id }) => id === row)?.url ?? row);
		// A loop returns its items in the order in which they were completed.
		checkRows(workflow, workflow === 'generate-node' ? returned : returned.toSorted(), urls);
		checkRows(`The account after ${workflow}`, jobs.map(({ url }) => url).toSorted(), urls);
		return { ...run, charged: sum(jobs.map(({ charged }) => charged)) };
	}

	async function measureUnpaced(): Promise<Unpaced> {
		await sandbox.prepareGeneration(LIMITED.durationMs, LIMITED.perMinute);
		const report = await environment.run('generate-http-request', { urls: addresses(LIMITED.sites) });
		if (report.status === 'success') throw new UserError('The rate limit did not stop the workflow');
		const jobs = (await sandbox.jobs()).filter(({ charged }) => charged > 0).length;
		return { jobs, output: report.rows.length, message: report.errorMessage ?? '' };
	}

	/** Every run has a new n8n process, because the maximum resident memory never decreases. */
	async function measureDownloads(): Promise<Generation['downloads']> {
		log(`Files of ${DOWNLOADS.map((bytes) => count(bytes)).join(' and ')} bytes, each in a new n8n process`);
		const [url] = addresses(1);
		const download = async (bytes: number): Promise<Run> => {
			await environment.restartN8n();
			await sandbox.prepareGeneration(0);
			await sandbox.prepareFile(url, bytes);
			const run = await runOnce(environment, 'download-node', { url });
			checkRows('Download', run.rows, [String(bytes)]);
			return run;
		};
		const runs = DOWNLOADS.map((bytes) => [String(bytes), () => download(bytes)] as const);
		const rounds = { repetitions: Math.min(repetitions, DOWNLOAD_RUNS), warmUps: 0 };
		const results = await runInTurns<Record<string, Run>>(rounds, Object.fromEntries(runs));
		const sizes = DOWNLOADS.map((bytes) => ({ bytes, node: withMemory(results[bytes]) }));
		return { repetitions: rounds.repetitions, sizes };
	}
}

type Paid = Run & { charged: number };

/**
 * The shortest time in which a program can do this that asks at least once for each job. The sandbox counts requests in
 * windows of a minute, from the first request on: the last request has to wait until its window begins.
 */
function idealMs({ sites, durationMs, perMinute = Infinity }: Task): number {
	const windows = Math.max(1, Math.ceil((2 * sites) / perMinute));
	return Math.max(durationMs, (windows - 1) * 60_000);
}

/** In the order of the alphabet. */
function addresses(sites: number): string[] {
	return Array.from({ length: sites }, (_, index) => `https://site-${1000 + index}.example`);
}

function generated(runs: Paid[]): Generated {
	const mean = (value: (run: Paid) => number) => sum(runs.map(value)) / runs.length;
	return {
		whole: spread(runs.map(({ wholeMs }) => wholeMs)),
		requests: mean(({ requests }) => requests),
		statusRequests: mean(({ statusRequests }) => statusRequests),
		rejected: mean(({ rejected }) => rejected),
		charged: mean(({ charged }) => charged),
	};
}

function sum(numbers: number[]): number {
	return numbers.reduce((total, number) => total + number, 0);
}
