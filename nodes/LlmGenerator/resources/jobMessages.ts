import { NodeOperationError } from 'n8n-workflow';
import type { Job } from '../jobs/job';
import type { JobEntry, JobOptions, Outcome } from '../jobs/record';
import type { RequestHints } from '../transport/errors';
import { isTool, type ItemRun } from './operation';

/** What is said of one job, in the words of its kind. No full stop at the end of any. */
export interface JobWords {
	/** e.g. "generation" */
	noun: string;
	/** What was to be done, e.g. "generate the file of https://example.com" */
	task: string;
	/** e.g. "The file of https://example.com was not ready" */
	notReady: string;
	/** Where else to see how far it is, e.g. "use Get Generation Status with job 7" */
	elsewhere?(job: Job): string;
	/** What to do instead of waiting, e.g. "start a workflow with the trigger File Generated" */
	instead?: string;
	/** What the messages of its start say, beside what happened; of a start of unknown fate also those of a retry. */
	hints: RequestHints & { inDoubt: string };
}

/** A job as its item asks for it. */
interface ItemJob {
	entry: JobEntry;
	words: JobWords;
	jobOptions: JobOptions;
	run: ItemRun;
}

/**
 * The job, if it is what the item waits for.
 *
 * @throws NodeOperationError that says what became of it instead, and what to do
 */
export async function expectedJob(asked: Promise<Outcome>, itemJob: ItemJob): Promise<Job> {
	const { words, jobOptions, run } = itemJob;
	const outcome = await asked.catch(
		async (failure: Error) => await Promise.reject(withJob(failure, itemJob)),
	);
	if (outcome.is === 'completed' || (outcome.is === 'running' && !jobOptions.waits)) return outcome.job;
	if (outcome.is === 'unknown') {
		throw jobError(run, outcome.cause?.message ?? `${words.hints.inDoubt}.`);
	}
	const { job } = outcome;
	throw jobError(run, outcome.is === 'failed' ? failed(job, words) : notReady(job, itemJob), job);
}

/** What a request met that ended the asking for a job: with the job, which goes on without it. */
function withJob(failure: Error & { httpCode?: string | null }, { entry, words, run }: ItemJob): Error {
	const { record } = entry;
	if (!record || record.state === 'ended' || !('fate' in failure)) return failure;
	if (record.state !== 'started') return jobError(run, `${failure.message} ${words.hints.inDoubt}.`);
	const { job } = record;
	const isGone = failure.httpCode === '404';
	const goesOn = isGone
		? `A retry of this execution asks for it again (${named(job)}) and does not pay again.`
		: `The ${words.noun} goes on (${named(job)}): a retry of this execution waits for it and does not pay again.`;
	return jobError(run, `${failure.message} ${goesOn}`, job);
}

export function jobError({ context, itemIndex }: ItemRun, message: string, job?: Job): NodeOperationError {
	const error = new NodeOperationError(context.getNode(), message, { itemIndex });
	if (job) error.context.job = { jobId: job.jobId, siteId: job.siteId };
	return error;
}

/** Which job it is, in brackets of a message. */
export function named({ jobId, siteId }: Job): string {
	const parts = [jobId !== undefined && `job ${jobId}`, siteId !== undefined && `site ${siteId}`];
	return parts.filter(Boolean).join(', ');
}

function failed(job: Job, { task }: JobWords): string {
	const words = (job.errorMessage ?? job.message ?? '').replace(/\.+$/, '');
	const happened = `LLM Generator could not ${task}${words && `: “${words}”`}`;
	return `${happened} (${named(job)}). A retry of this execution does not start it again, because that can cost credits. Fix the cause, then run the workflow again.`;
}

function notReady(job: Job, { words, jobOptions, run }: ItemJob): string {
	const { notReady: late, elsewhere, instead } = words;
	const happened = `${late} within ${duration(jobOptions.maxWaitMs)}; LLM Generator is still working on it (${named(job)}).`;
	const look = elsewhere?.(job);
	if (isTool(run.context)) {
		const advice = look ? `: ${look} in a minute` : '. To wait longer, increase Max Wait of this tool';
		return `${happened} Do not start it again, because that can cost credits again${advice}.`;
	}
	return `${happened} Retry this execution to continue waiting at no extra cost${look ? `, or ${look}` : ''}. To wait longer, increase Max Wait${instead ? `, or ${instead}` : ''}.`;
}

function duration(ms: number): string {
	const minutes = ms / 60_000;
	if (minutes < 2) return `${Math.round(ms / 1000)} s`;
	return `${Math.round(minutes * 10) / 10} minutes`;
}
