import type { GenerationRequest } from '../../jobs/job';
import type { RequestHints } from '../../transport/errors';
import type { JobWords } from '../jobMessages';

/** Not documented; it follows from the examples of the API reference. */
const CREDITS_PER_URL = { simple: 1, enhanced: 2 };

/** What is said of a generation. */
export function generateWords(request: GenerationRequest): JobWords {
	const { url } = request;
	return {
		noun: 'generation',
		task: `generate the file of ${url}`,
		notReady: `The file of ${url} was not ready`,
		elsewhere: ({ jobId }) =>
			jobId === undefined ? 'look at the site' : `use Get Generation Status with job ${jobId}`,
		instead: 'start a workflow with the trigger File Generated when the file is ready',
		hints: {
			inDoubt: `It is not known whether the generation of the file of ${url} was started. It was not found in the account, but it may have been started and paid. Look for ${url} in the list of sites and in the credit history before you start it again. A retry of this execution looks for it again and does not start it`,
			advice: refusals(request),
		},
	};
}

function refusals({ options }: GenerationRequest): RequestHints['advice'] {
	const { maxUrls, generationMethod } = options;
	const credits = maxUrls && maxUrls * CREDITS_PER_URL[generationMethod ?? 'simple'];
	const price = credits ? ` (this one takes up to about ${credits})` : '';
	return {
		402: `Nothing was started. A generation costs credits${price}: buy some with Create Checkout or in the LLM Generator dashboard, or lower Max URLs, then run this again`,
		403:
			generationMethod === 'enhanced'
				? 'Nothing was started. The free plan has no enhanced generation: set Generation Method to Simple, or move to another plan. Also check the permissions of the API key in the LLM Generator dashboard'
				: 'Nothing was started. Check the permissions of the API key and the plan of this account in the LLM Generator dashboard',
	};
}
