import type { RequestError } from '../transport/errors';
import { hasEnded } from '../sites/site';
import type { Job } from './job';
import { endedWith, type JobRecord, type Outcome, type Task } from './record';
import { pollUntil, unlessTrouble, type Polled } from './wait';

/** How long a job of unknown fate is looked for before it counts as not found, in milliseconds. */
const SEARCH_MS = 300_000;
/**
 * A start that took longer had to wait for the rate limit: it is not asked about sooner than that, so that asking takes no
 * place from other starts. Not much later either, since the limit may be wide open by then. In milliseconds.
 */
const SLOW_START_MS = 5_000;
/** After so many answers that there is no such job, it is looked for in the account as well. */
const MAX_LOST = 3;
/** After so many, about a minute, a job that cannot be looked for there counts as gone. */
const MAX_LOST_FOR_GOOD = 10;

/**
 * Starts a job of which there is no record, and waits for it.
 *
 * @throws RequestError where nothing was started, or asking is of no use; what stopped the execution
 */
export async function start(task: Task): Promise<Outcome> {
	const { baseline, entry, jobOptions } = task;
	const begunAt = jobOptions.clock.now();
	entry.record = { state: 'starting', baseline };
	const started = await task.start().then(
		(job) => ({ job }),
		(failure: RequestError) => ({ failure }),
	);
	const tookMs = jobOptions.clock.now() - begunAt;
	if ('failure' in started) {
		const { failure } = started;
		// What the server cannot have processed leaves no record: a retry starts it.
		if (failure.fate === 'not sent' || failure.fate === 'refused') entry.record = undefined;
		if (failure.fate !== 'unknown') return await Promise.reject(failure);
		return await search(task, Math.min(SEARCH_MS, jobOptions.maxWaitMs - tookMs), failure);
	}
	const { job } = started;
	entry.record = { state: 'started', baseline, job };
	return await follow(task, job, tookMs);
}

/** Goes on where an earlier try left a job. It is never started again. Throws as `start` does. */
export async function resume(task: Task, record: JobRecord): Promise<Outcome> {
	if (record.state === 'started') return await follow(task, record.job);
	if (record.state === 'ended') return endedWith(task.entry, record.job);
	return await search(task, record.state === 'unknown' ? 0 : SEARCH_MS);
}

/** Waits for a job that was started. */
async function follow(task: Task, job: Job, startTookMs = 0): Promise<Outcome> {
	const { find, entry, jobOptions } = task;
	if (hasEnded(job)) return endedWith(entry, job);
	if (!jobOptions.waits) return { is: 'running', job };
	jobOptions.onWait?.(job);
	const { jobId } = job;
	let [latest, lost] = [job, 0];
	const onLost = (failure: Error) => {
		lost++;
		if (!find && lost >= MAX_LOST_FOR_GOOD) throw failure;
	};
	const ask = async (signal: AbortSignal): Promise<Polled<Job>> => {
		const known = jobId === undefined ? undefined : await unlessTrouble(task.status(jobId, signal), onLost);
		if (known) lost = 0;
		const isLost = jobId === undefined || lost >= MAX_LOST;
		const asked = known ?? (find && isLost ? await unlessTrouble(find(signal)) : undefined);
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

/** Looks for a job of which it is not known whether it was started, if its kind can be looked for. */
async function search(task: Task, forMs: number, cause?: RequestError): Promise<Outcome> {
	const { find, baseline, entry, jobOptions } = task;
	const { clock, maxWaitMs, waits } = jobOptions;
	if (!find) {
		entry.record = { state: 'unknown' };
		return { is: 'unknown', cause };
	}
	const lastAt = clock.now() + maxWaitMs;
	jobOptions.onWait?.();
	let trace: Job | undefined;
	const ask = async (signal: AbortSignal): Promise<Polled<Job>> => {
		const looked = await unlessTrouble(find(signal).then((job) => ({ job })));
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
