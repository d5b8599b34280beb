import type { IExecuteFunctions } from 'n8n-workflow';
import { isCheckoutSession } from '../../shapes';
import type { Parameters } from '../../parameters';
import { makeOnce } from '../makeOnce';
import type { Operation } from '../operation';
import { additionalFields } from '../requestOptions';
import { webAddress } from '../webAddress';

const CHOOSE_PACKAGE = 'Choose one in the field "Package", or type its ID, e.g. pkg_pro.';
/** Stripe's own, for the ID of the checkout session. */
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
		const body = {
			packageId: parameters.id('packageId', 'package', CHOOSE_PACKAGE),
			successUrl: webAddress(fields, 'successUrl', 'Success URL'),
			cancelUrl: webAddress(fields, 'cancelUrl', 'Cancel URL'),
		};
		checkPlaceholder(context, fields, body.successUrl ?? '');
		const post = async () => ({ ...(await client.post('/credits/checkout/api', body, isCheckoutSession)) });
		return [await makeOnce({ context, itemIndex }, post)];
	},
};

/**
 * Stripe puts the session's ID only where its placeholder stands to the letter, and leaves anything else as it is: the
 * payer would come back without an ID. In an expression, n8n takes doubled braces for its own and empties them.
 *
 * @throws NodeOperationError if a placeholder was meant, and is none
 */
function checkPlaceholder(context: IExecuteFunctions, fields: Parameters, successUrl: string): void {
	const typed = context.getNodeParameter('additionalFields.successUrl', 0, '', { rawExpressions: true });
	const isDoubled = [String(typed), successUrl].some((text) => DOUBLED_PLACEHOLDER.test(text));
	const isMeant = /checkout_session_id|\{[^{}]*session[^{}]*\}|[?&]session_id=(?=[&#]|$)/i.test(successUrl);
	if (!isDoubled && (successUrl.includes(PLACEHOLDER) || !isMeant)) return;
	throw fields.refusal(
		`The Success URL "${successUrl}" has no place for the ID of the Stripe session. Write ${PLACEHOLDER} there, in capitals and single braces, like https://example.com/thanks?session_id=${PLACEHOLDER}.`,
	);
}
