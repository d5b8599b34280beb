import { jobStatus } from '../../jobs/source';
import type { Operation } from '../operation';
import { options } from '../requestOptions';
import { jobOutput } from '../jobOutput';

export const getStatus: Operation = {
	option: {
		name: 'Get Generation Status',
		value: 'getStatus',
		action: 'Get the status of a generation',
		description: 'Get how far a generation is, and the links to its files',
	},
	fields: [
		{
			displayName: 'Job ID',
			name: 'jobId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. {{ $json.jobId }}',
			description: 'The ID of the job, as Generate returns it',
		},
		options(),
	],

	async execute({ parameters, client }) {
		const advice = 'Use the jobId that Generate returned, e.g. {{ $json.jobId }}.';
		const jobId = parameters.id('jobId', 'job ID', advice);
		const unknown = `There is no job ${jobId} in this account, or not any more. ${advice.replace(/\.$/, '')}`;
		return [jobOutput(await jobStatus(client, jobId, undefined, { advice: { 404: unknown } }))];
	},
};
