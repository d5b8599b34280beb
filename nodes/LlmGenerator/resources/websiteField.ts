import type { INodeProperties } from 'n8n-workflow';
import type { Parameters } from '../parameters';
import { webAddress } from './webAddress';

/** The field for the address of a website that a job is for. `hint`: what the job costs. */
export function websiteField(hint: string): INodeProperties {
	return {
		displayName: 'URL',
		name: 'url',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. https://example.com',
		description: 'The address of the website',
		hint,
	};
}

/** @throws NodeOperationError if there is none, or it is not a full web address */
export function readWebsite(parameters: Parameters): string {
	const url = webAddress(parameters, 'url', 'URL');
	if (url !== undefined) return url;
	throw parameters.rejection('No URL is given. Enter the address of the website, e.g. https://example.com.');
}
