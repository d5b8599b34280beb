import { tryToParseDateTime } from 'n8n-workflow';

/** Epoch numbers are taken for times between these years, in which seconds and milliseconds cannot be confused. */
const FIRST_EPOCH_MS = Date.UTC(2000, 0);
const LAST_EPOCH_MS = Date.UTC(2100, 0);

const TIME = String.raw`(?:(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?|24:00(?::00)?)`;
const BASIC_TIME = String.raw`(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:[.,]\d+)?)?`;
const OFFSET = String.raw`(?:Z|[+-](?:0\d|1[0-8])(?::?[0-5]\d)?)`;
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH = `(?<month>${MONTHS.join('|')})`;
/** The forms whose meaning does not depend on the machine that reads them. */
const FORMS = [
	// ISO 8601, and the same with a blank for the T: 2026-01-31, 2026-01-31T09:00:00.000+01:00, 20260131T090000Z
	String.raw`(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?:[T ]${TIME} ?${OFFSET}?)?`,
	String.raw`(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)(?:T${BASIC_TIME}${OFFSET}?)?`,
	// RFC 2822, HTTP: Sat, 31 Jan 2026 09:00:00 +0100
	String.raw`(?:${DAY}, ?)?(?<day>\d{1,2}) ${MONTH} (?<year>\d{4}) ${TIME} (?:GMT|UTC?|Z|[ECMP][SD]T|[+-]\d{4})`,
	// HTTP in its older form: Saturday, 31-Jan-26 09:00:00 GMT
	String.raw`\w+day, (?<day>\d\d)-${MONTH}-(?<year>\d\d) ${TIME} GMT`,
	// JavaScript, as text: Sat Jan 31 2026 09:00:00 GMT+0100
	String.raw`${DAY} ${MONTH} (?<day>\d\d) (?<year>\d{4}) ${TIME} GMT[+-]\d{4}`,
].map((form) => new RegExp(`^${form}$`, 'i'));

/**
 * The point in time that a value names: ISO 8601, RFC 2822, HTTP and JavaScript dates, Date and Luxon objects, epoch
 * seconds and milliseconds (numbers or text).
 *
 * @param timezone where a text without an offset is at home, e.g. "Europe/Berlin"
 * @returns Unix epoch, milliseconds; undefined for what can be read in more than one way, or not at all
 */
export function instantOf(value: unknown, timezone: string): number | undefined {
	if (typeof value === 'number') return epochMs(value);
	if (isDateObject(value)) return finite(value.valueOf());
	if (typeof value !== 'string') return undefined;
	// RFC 2822 and JavaScript allow for the zone's name at the end, in brackets.
	const text = value
		.replace(/\([^()]*\)\s*$/, '')
		.replace(/\s+/g, ' ')
		.trim();
	if (/^\d{9,}(\.\d+)?$/.test(text)) return epochMs(Number(text));
	const groups = FORMS.map((form) => form.exec(text)?.groups).find(Boolean);
	if (!groups || !isInCalendar(groups)) return undefined;
	const iso = /^\d{4}-/.test(text)
		? text
				.toUpperCase()
				.replace(/^(.{10}) /, '$1T')
				.replace(' ', '')
		: text;
	try {
		return finite(tryToParseDateTime(iso, timezone).toMillis());
	} catch {
		return undefined;
	}
}

/** Seconds or milliseconds, told apart by their size. A spreadsheet's day number (46053) is neither. */
function epochMs(value: number): number | undefined {
	return [value * 1000, value].find((ms) => ms >= FIRST_EPOCH_MS && ms < LAST_EPOCH_MS);
}

/** n8n's Luxon may be another copy than ours, and its Date one of another realm: told by what they can do. */
function isDateObject(value: unknown): value is Date {
	const isLuxon = typeof (value as { toMillis?: unknown } | null)?.toMillis === 'function';
	return isLuxon || Object.prototype.toString.call(value) === '[object Date]';
}

/** JavaScript would take 30 February for 2 March. */
function isInCalendar({ year, month, day }: Record<string, string>): boolean {
	const monthIndex = /^\d/.test(month) ? Number(month) - 1 : MONTHS.indexOf(month.toLowerCase());
	const date = new Date(Date.UTC(Number(year), monthIndex, Number(day)));
	return date.getUTCMonth() === monthIndex && date.getUTCDate() === Number(day);
}

function finite(ms: number): number | undefined {
	return Number.isFinite(ms) ? ms : undefined;
}
