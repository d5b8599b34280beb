import type { IDataObject, INodePropertyOptions } from 'n8n-workflow';
import { normalized } from '../../sites/address';
import type { GenerationRequest } from '../../jobs/job';
import type { JobOptions, JobRecord } from '../../jobs/record';
import { generationApi } from '../../jobs/source';
import { clock, LONGEST_TIMER_MS } from '../../transport/clock';
import type { Parameters } from '../../parameters';
import { hash } from '../makeOnce';
import { isTool, type ItemRun, type Operation } from '../operation';
import { withEntry } from '../records';
import { options } from '../requestOptions';
import { webAddress } from '../webAddress';
import { jobOutput } from './jobOutput';
import { startHints, unlessCompleted, withJob } from './messages';

/** That of the field; n8n’s rules want a number there. */
const MAX_WAIT_MINUTES = 30;
/** Assistants give up on a tool after a minute: a message before that is worth more than an answer that comes too late. */
const MAX_WAIT_MINUTES_AS_TOOL = 0.75;
/** No start is given up sooner: nobody knew its fate then. In milliseconds. */
const SHORTEST_START_MS = 30_000;
/** A waiting job needs no place, so all input items may wait at the same time; this many cost no noticeable memory. */
const MAX_JOBS_AT_ONCE = 1_000;

type Method = 'simple' | 'enhanced';

const methods: Array<INodePropertyOptions & { value: Method }> = [
	{ name: 'Simple', value: 'simple', description: 'About 1 credit for each URL' },
	{ name: 'Enhanced', value: 'enhanced', description: 'About 2 credits for each URL; not on the free plan' },
];

export const generate: Operation = {
	option: {
		name: 'Generate',
		value: 'generate',
		action: 'Generate a file',
		description: 'Generate the llms.txt file of a website. This costs credits.',
	},
	itemsAtOnce: MAX_JOBS_AT_ONCE,
	fields: [
		{
			displayName: 'URL',
			name: 'url',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. https://example.com',
			description: 'The address of the website',
			hint: 'Every generation costs credits. Retrying an execution continues its generations and does not pay for them again.',
		},
		{
			displayName: 'Generation Method',
			name: 'generationMethod',
			type: 'options',
			options: methods,
			default: 'simple',
			description: 'How the pages are described in the file',
		},
		{
			displayName: 'Wait for Completion',
			name: 'waitForCompletion',
			type: 'boolean',
			default: true,
			description:
				'Whether to wait until the file is ready. If turned off, the node returns the job immediately, and the trigger File Generated can start a workflow when the file is ready.',
		},
		options([
			{
				displayName: 'Max URLs',
				name: 'maxUrls',
				type: 'number',
				typeOptions: { minValue: 1 },
				default: 50,
				description: 'The maximum number of pages to include. This limits the credits used.',
			},
			{
				displayName: 'Max Wait (Minutes)',
				name: 'maxWaitMinutes',
				type: 'number',
				typeOptions: { minValue: 0 },
				default: 30,
				description:
					'How long to wait for the file. After that, the node stops with the ID of the job, and the job continues. As a tool of an AI agent, the default is 45 seconds.',
			},
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
		const jobOptions = readJobOptions(run, request);
		const source = generationApi(
			client,
			Math.max(SHORTEST_START_MS, jobOptions.maxWaitMs),
			startHints(request),
		);
		const fingerprint = hash(JSON.stringify([normalized(request.url), request.options]));
		const use = async (entry: { record?: JobRecord }): Promise<IDataObject[]> => {
			const generating = jobs.generate(source, client.account, request, entry, jobOptions);
			const outcome = await generating.catch(
				async (failure: Error) => await Promise.reject(withJob(failure, entry.record, request, run)),
			);
			const job = unlessCompleted(outcome, request, jobOptions, run);
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
	const url = webAddress(parameters, 'url', 'URL');
	if (url === undefined) {
		throw parameters.rejection(
			'No URL is given. Enter the address of the website, e.g. https://example.com.',
		);
	}
	const fields = parameters.collection('options');
	const generationMethod =
		parameters.choice('generationMethod', 'Generation Method', { of: methods, noun: 'generation method' }) ??
		'simple';
	const maxUrls = fields.number('maxUrls', 'Max URLs', { least: 1, whole: true });
	const showFullText = fields.flag('showFullText', 'Show Full Text');
	return {
		url,
		options: {
			generationMethod,
			...(maxUrls !== undefined && { maxUrls }),
			...(showFullText !== undefined && { showFullText }),
		},
	};
}

function readJobOptions({ parameters, client, context }: ItemRun, { url }: GenerationRequest): JobOptions {
	const fields = parameters.collection('options');
	const read = (name: string, label: string) => fields.number(name, label, { least: 0, mayBeEndless: true });
	const usual = isTool(context) ? MAX_WAIT_MINUTES_AS_TOOL : MAX_WAIT_MINUTES;
	const minutes = read('maxWaitMinutes', 'Max Wait (Minutes)') ?? usual;
	const reuseHours = read('reuseWithinHours', 'Reuse Within (Hours)');
	return {
		clock,
		signal: client.signal,
		waits: parameters.flag('waitForCompletion', 'Wait for Completion') ?? true,
		maxWaitMs: Math.min(minutes * 60_000, LONGEST_TIMER_MS),
		reuseAfter: reuseHours === undefined ? undefined : clock.now() - reuseHours * 3_600_000,
		onWait: (job) => {
			const named = job?.jobId === undefined ? '' : ` (job ${job.jobId})`;
			context.logger.info(`Waiting for LLM Generator to generate the file of ${url}${named}`);
		},
	};
}
