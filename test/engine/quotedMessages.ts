/** The messages that the documentation quotes; in a quote, "…" stands for anything. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (path: string) => readFileSync(join(__dirname, '../..', path), 'utf8');

export const page = read('docs/troubleshooting.md');

/** On that page, each is a paragraph that begins with ">". */
export const onPage = [...page.matchAll(/^> (.+)$/gm)].map(([, quote]) => quote);

/** In README, each is a row of the table of values that the node refuses. */
export const inReadme = [
	...read('README.md')
		.split(/^##+ /m)
		.find((section) => section.startsWith('Troubleshooting'))!
		.matchAll(/^\| (?!input|-).+ \| (.+?) +\|$/gm),
].map(([, quote]) => quote);

/** The quotes that are this message. */
export function quotesOf(message: string, among: string[]): string[] {
	return among.filter((quote) => {
		const literal = quote.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
		// n8n's own messages have several lines.
		return new RegExp(`^${literal.join('.+')}$`).test(message.replaceAll('\n', ' '));
	});
}
