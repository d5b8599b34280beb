import type { IExecuteFunctions } from 'n8n-workflow';
import { isCheckoutSession } from '../../shapes';
import type { Parameters } from '../../parameters';
import { makeOnce } from '../makeOnce';
import type { Operation } from '../operation';
import { additionalFields } from '../requestOptions';
import { webAddress } from '../webAddress';

const CHOOSE_PACKAGE = 'Choose one in the field "Package", or type its ID, e.g. pkg_pro.';
/** For the messages of the request. */
const HINTS = {
	inDoubt:
		'It is not known whether the checkout was made, so it was not sent twice. No money moves until somebody pays on its page: running this again is safe',
	advice: {
		404: 'Check the package ID in this node and the Base URL in the LLM Generator API credential',
	},
};
/** Stripe replaces it with the ID of the checkout session. */
const PLACEHOLDER = '{CHECKOUT_SESSION_ID}';
const DOUBLED_PLACEHOLDER = /\{\{\s*CHECKOUT_SESSION_ID|CHECKOUT_SESSION_ID\s*\}\}/i;

export const createCheckout: Operation = {
	option: {
		name: 'Create Checkout',
		value: 'createCheckout',
		action: 'Create a checkout',
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
		additionalFields([
			{
				displayName: 'Cancel URL',
				name: 'cancelUrl',
				type: 'string',
				default: '',
				placeholder: 'e.g. https://example.com/pricing',
				description: 'Where to send the customer after cancelling. Defaults to your LLM Generator dashboard.',
			},
			{
				displayName: 'Success URL',
				name: 'successUrl',
				type: 'string',
				default: '',
				placeholder: 'e.g. https://example.com/thanks?session_id={CHECKOUT_SESSION_ID}',
				description:
					'Where to send the customer after paying. Stripe replaces {CHECKOUT_SESSION_ID} with the ID of the session. Defaults to your LLM Generator dashboard.',
			},
		]),
	],

	async execute({ parameters, client, context, itemIndex }) {
		const fields = parameters.collection('additionalFields');
		const returnAddress = (name: string, label: string) => {
			const address = webAddress(fields, name, label);
			checkPlaceholder(context, fields, { name, label, address: address ?? '' });
			return address;
		};
		const body = {
			packageId: parameters.id('packageId', 'package', CHOOSE_PACKAGE),
			successUrl: returnAddress('successUrl', 'Success URL'),
			cancelUrl: returnAddress('cancelUrl', 'Cancel URL'),
		};
		const post = async () => ({
			...(await client.post('/credits/checkout/api', body, isCheckoutSession, HINTS)),
		});
		return [await makeOnce({ context, itemIndex }, post)];
	},
};

/**
 * Stripe replaces its placeholder only if it is written exactly, and leaves everything else as it is: the customer
 * would come back without an ID. In an expression, n8n reads double braces as its own and replaces them with nothing.
 *
 * @throws NodeOperationError if a placeholder was meant, but is not written as Stripe needs it
 */
function checkPlaceholder(
	context: IExecuteFunctions,
	fields: Parameters,
	{ name, label, address }: { name: string; label: string; address: string },
): void {
	const typed = context.getNodeParameter(`additionalFields.${name}`, 0, '', { rawExpressions: true });
	const isDoubled = [String(typed), address].some((text) => DOUBLED_PLACEHOLDER.test(text));
	const isMeant = /checkout_session_id|\{[^{}]*session[^{}]*\}|[?&]session_id=(?=[&#]|$)/i.test(address);
	if (!isDoubled && (address.includes(PLACEHOLDER) || !isMeant)) return;
	throw fields.rejection(
		`The ${label} "${address}" has no place for the ID of the Stripe session. Write ${PLACEHOLDER} there, in capitals and single braces, like https://example.com/thanks?session_id=${PLACEHOLDER}.`,
	);
}
