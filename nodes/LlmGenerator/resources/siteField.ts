import type { INodeProperties } from 'n8n-workflow';
import { isSame, siteKey } from '../sites/address';
import { withState, type Site } from '../sites/site';
import { allSites, siteDetails } from '../sites/source';
import type { Id } from '../shapes';
import type { Parameters } from '../parameters';
import type { ApiClient } from '../transport/client';
import type { RequestError } from '../transport/errors';

/** The field that chooses one website of the account. `description`: what it is chosen for. */
export function siteField(description: string): INodeProperties {
	return {
		displayName: 'Site',
		name: 'siteId',
		type: 'resourceLocator',
		required: true,
		default: { mode: 'list', value: '' },
		description,
		hint: 'For the output of Generate, choose By ID and use {{ $json.siteId }}',
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: 'Select a site…',
				typeOptions: { searchListMethod: 'getSites', searchable: true },
			},
			{ displayName: 'By ID', name: 'id', type: 'string', placeholder: 'e.g. {{ $json.siteId }}' },
			{ displayName: 'By URL', name: 'url', type: 'string', placeholder: 'e.g. https://example.com' },
		],
	};
}

const CHOOSE_SITE =
	'Choose one in the field "Site", or use the siteId that Generate returned, e.g. {{ $json.siteId }}.';

/**
 * The site that the field chooses, as it is listed or with its details. An address is one also where an ID is
 * expected: no ID begins like it.
 *
 * @throws NodeOperationError if there is none, or more than one that may be meant; RequestError
 */
export async function chosenSite(parameters: Parameters, client: ApiClient): Promise<Site> {
	const chosen = chosenText(parameters);
	const isAt = isAddress(chosen, parameters);
	return withState(await (isAt ? siteAt : siteById)(chosen, parameters, client));
}

/** The ID of that site. Nothing is asked for where the field already has it. */
export async function chosenSiteId(parameters: Parameters, client: ApiClient): Promise<Id> {
	const chosen = chosenText(parameters);
	return isAddress(chosen, parameters) ? (await siteAt(chosen, parameters, client)).id : chosen;
}

/** One site as the API sends it. @throws NodeOperationError if the account has no such site; RequestError */
export async function siteById(siteId: Id, parameters: Parameters, client: ApiClient): Promise<Site> {
	return await unlessUnknown(siteDetails(client, siteId), siteId, parameters);
}

/** What is asked for about a site. @throws NodeOperationError where the API does not know the site */
export async function unlessUnknown<T>(asked: Promise<T>, siteId: Id, parameters: Parameters): Promise<T> {
	return await asked.catch(async (failure: RequestError) => {
		const isUnknown = failure.httpCode === '404';
		const message = `This account has no site with the ID "${siteId}". ${CHOOSE_SITE}`;
		return await Promise.reject(isUnknown ? parameters.rejection(message) : failure);
	});
}

function chosenText(parameters: Parameters): string {
	return parameters.id('siteId', 'site', CHOOSE_SITE);
}

function isAddress(chosen: string, parameters: Parameters): boolean {
	return parameters.isMode('siteId', 'url') || /^https?:\/\//i.test(chosen);
}

async function siteAt(address: string, parameters: Parameters, client: ApiClient): Promise<Site> {
	const { sites, isWhole } = await allSites(client);
	const found = sitesAt(address, sites);
	if (found.length === 1) return found[0];
	if (found.length > 1) {
		const addresses = [...new Set(found.map(({ url }) => url))].join(', ');
		const advice = 'Enter the full address of one of them, or choose it from the list';
		throw parameters.rejection(`Several sites may have the address "${address}": ${addresses}. ${advice}.`);
	}
	const happened = isWhole
		? `This account has no site with the address "${address}"`
		: `The site with the address "${address}" was not found, because LLM Generator returned only a part of the sites`;
	const advice = isWhole ? 'Check the address, or use Generate to make its file' : 'Choose it by its ID';
	throw parameters.rejection(`${happened}. ${advice}.`);
}

/** The sites with this very address; else those that differ only in "http" or "https" and in "www.". */
export function sitesAt(address: string, sites: Site[]): Site[] {
	const same = sites.filter(({ url }) => isSame(url, address));
	return same.length > 0 ? same : sites.filter(({ url }) => siteKey(url) === siteKey(address));
}
