import { refusal } from './refusal';

/**
 * An absolute http or https address; undefined for everything else. URL.canParse is not used: in Node.js 20, V8's fast
 * path for it rejects addresses with letters like ü after a few thousand calls.
 */
export function parseWebAddress(text: unknown): URL | undefined {
	if (typeof text !== 'string' || !/^https?:\/\//i.test(text)) return undefined;
	try {
		return new URL(text);
	} catch {
		return undefined;
	}
}

/** A field that can be left out; refuses everything else that is not such an address. */
export function optionalAddress(name: string, text: unknown): string | undefined {
	if (text === undefined) return undefined;
	if (!parseWebAddress(text)) throw refusal(422, `${name} must be an absolute http or https URL`);
	return text as string;
}
