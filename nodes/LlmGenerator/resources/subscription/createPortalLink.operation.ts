import { isStripePage } from '../../shapes';
import { makeOnce } from '../makeOnce';
import type { Operation } from '../operation';
import { additionalFields } from '../requestOptions';
import { webAddress } from '../webAddress';

/** Stripe's links to its portal expire after a few minutes, so a retry after this time makes a new one. In milliseconds. */
const LINK_USABLE_MS = 120_000;

/** For the messages of the request. */
const HINTS = {
	inDoubt:
		'It is not known whether the link was made, so it was not sent twice. A link alone changes nothing: running this again is safe',
	advice: {
		400: 'An account has a billing account at Stripe only after its first purchase: use Create Checkout first. If there is a Return URL in this node, check it',
		402: 'Pay what is open in the LLM Generator dashboard, then run this again',
		404: 'An account has a billing account at Stripe only after its first purchase: use Create Checkout first. If there was one, check the Base URL in the LLM Generator API credential',
	},
};

export const createPortalLink: Operation = {
	option: {
		name: 'Create Billing Portal Link',
		value: 'createPortalLink',
		action: 'Create a billing portal link',
		description:
			'Create a link to the Stripe page of this account’s subscription. Whoever has the link can change or cancel it and see the invoices.',
	},
	fields: [
		additionalFields([
			{
				displayName: 'Return URL',
				name: 'returnUrl',
				type: 'string',
				default: '',
				placeholder: 'e.g. https://example.com/account',
				description:
					'Where the page leads back to when the user is done. Defaults to your LLM Generator dashboard.',
			},
		]),
	],

	async execute(run) {
		const { parameters, client } = run;
		const fields = parameters.collection('additionalFields');
		const body = { returnUrl: webAddress(fields, 'returnUrl', 'Return URL') };
		const post = async () => ({
			...(await client.post('/subscriptions/portal/api', body, isStripePage, HINTS)),
		});
		return [await makeOnce(run, post, LINK_USABLE_MS)];
	},
};
