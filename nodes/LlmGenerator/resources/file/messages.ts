import { NodeOperationError } from 'n8n-workflow';
import type { GenerationRequest, Job } from '../../jobs/job';
import type { JobOptions, JobRecord, Outcome } from '../../jobs/record';
import type { RequestHints } from '../../transport/errors';
import { isTool, type ItemRun } from '../operation';

/**
 * The job, if it is what the item waits for.
 *
 * @throws NodeOperationError that says what became of it instead, and what to do
 */
export function unlessCompleted(
	outcome: Outcome,
	{ url }: GenerationRequest,
	{ waits, maxWaitMs }: JobOptions,
	run: ItemRun,
): Job {
	if (outcome.is === 'completed' || (outcome.is === 'running' && !waits)) return outcome.job;
	if (outcome.is === 'unknown') {
		throw jobError(run, outcome.cause?.message ?? `${inDoubt(url)}.`);
	}
	const { job } = outcome;
	throw jobError(run, outcome.is === 'failed' ? failed(job, url) : notReady(job, url, maxWaitMs, run), job);
}

/** What a request met that ended the asking for a job: with the job, which goes on without it. */
export function withJob(
	failure: Error,
	record: JobRecord | undefined,
	{ url }: GenerationRequest,
	run: ItemRun,
): Error {
	if (!record || record.state === 'ended' || !('fate' in failure)) return failure;
	if (record.state !== 'started') return jobError(run, `${failure.message} ${inDoubt(url)}.`);
	const { job } = record;
	const goesOn = `The generation goes on (${named(job)}): a retry of this execution waits for it and does not pay again.`;
	return jobError(run, `${failure.message} ${goesOn}`, job);
}

function failed(job: Job, url: string): string {
	const words = (job.errorMessage ?? job.message ?? '').replace(/\.+$/, '');
	const happened = `LLM Generator could not generate the file of ${url}${words && `: “${words}”`}`;
	return `${happened} (${named(job)}). A retry of this execution does not start it again, because that can cost credits. Fix the cause, then run the workflow again.`;
}

function notReady(job: Job, url: string, maxWaitMs: number, run: ItemRun): string {
	const happened = `The file of ${url} was not ready within ${duration(maxWaitMs)}; LLM Generator is still working on it (${named(job)}).`;
	const { jobId } = job;
	const status = jobId === undefined ? 'look at the site' : `use Get Generation Status with job ${jobId}`;
	if (isTool(run.context)) {
		return `${happened} Do not start it again, because that costs credits again: ${status} in a minute.`;
	}
	return `${happened} Retry this execution to continue waiting at no extra cost, or ${status}. To wait longer, increase Max Wait, or start a workflow with the trigger File Generated when the file is ready.`;
}

/** What the messages of a start say, beside what happened. */
export function startHints({ url, options }: GenerationRequest): RequestHints & { inDoubt: string } {
	const { maxUrls, generationMethod } = options;
	const credits = maxUrls && maxUrls * CREDITS_PER_URL[generationMethod ?? 'simple'];
	const price = credits ? ` (this one takes up to about ${credits})` : '';
	return {
		inDoubt: inDoubt(url),
		advice: {
			402: `Nothing was started. A generation costs credits${price}: buy some with Create Checkout or in the LLM Generator dashboard, or lower Max URLs, then run this again`,
			403:
				generationMethod === 'enhanced'
					? 'Nothing was started. The free plan has no enhanced generation: set Generation Method to Simple, or move to another plan. Also check the rights of the API key in the LLM Generator dashboard'
					: 'Nothing was started. Check the plan of this account and the rights of the API key in the LLM Generator dashboard',
		},
	};
}

/** Not documented; it follows from the examples of the API reference. */
const CREDITS_PER_URL = { simple: 1, enhanced: 2 };

/** What is said of a start that nobody knows the fate of, and of which no trace was found. */
function inDoubt(url: string): string {
	return `It is not known whether the generation of the file of ${url} was started. It was not found in the account, but it may have been started and paid. Look for ${url} in the list of sites and in the credit history before you start it again. A retry of this execution looks for it again and does not start it`;
}

function named({ jobId, siteId }: Job): string {
	const parts = [jobId !== undefined && `job ${jobId}`, siteId !== undefined && `site ${siteId}`];
	return parts.filter(Boolean).join(', ');
}

function duration(ms: number): string {
	const minutes = ms / 60_000;
	if (minutes < 2) return `${Math.round(ms / 1000)} s`;
	return `${Math.round(minutes * 10) / 10} minutes`;
}

function jobError({ context, itemIndex }: ItemRun, message: string, job?: Job): NodeOperationError {
	const error = new NodeOperationError(context.getNode(), message, { itemIndex });
	if (job) error.context.job = { jobId: job.jobId, siteId: job.siteId };
	return error;
}
