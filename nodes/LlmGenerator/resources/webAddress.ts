import type { Parameters } from '../parameters';
import { parsedUrl } from '../transport/parsedUrl';

/**
 * A full web address, or undefined if it is not set. It is passed on as it was entered: URL would encode the braces of
 * Stripe's placeholder.
 *
 * @throws NodeOperationError for anything else
 */
export function webAddress(parameters: Parameters, name: string, label: string): string | undefined {
	const address = parameters.text(name, label);
	if (address === undefined) return undefined;
	if (/\s/.test(address)) {
		const advice = 'Remove it, or write a space as %20';
		throw parameters.rejection(
			`The ${label} ${JSON.stringify(address)} contains a line break or a space. ${advice}.`,
		);
	}
	// URL would use the path of "https:///thanks" as the host. An expression for the host may have returned nothing.
	if (!/^https?:\/\/(?![./?#]|https?:)/i.test(address) || !parsedUrl(address)) {
		const advice = 'Enter the full address, starting with https://.';
		throw parameters.rejection(`The ${label} "${address}" is not a web address. ${advice}`);
	}
	return address;
}
