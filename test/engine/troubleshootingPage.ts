/** The messages that docs/troubleshooting.md quotes: each is a paragraph that begins with ">". */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const page = readFileSync(join(__dirname, '../../docs/troubleshooting.md'), 'utf8');

export const quotes = [...page.matchAll(/^> (.+)$/gm)].map(([, quote]) => quote);

/** The quotes that are this message; in a quote, "…" stands for anything. */
export function quotesOf(message: string): string[] {
	return quotes.filter((quote) => {
		const literal = quote.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
		return new RegExp(`^${literal.join('.+')}$`, 's').test(message);
	});
}
