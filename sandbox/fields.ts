/** The most URLs of one generation or discovery. Documented only for discovery. */
export const MOST_URLS = 1000;

export function isUrlCount(value: unknown): value is number {
	return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MOST_URLS;
}

export function isOneOf<T extends string>(values: readonly T[], value: unknown): value is T {
	return values.includes(value as T);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of a body; none for everything that is not an object. */
export function asRecord(value: unknown): Record<string, unknown> {
	return isRecord(value) ? value : {};
}

/** An instant in the form of the API. `ms`: milliseconds since 1970. */
export function moment(ms: number): string {
	return new Date(ms).toISOString();
}
