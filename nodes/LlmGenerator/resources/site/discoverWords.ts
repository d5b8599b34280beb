import type { NodeOperationError } from 'n8n-workflow';
import type { DiscoveryRequest, Job } from '../../jobs/job';
import { jobError, named, type JobWords } from '../jobMessages';
import type { ItemRun } from '../operation';

/** Source: API reference, discovery/start. */
export const MAX_URLS = 1_000;

/** What is said of a discovery. */
export function discoverWords({ url }: DiscoveryRequest): JobWords {
	return {
		noun: 'discovery',
		task: `discover the URLs of ${url}`,
		notReady: `The URLs of ${url} were not ready`,
		hints: {
			inDoubt: `It is not known whether the discovery of the URLs of ${url} was started, so it was not sent twice. It may have been started and paid, and LLM Generator has no list of discoveries in which to look for it. Look at the credit history before you run the workflow again. A retry of this execution does not start it again`,
			advice: {
				402: 'Nothing was started. A discovery may cost credits: buy some with Create Checkout or in the LLM Generator dashboard, or check the plan of this account, then run this again',
				403: 'Nothing was started. Check the permissions of the API key and the plan of this account in the LLM Generator dashboard',
			},
		},
	};
}

const READ_AGAIN = 'A retry of this execution reads the URLs again and does not pay again.';

/** What reading the URLs of a job met: with the job, which is done and paid. */
export function unreadUrls(failure: Error, job: Job, run: ItemRun): Error {
	if (!('fate' in failure)) return failure;
	const message = `${failure.message} The discovery is completed (${named(job)}). ${READ_AGAIN}`;
	return jobError(run, message, job);
}

/** For a list that is empty although the job counted URLs: it is not taken for a website without any. */
export function missingUrls(job: Job, { url }: DiscoveryRequest, run: ItemRun): NodeOperationError {
	const happened = `LLM Generator found ${job.urlsFound} URLs of ${url}, but returned none of them (${named(job)})`;
	return jobError(run, `${happened}. ${READ_AGAIN}`, job);
}

/** For a list that is shorter than what the job counted: it may have counted some URLs twice. */
export function fewerUrls(job: Job, { url }: DiscoveryRequest, returned: number): string {
	return `LLM Generator counted ${job.urlsFound} URLs of ${url}, but its list has only ${returned} (${named(job)})`;
}

export function noUrls(job: Job, { url }: DiscoveryRequest): string {
	return `No URLs of ${url} were found (${named(job)})`;
}
