import type { RequestError } from '../transport/errors';
import { baselineOf, findJob, type Baseline, type AccountState } from './find';
import { hasEnded } from '../sites/site';
import type { GenerationRequest, Job } from './job';
import { endedWith, type JobEntry, type JobOptions, type Outcome, type Task } from './record';
import { reuse } from './reuse';
import type { JobSource } from './source';
import { pollUntil, unlessTrouble, type Polled } from './wait';

/** How long a job of unknown fate is looked for before it counts as not found, in milliseconds. */
const SEARCH_MS = 300_000;
/**
 * A start that took longer had to wait for the rate limit: it is not asked about sooner than that, so that asking takes no
 * place from other starts. Not much later either, since the limit may be wide open by then. In milliseconds.
 */
const SLOW_START_MS = 5_000;
/** After so many answers that there is no such job, its site is asked for as well. */
const MAX_LOST = 3;

/**
 * The file of one request, paid for once: started, or found again where an earlier try left it, and waited for.
 *
 * @param entry says how far earlier tries came, and is written before each step that cannot be taken twice
 * @throws RequestError where nothing was started, or asking is of no use; what stopped the execution
 */
export async function generate(
	source: JobSource,
	request: GenerationRequest,
	entry: JobEntry,
	jobOptions: JobOptions,
	look: () => Promise<AccountState>,
): Promise<Outcome> {
	const task = { source, request, entry, jobOptions };
	const { record } = entry;
	if (!record) {
		const account = await look();
		return (await reuse(task, account)) ?? (await start(task, baselineOf(account, request)));
	}
	if (record.state === 'started') return await follow(task, record.job, record.baseline);
	if (record.state === 'ended') return endedWith(entry, record.job);
	return await search(task, record.baseline, record.state === 'unknown' ? 0 : SEARCH_MS);
}

async function start(task: Task, baseline: Baseline): Promise<Outcome> {
	const { source, request, entry, jobOptions } = task;
	const begunAt = jobOptions.clock.now();
	entry.record = { state: 'starting', baseline };
	const started = await source.start(request).then(
		(job) => ({ job }),
		(failure: RequestError) => ({ failure }),
	);
	const tookMs = jobOptions.clock.now() - begunAt;
	if ('failure' in started) {
		const { failure } = started;
		// What the server cannot have processed leaves no record: a retry starts it.
		if (failure.fate === 'not sent' || failure.fate === 'refused') entry.record = undefined;
		if (failure.fate !== 'unknown') return await Promise.reject(failure);
		return await search(task, baseline, Math.min(SEARCH_MS, jobOptions.maxWaitMs - tookMs), failure);
	}
	const { job } = started;
	entry.record = { state: 'started', baseline, job };
	return await follow(task, job, baseline, tookMs);
}

/** Waits for a job that was started. */
async function follow(task: Task, job: Job, baseline: Baseline, startTookMs = 0): Promise<Outcome> {
	const { source, request, entry, jobOptions } = task;
	if (hasEnded(job)) return endedWith(entry, job);
	if (!jobOptions.waits) return { is: 'running', job };
	jobOptions.onWait?.(job);
	let [latest, lost] = [job, 0];
	const ask = async (signal: AbortSignal): Promise<Polled<Job>> => {
		const { jobId } = job;
		const known =
			jobId === undefined ? undefined : await unlessTrouble(source.status(jobId, signal), () => lost++);
		if (known) lost = 0;
		const bySite = jobId === undefined || lost >= MAX_LOST;
		const asked =
			known ?? (bySite ? await unlessTrouble(findJob(source, request, baseline, signal)) : undefined);
		if (!asked) return {};
		// A message describes only the state with which it came.
		latest = { ...latest, message: undefined, ...definedIn(asked) };
		return hasEnded(asked) ? { result: latest } : { progress: asked.progress };
	};
	const endsAt = jobOptions.clock.now() + jobOptions.maxWaitMs;
	if (startTookMs > SLOW_START_MS) {
		const pauseMs = Math.min(SLOW_START_MS, jobOptions.maxWaitMs);
		await jobOptions.clock.sleep(pauseMs, AbortSignal.any([jobOptions.signal]));
	}
	const last = await pollUntil(ask, jobOptions, endsAt);
	return last ? endedWith(entry, last) : { is: 'running', job: latest };
}

/** Looks for a job of which it is not known whether it was started. It is never started again. */
async function search(
	{ source, request, entry, jobOptions }: Task,
	baseline: Baseline,
	forMs: number,
	cause?: RequestError,
): Promise<Outcome> {
	const { clock, maxWaitMs, waits } = jobOptions;
	const lastAt = clock.now() + maxWaitMs;
	jobOptions.onWait?.();
	let trace: Job | undefined;
	const ask = async (signal: AbortSignal): Promise<Polled<Job>> => {
		const found = findJob(source, request, baseline, signal);
		const looked = await unlessTrouble(found.then((job) => ({ job })));
		if (!looked) return {};
		if (looked.job && (hasEnded(looked.job) || !waits)) return { result: looked.job };
		const isGone = trace && !looked.job;
		trace = looked.job;
		// While it runs it is waited for; if it was not ours after all, the search goes on.
		if (trace) return { endsAt: lastAt };
		return isGone ? { endsAt: Math.min(lastAt, clock.now() + forMs) } : {};
	};
	const job = await pollUntil(ask, jobOptions, Math.min(lastAt, clock.now() + forMs));
	if (job && hasEnded(job)) return endedWith(entry, job);
	if (job ?? trace) return { is: 'running', job: (job ?? trace)! };
	entry.record = { state: 'unknown', baseline };
	return { is: 'unknown', cause };
}

function definedIn(job: Job): Partial<Job> {
	return Object.fromEntries(Object.entries(job).filter(([, value]) => value !== undefined && value !== null));
}
