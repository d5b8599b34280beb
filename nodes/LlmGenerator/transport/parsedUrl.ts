/**
 * What a text is as an address; undefined where it is none.
 *
 * Not by `URL.canParse`: after some thousand calls, Node.js 20 finds no address with letters like ü valid any more.
 */
export function parsedUrl(text: string, base?: string): URL | undefined {
	try {
		return new URL(text, base);
	} catch {
		return undefined;
	}
}
