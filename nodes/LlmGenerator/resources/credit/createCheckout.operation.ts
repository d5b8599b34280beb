import { NodeOperationError, type IDataObject } from 'n8n-workflow';
import { isCheckoutSession } from '../../api/types';
import { shownFor, type Operation } from '../operation';
import { requestOptions } from '../requestOptions';

export const createCheckout: Operation = {
	option: {
		name: 'Create Checkout',
		value: 'createCheckout',
		action: 'Create a checkout',
		description: 'Make a link to a Stripe page on which a person can pay for a credit package',
	},
	fields: shownFor('credit', 'createCheckout', [
		{
			displayName: 'Package',
			name: 'packageId',
			type: 'resourceLocator',
			required: true,
			default: { mode: 'list', value: '' },
			description: 'The credit package that the link sells',
			hint: 'No money moves until somebody pays on the page that the link leads to',
			modes: [
				{
					displayName: 'From List',
					name: 'list',
					type: 'list',
					placeholder: 'Select a package…',
					typeOptions: { searchListMethod: 'getPackages', searchable: true },
				},
				{ displayName: 'By ID', name: 'id', type: 'string', placeholder: 'e.g. pkg_pro' },
			],
		},
		{
			displayName: 'Additional Fields',
			name: 'additionalFields',
			type: 'collection',
			placeholder: 'Add Field',
			default: {},
			options: [
				{
					displayName: 'Cancel URL',
					name: 'cancelUrl',
					type: 'string',
					default: '',
					placeholder: 'e.g. https://example.com/pricing',
					description:
						'Where the payer lands after turning back. If it is left out: your LLM Generator dashboard.',
				},
				...requestOptions.slice(0, 2),
				{
					displayName: 'Success URL',
					name: 'successUrl',
					type: 'string',
					default: '',
					placeholder: 'e.g. https://example.com/thanks?session_id={CHECKOUT_SESSION_ID}',
					description:
						'Where the payer lands after paying. Stripe replaces {CHECKOUT_SESSION_ID} with the ID of the session. If it is left out: your LLM Generator dashboard.',
				},
				...requestOptions.slice(2),
			],
		},
	]),
	requestOptionsIn: 'additionalFields',

	async execute(context, client, itemIndex) {
		const refuse = (message: string) => new NodeOperationError(context.getNode(), message, { itemIndex });
		const value = context.getNodeParameter('packageId', itemIndex, '', { extractValue: true });
		const packageId = String(value ?? '').trim();
		if (packageId === '') {
			throw refuse('No package is given. Choose one in the field "Package", or type its ID, e.g. pkg_pro.');
		}
		const body: IDataObject = { packageId };
		const fields = context.getNodeParameter('additionalFields', itemIndex, {}) as IDataObject;
		for (const [name, label] of [
			['successUrl', 'Success URL'],
			['cancelUrl', 'Cancel URL'],
		]) {
			const url = String(fields[name] ?? '').trim();
			if (url === '') continue;
			if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
				throw refuse(`The ${label} "${url}" is not a web address. Type it in full, beginning with https://.`);
			}
			// As typed: Stripe knows its {CHECKOUT_SESSION_ID} only with its braces, which URL would encode.
			body[name] = url;
		}
		return [{ ...(await client.post('/credits/checkout/api', body, isCheckoutSession)) }];
	},
};
