import type { IDataObject, INodePropertyOptions } from 'n8n-workflow';
import { normalized } from '../../sites/address';
import type { GenerationRequest } from '../../jobs/job';
import type { JobEntry, JobRecord } from '../../jobs/record';
import { generationApi } from '../../jobs/source';
import { clock } from '../../transport/clock';
import type { Parameters } from '../../parameters';
import { hash } from '../makeOnce';
import { expectedJob } from '../jobMessages';
import { jobOutput } from '../jobOutput';
import type { Operation } from '../operation';
import { withEntry } from '../records';
import { options } from '../requestOptions';
import { MAX_JOBS_AT_ONCE, maxWaitField, readWaiting, startsWithinMs, waitField } from '../waiting';
import { readWebsite, websiteField } from '../websiteField';
import { generateWords } from './generateWords';

type Method = 'simple' | 'enhanced';

const methods: Array<INodePropertyOptions & { value: Method }> = [
	{ name: 'Simple', value: 'simple', description: 'About 1 credit for each URL' },
	{ name: 'Enhanced', value: 'enhanced', description: 'About 2 credits for each URL; not on the free plan' },
];

export const generate: Operation = {
	option: {
		name: 'Generate',
		value: 'generate',
		action: 'Generate an llms.txt file (costs credits)',
		description: 'Generate the llms.txt file of a website. This costs credits.',
	},
	itemsAtOnce: MAX_JOBS_AT_ONCE,
	fields: [
		websiteField(
			'Every generation costs credits. Retrying an execution continues its generations and does not pay for them again.',
		),
		{
			displayName: 'Generation Method',
			name: 'generationMethod',
			type: 'options',
			options: methods,
			default: 'simple',
			description: 'How the pages are described in the file',
		},
		waitField(
			'Whether to wait until the file is ready. If turned off, the node returns the job immediately, and the trigger File Generated can start a workflow when the file is ready.',
		),
		options([
			{
				displayName: 'Max URLs',
				name: 'maxUrls',
				type: 'number',
				typeOptions: { minValue: 1 },
				default: 50,
				description: 'The maximum number of pages to include. This limits the credits used.',
			},
			maxWaitField('the file'),
			{
				displayName: 'Reuse Within (Hours)',
				name: 'reuseWithinHours',
				type: 'number',
				typeOptions: { minValue: 0 },
				default: 24,
				description:
					'Use the existing file of the website, at no cost, if it was completed within this number of hours with the same options. If it is being generated, wait for it. Without this option, a new file is generated every time.',
			},
			{
				displayName: 'Show Full Text',
				name: 'showFullText',
				type: 'boolean',
				default: true,
				description:
					'Whether to also generate llms-full.txt, with the text of all pages. Costs additional credits.',
			},
		]),
	],

	async execute(run) {
		const { context, parameters, client, itemIndex, jobs } = run;
		const request = readRequest(parameters);
		const words = generateWords(request);
		const jobOptions = { ...readWaiting(run, words.task), reuseAfter: readReuseAfter(parameters) };
		const source = generationApi(client, startsWithinMs(jobOptions), words.hints);
		const fingerprint = hash(JSON.stringify([normalized(request.url), request.options]));
		const use = async (entry: JobEntry): Promise<IDataObject[]> => {
			const generating = jobs.generate(source, client.account, request, entry, jobOptions);
			const job = await expectedJob(generating, { entry, words, jobOptions, run });
			return [jobOutput(job, request.url)];
		};
		return await withEntry<JobRecord, IDataObject[]>(
			{ context, itemIndex },
			fingerprint,
			use,
			// An item that takes an existing file does not stand for one that wants a new one.
			jobOptions.reuseAfter === undefined ? client.account : `${client.account} reuse`,
		);
	},
};

/** @throws NodeOperationError for a value that cannot be used */
function readRequest(parameters: Parameters): GenerationRequest {
	const fields = parameters.collection('options');
	const generationMethod =
		parameters.choice('generationMethod', 'Generation Method', { of: methods, noun: 'generation method' }) ??
		'simple';
	const maxUrls = fields.number('maxUrls', 'Max URLs', { least: 1, whole: true });
	const showFullText = fields.flag('showFullText', 'Show Full Text');
	return {
		url: readWebsite(parameters),
		options: {
			generationMethod,
			...(maxUrls !== undefined && { maxUrls }),
			...(showFullText !== undefined && { showFullText }),
		},
	};
}

/** @returns Unix epoch, milliseconds; undefined if no file is to be reused */
function readReuseAfter(parameters: Parameters): number | undefined {
	const rule = { least: 0, mayBeEndless: true };
	const hours = parameters.collection('options').number('reuseWithinHours', 'Reuse Within (Hours)', rule);
	return hours === undefined ? undefined : clock.now() - hours * 3_600_000;
}
