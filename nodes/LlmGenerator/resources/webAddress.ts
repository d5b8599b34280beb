import type { Parameters } from '../parameters';

/**
 * A web address in full, or nothing where it is left out. It is handed on as typed: URL would encode the braces of
 * Stripe's placeholder.
 *
 * @throws NodeOperationError for anything else
 */
export function webAddress(parameters: Parameters, name: string, label: string): string | undefined {
	const address = parameters.text(name, label);
	if (address === undefined) return undefined;
	if (/\s/.test(address)) {
		const advice = 'Take it out. A blank that belongs to the address is written %20';
		throw parameters.refusal(
			`The ${label} ${JSON.stringify(address)} has a line break or a blank in it. ${advice}.`,
		);
	}
	// URL would take the path of "https:///thanks" for the host, which an expression may have emptied.
	if (!/^https?:\/\/(?![./?#]|https?:)/i.test(address) || !URL.canParse(address)) {
		const advice = 'Type it in full, beginning with https://.';
		throw parameters.refusal(`The ${label} "${address}" is not a web address. ${advice}`);
	}
	return address;
}
