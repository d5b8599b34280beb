import { NodeOperationError } from 'n8n-workflow';
import type { GenerationRequest, Job } from '../../jobs/job';
import type { JobOptions, JobRecord, Outcome } from '../../jobs/record';
import type { ItemRun } from '../operation';

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
		const happened = outcome.cause ? `${outcome.cause.message} ` : '';
		throw jobError(run, `${happened}${inDoubt(url)}`);
	}
	const { job } = outcome;
	throw jobError(run, outcome.is === 'failed' ? failed(job, url) : notReady(job, url, maxWaitMs, run), job);
}

/** What a request met that ended the asking for a job: with the job, which goes on without it. */
export function withJob(failure: Error, record: JobRecord | undefined, run: ItemRun): Error {
	if (record?.state !== 'started' || !('fate' in failure)) return failure;
	const goesOn = `The generation goes on (${named(record.job)}): a retry of this execution waits for it, and pays nothing again.`;
	return jobError(run, `${failure.message} ${goesOn}`, record.job);
}

function failed(job: Job, url: string): string {
	const words = (job.errorMessage ?? job.message ?? '').replace(/\.+$/, '');
	const happened = `LLM Generator could not generate the file of ${url}${words && `: “${words}”`}`;
	return `${happened} (${named(job)}). A retry of this execution does not start it again, because that can cost credits: correct the cause, then run the workflow anew.`;
}

function notReady(job: Job, url: string, maxWaitMs: number, run: ItemRun): string {
	const happened = `The file of ${url} was not ready within ${duration(maxWaitMs)}; LLM Generator is still working on it (${named(job)}).`;
	const { jobId } = job;
	const status = jobId === undefined ? 'look at the site' : `use Get Generation Status with job ${jobId}`;
	if (run.context.getNode().type.endsWith('Tool')) {
		return `${happened} Do not start it again, because that costs credits again: ${status} in a minute.`;
	}
	return `${happened} Retry this execution to wait further at no cost, or ${status}, or let LLM Generator Trigger start a workflow when the file is ready. For more time, raise Max Wait.`;
}

/** What is said of a start that nobody knows the fate of, and of which no trace was found. */
function inDoubt(url: string): string {
	return `It is not known whether the generation of the file of ${url} was started: it may have been started and paid, but it was not found in the account. Look for ${url} in the list of sites and in the credit history before you start it again. A retry of this execution looks for it again, and does not start it.`;
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
