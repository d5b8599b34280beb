import type { INodePropertyOptions } from 'n8n-workflow';

/** What a field offers. */
export type Option<T extends string> = Pick<INodePropertyOptions, 'name'> & { value: T };

const LONGEST_QUOTE = 100;
/** What an object becomes where it is put into text. */
export const OBJECT_AS_TEXT = '[object Object]';

/** Undefined for what means "left out". AI agents write "null" and "undefined" for it. */
export function given(value: unknown): unknown {
	if (value === undefined || value === null) return undefined;
	return typeof value === 'string' && ['', 'null', 'undefined'].includes(value.trim()) ? undefined : value;
}

/** NaN for what is no number, or could be read in more than one way, e.g. "1,000". */
export function asNumber(value: unknown): number {
	if (typeof value === 'number') return value;
	return typeof value === 'string' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : NaN;
}

export function asWord(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value).trim().toLowerCase() : '';
}

/** Agents also write lists as JSON. */
export function namesIn(text: string): unknown[] {
	if (/^\s*\[/.test(text)) {
		try {
			return JSON.parse(text) as unknown[];
		} catch {
			return [text];
		}
	}
	return text.split(',');
}

export function optionFor<T extends string>(entry: unknown, of: ReadonlyArray<Option<T>>): T | undefined {
	if (typeof entry !== 'string') return undefined;
	const spelling = (text: string) => text.toLowerCase().replace(/[\s_-]/g, '');
	return of.find(({ name, value }) => [name, value].map(spelling).includes(spelling(entry)))?.value;
}

/** What a resource locator holds. */
export function located(value: unknown): unknown {
	const isLocator = isObject(value) && 'value' in value && ('__rl' in value || 'mode' in value);
	return isLocator ? value.value : value;
}

/** Undefined where there is none, or more than one that may be meant. */
export function idIn(value: unknown): string | undefined {
	if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
	if (typeof value === 'string') return value.includes(OBJECT_AS_TEXT) ? undefined : value.trim();
	if (!isObject(value)) return undefined;
	// The field of the API's objects, or that of an entry in a list.
	const candidates = [value.id, value.value].map(given).filter((each) => each !== undefined);
	return candidates.length === 1 ? idIn(candidates[0]) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as a sentence can name it. */
export function shown(value: unknown): string {
	if (typeof value === 'string') {
		const text = value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}…` : value;
		return JSON.stringify(text);
	}
	if (Number.isNaN(value)) return 'no number';
	if (typeof value === 'number' || typeof value === 'boolean') return String(value);
	return Array.isArray(value) ? 'a list' : 'an object';
}
