import { isCheckoutSession } from '../../shapes';
import { CHECKOUT_IN_DOUBT, readReturnAddresses, returnAddressFields } from '../checkout';
import { makeOnce } from '../makeOnce';
import type { Operation } from '../operation';
import { additionalFields } from '../requestOptions';

const CHOOSE_PACKAGE = 'Choose one in the field "Package", or type its ID, e.g. pkg_pro.';
/** For the messages of the request. */
const HINTS = {
	inDoubt: CHECKOUT_IN_DOUBT,
	advice: {
		404: 'Check the package ID in this node and the Base URL in the LLM Generator API credential',
	},
};

export const createCheckout: Operation = {
	option: {
		name: 'Create Checkout',
		value: 'createCheckout',
		action: 'Create a checkout link for credits',
		description: 'Create a link to a Stripe page where someone can buy a credit package',
	},
	fields: [
		{
			displayName: 'Package',
			name: 'packageId',
			type: 'resourceLocator',
			required: true,
			default: { mode: 'list', value: '' },
			description: 'The credit package to sell',
			hint: 'No money moves until someone pays on the page behind the link',
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
		additionalFields(returnAddressFields),
	],

	async execute(run) {
		const { parameters, client } = run;
		const packageId = parameters.id('packageId', 'package', CHOOSE_PACKAGE);
		const body = { packageId, ...readReturnAddresses(run) };
		const post = async () => ({
			...(await client.post('/credits/checkout/api', body, isCheckoutSession, HINTS)),
		});
		return [await makeOnce(run, post)];
	},
};
