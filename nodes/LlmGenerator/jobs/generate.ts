import type { RequestError } from '../transport/errors';
import { isSame } from './address';
import { baselineOf, findJob, type Baseline, type AccountState } from './find';
import { hasEnded, isMadeWith, jobOf, type Job, type Site, type GenerationRequest } from './job';
import type { JobEntry, JobOptions, Outcome } from './record';
import type { JobSource } from './source';
import { pollUntil, type Polled } from './wait';

/** How long a job of unknown fate is looked for before it counts as not found, in milliseconds. */
const SEARCH_MS = 300_000;
/** After so many answers that there is no such job, it is followed by its site. */
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

interface Task {
	source: JobSource;
	request: GenerationRequest;
	entry: JobEntry;
	jobOptions: JobOptions;
}

async function start(task: Task, baseline: Baseline): Promise<Outcome> {
	const { source, request, entry, jobOptions } = task;
	const begunAt = jobOptions.clock.now();
	entry.record = { state: 'starting', baseline };
	const started = await source.start(request).then(
		(job) => ({ job }),
		(failure: RequestError) => ({ failure }),
	);
	if ('failure' in started) {
		const { failure } = started;
		// What the server cannot have processed leaves no record: a retry starts it.
		if (failure.fate === 'not sent' || failure.fate === 'refused') entry.record = undefined;
		if (failure.fate !== 'unknown') return await Promise.reject(failure);
		const leftMs = jobOptions.maxWaitMs - (jobOptions.clock.now() - begunAt);
		return await search(task, baseline, Math.min(SEARCH_MS, leftMs), failure);
	}
	const { job } = started;
	entry.record = { state: 'started', baseline, job };
	return await follow(task, job, baseline);
}

/** Waits for a job that was started. */
async function follow(task: Task, job: Job, baseline: Baseline): Promise<Outcome> {
	const { source, request, entry, jobOptions } = task;
	if (hasEnded(job)) return endedWith(entry, job);
	if (!jobOptions.waits) return { is: 'running', job };
	jobOptions.onWait?.(job);
	let [latest, lost] = [job, 0];
	const ask = async (signal: AbortSignal): Promise<Polled<Job>> => {
		const { jobId } = job;
		const bySite = jobId === undefined || lost >= MAX_LOST;
		const asked = bySite
			? await unlessTrouble(findJob(source, request, baseline, signal))
			: await unlessTrouble(source.status(jobId, signal), () => lost++);
		if (!asked) return {};
		if (!bySite) lost = 0;
		latest = { ...latest, ...known(asked) };
		return hasEnded(asked) ? { result: latest } : { isNear: (asked.progress ?? 0) >= 90 };
	};
	const last = await pollUntil(ask, jobOptions, jobOptions.clock.now() + jobOptions.maxWaitMs);
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

/** A file that is there already, or on its way, made with the options of the request. Nothing is paid for it. */
async function reuse(
	{ source, request, entry, jobOptions }: Task,
	{ sites }: AccountState,
): Promise<Outcome | undefined> {
	const { reuseAfter, waits, clock, maxWaitMs } = jobOptions;
	const listed = sites.find(({ url }) => isSame(url, request.url));
	if (reuseAfter === undefined || !listed) return undefined;
	let site: Site = await source.site(listed.id);
	if (!hasEnded(site) && isMadeWith(site, request) === true) {
		if (waits) {
			jobOptions.onWait?.(jobOf(site));
			const ask = async (signal: AbortSignal): Promise<Polled<Site>> => {
				site = (await unlessTrouble(source.site(listed.id, signal))) ?? site;
				return hasEnded(site) ? { result: site } : {};
			};
			await pollUntil(ask, jobOptions, clock.now() + maxWaitMs);
		}
		if (!hasEnded(site)) return { is: 'running', job: jobOf(site, { creditsUsed: 0 }) };
	}
	const isFresh = Date.parse(site.updatedAt ?? '') >= reuseAfter;
	if (site.status !== 'completed' || !isFresh || isMadeWith(site, request) !== true) return undefined;
	return endedWith(entry, jobOf(site, { creditsUsed: 0 }));
}

function endedWith(entry: JobEntry, job: Job): Outcome {
	entry.record = { state: 'ended', job };
	return { is: job.status === 'completed' ? 'completed' : 'failed', job };
}

/** What another try may mend is no reason to stop asking. */
async function unlessTrouble<T>(asked: Promise<T>, onLost?: () => void): Promise<T | undefined> {
	return await asked.catch(async (failure: Partial<RequestError>) => {
		const { fate, httpCode } = failure;
		const isHopeless = fate === 'refused' && httpCode !== '404' && httpCode !== '429';
		if (fate === undefined || isHopeless) return await Promise.reject(failure as Error);
		if (httpCode === '404') onLost?.();
		return undefined;
	});
}

function known(job: Job): Partial<Job> {
	return Object.fromEntries(Object.entries(job).filter(([, value]) => value !== undefined && value !== null));
}
