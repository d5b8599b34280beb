/** Text that is already HTML. */
export class Html {
	constructor(private readonly text: string) {}

	toString(): string {
		return this.text;
	}
}

type Part = Html | Html[] | string | number;

/** A template that escapes all values in it, except Html and lists of Html. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
	return new Html(strings.reduce((before, text, index) => before + fragment(parts[index - 1]) + text));
}

function fragment(part: Part): string {
	if (Array.isArray(part)) return part.join('');
	return part instanceof Html ? part.toString() : escaped(String(part));
}

const ENTITIES: Record<string, string> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;',
};

function escaped(text: string): string {
	return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
