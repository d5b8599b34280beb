import { readDateText } from './dateText';
import { instantIn, isTimeZone, offsetMs } from './timeZone';

/** Epoch numbers are taken for times between these years, in which seconds and milliseconds cannot be confused. */
const FIRST_EPOCH_MS = Date.UTC(2000, 0);
const LAST_EPOCH_MS = Date.UTC(2100, 0);

/**
 * The point in time that a value names: ISO 8601, RFC 2822, HTTP and JavaScript dates, Date and Luxon objects, epoch
 * seconds and milliseconds (numbers or text).
 *
 * @param timezone of a text that says neither an offset nor a zone, e.g. "Europe/Berlin"
 * @returns Unix epoch, milliseconds; undefined for what can be read in more than one way, or not at all
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
	if (aheadMs === undefined) return isTimeZone(place) ? instantIn(place, wallMs) : undefined;
	const instant = wallMs - aheadMs;
	if (date.place === undefined) return instant;
	const agrees = isTimeZone(place) && (isUtc || offsetMs(place, instant) === aheadMs);
	return agrees ? instant : undefined;
}

/** Seconds or milliseconds, told apart by their size. A spreadsheet's day number (46053) is neither. */
function epochMs(value: number): number | undefined {
	return [value * 1000, value].find((ms) => ms >= FIRST_EPOCH_MS && ms < LAST_EPOCH_MS);
}

/** n8n's Luxon may be another copy than ours, and its Date one of another realm: recognized by what they can do. */
function isDateObject(value: unknown): value is Date {
	const isLuxon = typeof (value as { toMillis?: unknown } | null)?.toMillis === 'function';
	return isLuxon || Object.prototype.toString.call(value) === '[object Date]';
}
