import type { INodeProperties } from 'n8n-workflow';
import type { Parameters } from '../parameters';
import type { ItemRun } from './operation';
import { webAddress } from './webAddress';

/** What is said of a checkout that nobody knows the fate of. */
export const CHECKOUT_IN_DOUBT =
	'It is not known whether the checkout was made, so it was not sent twice. No money moves until somebody pays on its page: running this again is safe';

/** Stripe replaces it with the ID of the checkout session. */
const PLACEHOLDER = '{CHECKOUT_SESSION_ID}';
const DOUBLED_PLACEHOLDER = /\{\{\s*CHECKOUT_SESSION_ID|CHECKOUT_SESSION_ID\s*\}\}/i;

/** Where Stripe sends the customer from the page of a checkout; for Additional Fields. */
export const returnAddressFields: INodeProperties[] = [
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
];

/**
 * What is set of these fields.
 *
 * @throws NodeOperationError for what is not a web address, or has a placeholder that Stripe would not replace
 */
export function readReturnAddresses(run: ItemRun): { successUrl?: string; cancelUrl?: string } {
	const fields = run.parameters.collection('additionalFields');
	const read = (name: string, label: string) => {
		const address = webAddress(fields, name, label);
		checkPlaceholder(run, fields, { name, label, address: address ?? '' });
		return address;
	};
	return { successUrl: read('successUrl', 'Success URL'), cancelUrl: read('cancelUrl', 'Cancel URL') };
}

/**
 * Stripe replaces its placeholder only if it is written exactly, and leaves everything else as it is: the customer
 * would come back without an ID. In an expression, n8n reads double braces as its own and replaces them with nothing.
 *
 * @throws NodeOperationError if a placeholder was meant, but is not written as Stripe needs it
 */
function checkPlaceholder(
	{ context }: ItemRun,
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
