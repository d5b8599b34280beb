import type { INodePropertyOptions } from 'n8n-workflow';
import type { Site } from '../../sites/site';
import type { Parameters } from '../../parameters';
import { download as downloadFile } from '../../transport/download';
import { NotStored, type ReceivedFile } from '../../transport/file';
import { asBinaryData, asText, type Receiver } from '../../transport/receivers';
import { isTool, OutputItem, type ItemRun, type Operation } from '../operation';
import { options, readRequestOptions } from '../requestOptions';
import { missing, named, notStored, tooLong, unlessReady } from './downloadMessages';
import { chosenSite, siteField } from '../siteField';

/** How long a download may take, unless Timeout says otherwise, in milliseconds. Silence ends it sooner. */
const DOWNLOAD_DEADLINE_MS = 600_000;
/** The most that comes out as text: it lies in memory, in n8n's database and in the editor several times. */
const MAX_TEXT_BYTES = 16_000_000;
/** The most for an AI model, which reads all of it: about 50,000 tokens. */
const MAX_TEXT_BYTES_AS_TOOL = 200_000;

type OutputAs = 'file' | 'text';

const outputs: Array<INodePropertyOptions & { value: OutputAs }> = [
	{ name: 'File', value: 'file', description: 'As binary data, for nodes that take a file' },
	{ name: 'Text', value: 'text', description: 'In the field "content", up to 16 MB' },
];

export const download: Operation = {
	option: {
		name: 'Download',
		value: 'download',
		action: 'Download an llms.txt file',
		description: 'Download the llms.txt or llms-full.txt file of a website. This costs nothing.',
	},
	fields: [
		siteField('The website whose file to download'),
		{
			displayName: 'Full Text',
			name: 'fullText',
			type: 'boolean',
			default: false,
			description:
				'Whether to download llms-full.txt, with the text of all pages, which Generate makes with the option "Show Full Text"',
		},
		{
			displayName: 'Output As',
			name: 'outputAs',
			type: 'options',
			options: outputs,
			default: 'file',
			description: 'How the file comes out. An AI agent always gets text, because it cannot read files.',
		},
		options([
			{
				displayName: 'Put Output File in Field',
				name: 'binaryPropertyName',
				type: 'string',
				default: 'data',
				hint: 'The name of the output binary field to put the file in',
				description: 'Applies if Output As is set to File',
			},
		]),
	],

	async execute(run) {
		const { parameters, context } = run;
		const asTool = isTool(context);
		const fullText = parameters.flag('fullText', 'Full Text') ?? false;
		const outputAs = parameters.choice('outputAs', 'Output As', { of: outputs, noun: 'output' }) ?? 'file';
		const field = parameters.collection('options').text('binaryPropertyName', 'Put Output File in Field');
		const fileName = fullText ? 'llms-full.txt' : 'llms.txt';
		const site = await chosenSite(parameters, run.client);
		unlessReady(site, fullText, parameters);
		if (outputAs === 'file' && !asTool) {
			const { content, passed } = await fetched(run, site, fullText, asBinaryData(context, fileName));
			return [new OutputItem({ siteId: site.id, fileName, ...passed }, { [field ?? 'data']: content })];
		}
		const mostBytes = asTool ? MAX_TEXT_BYTES_AS_TOOL : MAX_TEXT_BYTES;
		const { content, passed } = await fetched(run, site, fullText, asText(mostBytes));
		if (content === undefined)
			throw parameters.rejection(tooLong(site, mostBytes, { isTool: asTool, fullText }));
		return [{ siteId: site.id, fileName, ...passed, content }];
	},
};

/** @throws NodeOperationError if the file is not there, or could not be kept; RequestError */
async function fetched<T>(
	{ client, parameters }: ItemRun,
	site: Site,
	fullText: boolean,
	receive: Receiver<T>,
): Promise<ReceivedFile<T>> {
	const stated = fullText ? site.fullTextUrl : site.fileUrl;
	const documented = `/file/${encodeURIComponent(site.id)}${fullText ? '?full=true' : ''}`;
	const patient = client.patient(deadlineOf(parameters));
	try {
		const file = await downloadFile(patient, stated, documented, receive);
		if (file instanceof NotStored) throw parameters.rejection(notStored(site, file.words));
		return file;
	} catch (failure) {
		throw named(missing(failure as Error, site, parameters), site);
	}
}

function deadlineOf(parameters: Parameters): number {
	return readRequestOptions(parameters).deadlineMs ?? DOWNLOAD_DEADLINE_MS;
}
