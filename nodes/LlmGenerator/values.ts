import type { INodePropertyOptions } from 'n8n-workflow';

/** An entry of a field with options. */
export type Option<T extends string> = Pick<INodePropertyOptions, 'name'> & { value: T };

const LONGEST_QUOTE = 100;
/** What an object becomes when it is put into text. */
export const OBJECT_AS_TEXT = '[object Object]';

/** Undefined for values that mean "not set". AI agents write "null" and "undefined" for it. */
export function ifSet(value: unknown): unknown {
	if (value === undefined || value === null) return undefined;
	return typeof value === 'string' && ['', 'null', 'undefined'].includes(value.trim()) ? undefined : value;
}

/** NaN for what is not a number, or could be read in more than one way, e.g. "1,000". */
export function asNumber(value: unknown): number {
	if (typeof value === 'number') return value;
	return typeof value === 'string' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : NaN;
}

export function normalized(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value).trim().toLowerCase() : '';
}

/** Agents also write lists as JSON. */
export function namesIn(text: string): unknown[] {
	if (!/^\s*\[/.test(text)) return text.split(',');
	const list = parsed(text);
	return Array.isArray(list) ? list : [text];
}

/** @returns undefined for what is not JSON */
function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

export function optionFor<T extends string>(entry: unknown, of: ReadonlyArray<Option<T>>): T | undefined {
	if (typeof entry !== 'string') return undefined;
	const spelling = (text: string) => text.toLowerCase().replace(/[\s_-]/g, '');
	return of.find(({ name, value }) => [name, value].map(spelling).includes(spelling(entry)))?.value;
}

/** What was chosen in a resource locator. */
export function locatorValue(value: unknown): unknown {
	const isLocator = isObject(value) && 'value' in value && ('__rl' in value || 'mode' in value);
	return isLocator ? value.value : value;
}

/** How a resource locator is set, e.g. "list"; undefined for anything else. */
export function modeOf(value: unknown): unknown {
	return isObject(value) && 'value' in value ? value.mode : undefined;
}

/**
 * Text and numbers are IDs themselves; an object, also as JSON, may contain an ID.
 *
 * @param name that an object may have it under: the field's own, e.g. "siteId" in the output of Generate
 * @returns undefined if there is no ID, or more than one possible ID
 */
export function idIn(value: unknown, name?: string): string | undefined {
	// Greater numbers have lost digits before they arrive here.
	if (typeof value === 'number')
		return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? String(value) : undefined;
	if (typeof value === 'string') {
		if (/^\s*[[{]/.test(value)) return idIn(parsed(value), name);
		return value.includes(OBJECT_AS_TEXT) ? undefined : value.trim();
	}
	if (!isObject(value)) return undefined;
	const named = name === undefined ? undefined : ifSet(value[name]);
	if (named !== undefined) return idIn(named);
	// The field of the API's objects, or that of an entry in a list.
	const candidates = [value.id, value.value].map(ifSet).filter((each) => each !== undefined);
	return candidates.length === 1 ? idIn(candidates[0]) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How a message names a value, e.g. `"soon"` or `an object`. */
export function described(value: unknown): string {
	if (typeof value === 'string') {
		const text = value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}…` : value;
		return JSON.stringify(text);
	}
	if (Number.isNaN(value)) return 'not a number';
	if (typeof value === 'number' || typeof value === 'boolean') return String(value);
	return Array.isArray(value) ? 'a list' : 'an object';
}
