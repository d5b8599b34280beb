import type { IDataObject, INodePropertyOptions } from 'n8n-workflow';
import type { DiscoveryRequest, Job } from '../../jobs/job';
import type { JobEntry, JobRecord } from '../../jobs/record';
import { discoveryApi } from '../../jobs/source';
import { readAll } from '../../paging/reader';
import { urlList } from '../../paging/urlList';
import { numberIn } from '../../shapes';
import { normalized } from '../../sites/address';
import type { Parameters } from '../../parameters';
import { expectedJob } from '../jobMessages';
import { jobOutput } from '../jobOutput';
import { hash } from '../makeOnce';
import type { ItemRun, Operation } from '../operation';
import { withEntry } from '../records';
import { options } from '../requestOptions';
import { MAX_JOBS_AT_ONCE, maxWaitField, readWaiting, startsWithinMs, waitField } from '../waiting';
import { readWebsite, websiteField } from '../websiteField';
import { discoverWords, MAX_URLS, fewerUrls, missingUrls, noUrls, unreadUrls } from './discoverWords';

type DiscoveryType = NonNullable<DiscoveryRequest['discoveryType']>;

const types: Array<INodePropertyOptions & { value: DiscoveryType }> = [
	{ name: 'Crawl', value: 'crawl', description: 'Follow the links on the pages' },
	{ name: 'Full', value: 'full', description: 'Read the sitemap and follow the links' },
	{ name: 'Sitemap', value: 'sitemap', description: 'Read the sitemap only' },
];

export const discover: Operation = {
	option: {
		name: 'Discover URLs',
		value: 'discover',
		action: 'Discover the URLs of a site (may cost credits)',
		description: 'Find the URLs of a website. This may cost credits.',
	},
	itemsAtOnce: MAX_JOBS_AT_ONCE,
	fields: [
		websiteField(
			'A discovery may cost credits. Retrying an execution continues its discoveries and does not pay for them again.',
		),
		waitField(
			'Whether to wait until the URLs are found, and return them. If turned off, the node returns the job immediately. To read its URLs later, use the HTTP Request node with the same credential.',
		),
		options([
			{
				displayName: 'Discovery Type',
				name: 'discoveryType',
				type: 'options',
				options: types,
				default: 'full',
				description: 'Where to look for URLs',
			},
			{
				displayName: 'Max URLs',
				name: 'maxUrls',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: MAX_URLS },
				default: 50,
				description: 'The maximum number of URLs to find, up to 1,000',
			},
			maxWaitField('the URLs'),
		]),
	],

	async execute(run) {
		const { context, parameters, client, itemIndex, jobs } = run;
		const request = readRequest(parameters);
		const words = discoverWords(request);
		const jobOptions = readWaiting(run, words.task);
		const source = discoveryApi(client, startsWithinMs(jobOptions), words.hints);
		const fingerprint = hash(JSON.stringify(['discovery', { ...request, url: normalized(request.url) }]));
		const use = async (entry: JobEntry): Promise<IDataObject[]> => {
			const discovering = jobs.discover(source, request, entry, jobOptions);
			const job = await expectedJob(discovering, { entry, words, jobOptions, run });
			return jobOptions.waits ? await urlsOf(job, request, run) : [jobOutput(job, request.url)];
		};
		return await withEntry<JobRecord, IDataObject[]>(
			{ context, itemIndex },
			fingerprint,
			use,
			client.account,
		);
	},
};

/** @throws NodeOperationError for a value that cannot be used */
function readRequest(parameters: Parameters): DiscoveryRequest {
	const fields = parameters.collection('options');
	const maxUrls = fields.number('maxUrls', 'Max URLs', { least: 1, most: MAX_URLS, whole: true });
	const discoveryType = fields.choice('discoveryType', 'Discovery Type', {
		of: types,
		noun: 'discovery type',
	});
	return {
		url: readWebsite(parameters),
		...(maxUrls !== undefined && { maxUrls }),
		...(discoveryType !== undefined && { discoveryType }),
	};
}

/** @throws NodeOperationError that says that a retry reads them again */
async function urlsOf(job: Job, request: DiscoveryRequest, run: ItemRun): Promise<IDataObject[]> {
	// A job with an ID: only a generation can be without.
	const { client } = run;
	const list = urlList(client, `/discovery/${encodeURIComponent(job.jobId!)}/urls`);
	const urls = await readAll(list, client.pagesAhead).catch(
		async (failure: Error) => await Promise.reject(unreadUrls(failure, job, run)),
	);
	const counted = numberIn(job.urlsFound) ?? 0;
	if (urls.length === 0 && counted > 0) throw missingUrls(job, request, run);
	const hint = (message: string, type: 'info' | 'warning') =>
		run.context.addExecutionHints({ message, type, location: 'outputPane' });
	if (urls.length === 0) hint(noUrls(job, request), 'info');
	else if (urls.length < counted) hint(fewerUrls(job, request, urls.length), 'warning');
	return urls as IDataObject[];
}
