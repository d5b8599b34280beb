import type { Operation } from '../operation';
import { options } from '../requestOptions';
import { chosenSiteId, siteById, siteField } from '../siteField';

export const get: Operation = {
	option: {
		name: 'Get',
		value: 'get',
		action: 'Get a site',
		description: 'Get a website of your account: its status, the links to its files and its last options',
	},
	subtitle: 'Get Site',
	fields: [siteField('The website to get'), options()],

	async execute({ parameters, client }) {
		const siteId = await chosenSiteId(parameters, client);
		return [await siteById(siteId, parameters, client)];
	},
};
