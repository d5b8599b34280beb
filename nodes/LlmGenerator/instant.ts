import { readDateText } from './dateText';
import { instantIn, isTimeZone, offsetMs } from './timeZone';

/** Epoch numbers are accepted between these years, where seconds and milliseconds cannot be confused. */
const FIRST_EPOCH_MS = Date.UTC(2000, 0);
const LAST_EPOCH_MS = Date.UTC(2100, 0);

/**
 * The point in time that a value means: ISO 8601, RFC 2822, HTTP and JavaScript dates, Date and Luxon objects, epoch
 * seconds and milliseconds (numbers or text).
 *
 * @param timezone for text without an offset or a time zone, e.g. "Europe/Berlin"
 * @returns Unix epoch, milliseconds; undefined for a value that has more than one meaning, or none
 */
export function instantOf(value: unknown, timezone: string): number | undefined {
	if (typeof value === 'number') return epochMs(value);
	if (isDateObject(value)) return Number.isFinite(value.valueOf()) ? value.valueOf() : undefined;
	if (typeof value !== 'string') return undefined;
	const text = value.replace(/\s+/g, ' ').trim();
	return /^\d{9,}(\.\d+)?$/.test(text) ? epochMs(Number(text)) : instantOfText(text, timezone);
}

function instantOfText(text: string, timezone: string): number | undefined {
	const date = readDateText(text);
	if (!date) return undefined;
	const { wallMs, aheadMs, place = timezone, isUtc } = date;
	// The API's times, thousands of them at once: nothing has to be looked up.
	if (aheadMs === undefined && place === 'UTC') return wallMs;
	if (aheadMs === undefined) return isTimeZone(place) ? instantIn(place, wallMs) : undefined;
	const instant = wallMs - aheadMs;
	if (date.place === undefined) return instant;
	const agrees = isTimeZone(place) && (isUtc || offsetMs(place, instant) === aheadMs);
	return agrees ? instant : undefined;
}

/** Seconds or milliseconds: their size shows which. The day number of a spreadsheet (46053) is neither. */
function epochMs(value: number): number | undefined {
	return [value * 1000, value].find((ms) => ms >= FIRST_EPOCH_MS && ms < LAST_EPOCH_MS);
}

/** n8n's Luxon may be another copy, and its Date may come from another realm, so `instanceof` does not work. */
function isDateObject(value: unknown): value is Date {
	const isLuxon = typeof (value as { toMillis?: unknown } | null)?.toMillis === 'function';
	return isLuxon || Object.prototype.toString.call(value) === '[object Date]';
}
