import type { RequestError } from '../transport/errors';
import { isSame } from './address';
import { before, findJob, type Before, type Look } from './find';
import { hasEnded, isMadeWith, jobOf, type Job, type Site, type Wish } from './job';
import type { Kept, Manner, Outcome } from './record';
import type { JobSource } from './source';
import { askUntil, type Asked } from './wait';

/** How long a job of unknown fate is looked for before it counts as not found, in milliseconds. */
const SEARCH_MS = 300_000;
/** After so many answers that there is no such job, it is followed by its site. */
const MAX_LOST = 3;

/**
 * The file of one wish, paid for once: started, or found again where an earlier try left it, and waited for.
 *
 * @param kept says how far earlier tries came, and is written before each step that cannot be taken twice
 * @throws RequestError where nothing was started, or asking is of no use; what stopped the execution
 */
export async function generate(
	source: JobSource,
	wish: Wish,
	kept: Kept,
	manner: Manner,
	look: () => Promise<Look>,
): Promise<Outcome> {
	const job = { source, wish, kept, manner };
	const { record } = kept;
	if (!record) {
		const account = await look();
		return (await reuse(job, account)) ?? (await start(job, before(account, wish)));
	}
	if (record.state === 'started') return await follow(job, record.job, record.before);
	if (record.state === 'ended') return ended(kept, record.job);
	return await search(job, record.before, record.state === 'unknown' ? 0 : SEARCH_MS);
}

interface Wanted {
	source: JobSource;
	wish: Wish;
	kept: Kept;
	manner: Manner;
}

async function start(wanted: Wanted, stood: Before): Promise<Outcome> {
	const { source, wish, kept, manner } = wanted;
	const begunAt = manner.clock.now();
	kept.record = { state: 'starting', before: stood };
	let job: Job;
	try {
		job = await source.start(wish);
	} catch (failure) {
		const { fate } = failure as Partial<RequestError>;
		// What the server surely did not do leaves no record: a retry starts it.
		if (fate === 'not sent' || fate === 'refused') kept.record = undefined;
		if (fate !== 'unknown') throw failure;
		const leftMs = manner.maxWaitMs - (manner.clock.now() - begunAt);
		return await search(wanted, stood, Math.min(SEARCH_MS, leftMs), failure as RequestError);
	}
	kept.record = { state: 'started', before: stood, job };
	return await follow(wanted, job, stood);
}

/** Waits for a job that was started. */
async function follow(wanted: Wanted, job: Job, stood: Before): Promise<Outcome> {
	const { source, wish, kept, manner } = wanted;
	if (hasEnded(job)) return ended(kept, job);
	if (!manner.waits) return { is: 'running', job };
	manner.onWait?.(job);
	let [latest, lost] = [job, 0];
	const ask = async (signal: AbortSignal): Promise<Asked<Job>> => {
		const { jobId } = job;
		const bySite = jobId === undefined || lost >= MAX_LOST;
		const asked = bySite
			? await unlessTrouble(findJob(source, wish, stood, signal))
			: await unlessTrouble(source.status(jobId, signal), () => lost++);
		if (!asked) return {};
		if (!bySite) lost = 0;
		latest = { ...latest, ...known(asked) };
		return hasEnded(asked) ? { result: latest } : { isNear: (asked.progress ?? 0) >= 90 };
	};
	const last = await askUntil(ask, manner, manner.clock.now() + manner.maxWaitMs);
	return last ? ended(kept, last) : { is: 'running', job: latest };
}

/** Looks for a job of which it is not known whether it was started. It is never started again. */
async function search(
	{ source, wish, kept, manner }: Wanted,
	stood: Before,
	forMs: number,
	cause?: RequestError,
): Promise<Outcome> {
	const { clock, maxWaitMs, waits } = manner;
	const lastAt = clock.now() + maxWaitMs;
	manner.onWait?.();
	let trace: Job | undefined;
	const ask = async (signal: AbortSignal): Promise<Asked<Job>> => {
		const found = findJob(source, wish, stood, signal);
		const looked = await unlessTrouble(found.then((job) => ({ job })));
		if (!looked) return {};
		if (looked.job && (hasEnded(looked.job) || !waits)) return { result: looked.job };
		const isGone = trace && !looked.job;
		trace = looked.job;
		// While it runs it is waited for; if it was not ours after all, the search goes on.
		if (trace) return { endsAt: lastAt };
		return isGone ? { endsAt: Math.min(lastAt, clock.now() + forMs) } : {};
	};
	const job = await askUntil(ask, manner, Math.min(lastAt, clock.now() + forMs));
	if (job && hasEnded(job)) return ended(kept, job);
	if (job ?? trace) return { is: 'running', job: (job ?? trace)! };
	kept.record = { state: 'unknown', before: stood };
	return { is: 'unknown', cause };
}

/** A file that is there already, or on its way, made with the options of the wish. Nothing is paid for it. */
async function reuse({ source, wish, kept, manner }: Wanted, { sites }: Look): Promise<Outcome | undefined> {
	const { reuseAfter, waits, clock, maxWaitMs } = manner;
	const listed = sites.find(({ url }) => isSame(url, wish.url));
	if (reuseAfter === undefined || !listed) return undefined;
	let site: Site = await source.site(listed.id);
	if (!hasEnded(site) && isMadeWith(site, wish) === true) {
		if (waits) {
			manner.onWait?.(jobOf(site));
			const ask = async (signal: AbortSignal): Promise<Asked<Site>> => {
				site = (await unlessTrouble(source.site(listed.id, signal))) ?? site;
				return hasEnded(site) ? { result: site } : {};
			};
			await askUntil(ask, manner, clock.now() + maxWaitMs);
		}
		if (!hasEnded(site)) return { is: 'running', job: jobOf(site, { creditsUsed: 0 }) };
	}
	const isFresh = Date.parse(site.updatedAt ?? '') >= reuseAfter;
	if (site.status !== 'completed' || !isFresh || isMadeWith(site, wish) !== true) return undefined;
	return ended(kept, jobOf(site, { creditsUsed: 0 }));
}

function ended(kept: Kept, job: Job): Outcome {
	kept.record = { state: 'ended', job };
	return { is: job.status === 'completed' ? 'completed' : 'failed', job };
}

/** What another try may mend is no reason to stop asking. */
async function unlessTrouble<T>(asked: Promise<T>, onLost?: () => void): Promise<T | undefined> {
	try {
		return await asked;
	} catch (failure) {
		const { fate, httpCode } = failure as Partial<RequestError>;
		if (fate === undefined) throw failure;
		if (httpCode === '404') onLost?.();
		else if (fate === 'refused' && httpCode !== '429') throw failure;
		return undefined;
	}
}

function known(job: Job): Partial<Job> {
	return Object.fromEntries(Object.entries(job).filter(([, value]) => value !== undefined && value !== null));
}
