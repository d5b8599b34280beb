const LONGEST_QUOTE = 300;
/** Error bodies of real servers are not nested deeper, and nobody reads more words. */
const DEEPEST = 5;
const MOST_WORDS = 5;

/** The API's own words, or ''. It is not documented where they are, so this searches the usual places. */
export function ownWords(body: unknown, secret: string): string {
	// A page for a browser contains nothing that helps here.
	return isWebPage(body) ? '' : quotable(wordsIn(body), secret).replace(/\.+$/, '');
}

/** The words in an answer or in a part of it, at any of the usual places; '' if there are none. */
export function wordsIn(value: unknown, depth = 0): string {
	if (typeof value === 'string') return isWebPage(value) ? '' : value.trim();
	if (depth >= DEEPEST) return '';
	if (Array.isArray(value)) return listed(value.slice(0, MOST_WORDS).map((one) => wordsIn(one, depth + 1)));
	if (!isRecord(value)) return '';
	const { message, error, detail, errors, title } = value;
	const said = [message, error, detail].map((one) => wordsIn(one, depth + 1)).find(Boolean);
	const msg = typeof value.msg === 'string' ? value.msg.trim() : '';
	const each = wordsIn(errors, depth + 1) || wordsByField(errors, depth + 1);
	const all = [said || msg || wordsIn(title, depth + 1), each].filter(Boolean);
	return [...new Set(all)].join(': ');
}

/** Some servers name the field: `{ "limit": ["must not be greater than 100"] }`. */
function wordsByField(errors: unknown, depth: number): string {
	if (!isRecord(errors)) return '';
	const fields = Object.entries(errors).slice(0, MOST_WORDS);
	return listed(
		fields.map(([field, held]) => {
			const words = wordsIn(held, depth + 1);
			return words && `${field}: ${words}`;
		}),
	);
}

function listed(words: string[]): string {
	return [...new Set(words.filter(Boolean))].join('; ');
}

export function isWebPage(body: unknown): boolean {
	return typeof body === 'string' && body.trimStart().startsWith('<');
}

/** The title of a web page, or ''. */
export function titleOf(page: unknown, secret: string): string {
	return quotable(/<title[^>]*>([^<]*)<\/title/i.exec(String(page))?.[1] ?? '', secret);
}

/** Short, on one line, without invisible characters, and without the key, which some servers echo. */
export function quotable(text: string, secret: string): string {
	const line = text
		.split(secret)
		.join('***')
		.replace(/[\s\p{Cc}\u200b\u2060\ufeff]+/gu, ' ')
		.trim();
	return line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE)}…` : line;
}

/** What an undocumented answer is, e.g. "a web page". */
export function kindOf(body: unknown, secret: string): string {
	if (body === null || body === undefined || body === '') return 'an empty answer';
	if (Array.isArray(body)) return 'a list';
	if (typeof body === 'string') {
		if (isWebPage(body)) return 'a web page';
		return /^\s*[[{]/.test(body) ? 'JSON that is cut off' : 'plain text';
	}
	if (!isRecord(body)) return `a ${typeof body}`;
	const fields = quotable(
		Object.keys(body)
			.filter((name) => name.trim())
			.slice(0, 5)
			.join(', '),
		secret,
	);
	return fields === '' ? 'an empty object' : `an object with ${fields}`;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
