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
