/** What a date in text form says. */
export interface DateText {
	/** What clocks show there, as if that were UTC: Unix epoch, milliseconds. */
	wallMs: number;
	/** By how much these clocks are ahead of UTC, in milliseconds; undefined if the text does not say it. */
	aheadMs?: number;
	/** The time zone that the text names, e.g. "Europe/Berlin". */
	place?: string;
	/** The text gives the time in UTC, which says nothing about the clocks in the named time zone (RFC 9557). */
	isUtc: boolean;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH = `(?<month>${MONTHS.join('|')})`;
const WEEKDAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const CLOCK = String.raw`(?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d))?`;
/** RFC 2822 and JavaScript allow one at the end, such as the name of the time zone. */
const COMMENT = String.raw`(?: ?\([^()]*\))?`;

/** The formats that have the same meaning everywhere. */
const FORMS = [
	isoForm(String.raw`(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)`, ':'),
	isoForm(String.raw`(?<year>\d{4})-(?<yearDay>\d{3})`, ':'),
	isoForm(String.raw`(?<year>\d{4})-W(?<week>\d\d)-(?<weekday>[1-7])`, ':'),
	isoForm(String.raw`(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)`, ''),
	isoForm(String.raw`(?<year>\d{4})W(?<week>\d\d)(?<weekday>[1-7])`, ''),
	// Without a time, seven digits may be anything.
	isoForm(String.raw`(?<year>\d{4})(?<yearDay>\d{3})(?=T)`, ''),
	// RFC 2822, HTTP: Sat, 31 Jan 2026 09:00:00 +0100
	String.raw`(?:${WEEKDAY}, ?)?(?<day>\d{1,2}) ${MONTH} (?<year>\d{4}) ${CLOCK} (?<offset>GMT|UTC?|Z|[ECMP][SD]T|[+-]\d{4})${COMMENT}`,
	// HTTP in its older form: Saturday, 31-Jan-26 09:00:00 GMT
	String.raw`\w+day, (?<day>\d\d)-${MONTH}-(?<year>\d\d) ${CLOCK} (?<offset>GMT)`,
	// JavaScript, as text: Sat Jan 31 2026 09:00:00 GMT+0100
	String.raw`${WEEKDAY} ${MONTH} (?<day>\d\d) (?<year>\d{4}) ${CLOCK} GMT(?<offset>[+-]\d{4})${COMMENT}`,
].map((form) => new RegExp(`^${form}$`, 'i'));

/**
 * ISO 8601, also with a space instead of the T, and with a time zone at the end, as Temporal and Java write it (RFC 9557).
 *
 * @param colon what separates the parts of a time; empty in the basic format
 */
function isoForm(date: string, colon: string): string {
	const clock = String.raw`(?<hour>\d\d)(?:${colon}(?<minute>\d\d)(?:${colon}(?<second>\d\d))?)?(?<part>[.,]\d+)?`;
	const offset = String.raw`(?<offset>Z|UTC|GMT|[+−-]\d\d(?::?\d\d)?)`;
	const place = String.raw`(?:\[!?(?<place>[\w/+-]+)\])?(?:\[!?u-ca=(?:iso8601|gregory)\])?`;
	return `${date}(?:[T ]${clock}(?: ?${offset})?)?${place}`;
}

type Groups = Partial<Record<string, string>>;

/** @returns undefined for text in another format, and for a day or a time that does not exist */
export function readDateText(text: string): DateText | undefined {
	const groups: Groups | undefined = FORMS.map((form) => form.exec(text)?.groups).find(Boolean);
	if (!groups) return undefined;
	const { offset, place } = groups;
	const aheadMs = offset === undefined ? undefined : offsetMs(offset);
	const wallMs = midnightOf(groups) + clockMs(groups);
	// NaN: the day, the time or the offset does not exist.
	if (Number.isNaN(wallMs) || Number.isNaN(aheadMs)) return undefined;
	return { wallMs, aheadMs, place, isUtc: /^[A-Z]+$/i.test(offset ?? '') };
}

/** The beginning of a day; NaN for a day that does not exist. JavaScript would read 30 February as 2 March. */
function midnightOf({ year: yearText = '', month = '', day, yearDay, week, weekday }: Groups): number {
	const year = yearText.length === 2 ? fullYear(Number(yearText)) : Number(yearText);
	if (yearDay !== undefined) {
		const date = utcDate(year, 0, Number(yearDay));
		return date.getUTCFullYear() === year ? date.getTime() : NaN;
	}
	if (week !== undefined) {
		// Week 1 is the one with 4 January, and a week belongs to the year of its Thursday.
		const inWeek1 = utcDate(year, 0, 4);
		const monday =
			inWeek1.getTime() - ((inWeek1.getUTCDay() + 6) % 7) * DAY_MS + (Number(week) - 1) * 7 * DAY_MS;
		const isInYear = new Date(monday + 3 * DAY_MS).getUTCFullYear() === year;
		return isInYear ? monday + (Number(weekday) - 1) * DAY_MS : NaN;
	}
	const monthIndex = /^\d/.test(month) ? Number(month) - 1 : MONTHS.indexOf(month.toLowerCase());
	const date = utcDate(year, monthIndex, Number(day));
	return date.getUTCMonth() === monthIndex && date.getUTCDate() === Number(day) ? date.getTime() : NaN;
}

/** RFC 9110: a year of two digits that would be far in the future belongs to the last century. */
function fullYear(digits: number): number {
	return digits > 60 ? 1900 + digits : 2000 + digits;
}

/** Date.UTC() would read the year 26 as 1926. */
function utcDate(year: number, monthIndex: number, day: number): Date {
	const date = new Date(0);
	date.setUTCFullYear(year, monthIndex, day);
	return date;
}

/** Milliseconds since midnight; NaN for a time that does not exist. `part`: a decimal part of the last unit, e.g. ".5". */
function clockMs({ hour = '0', minute, second, part = '.0' }: Groups): number {
	const [h, m, s] = [hour, minute ?? '0', second ?? '0'].map(Number);
	const unitMs = second !== undefined ? 1000 : minute !== undefined ? MINUTE_MS : HOUR_MS;
	// Rounded down, except for what binary numbers cannot represent exactly.
	const partMs = Math.floor(Number(part.replace(',', '.')) * unitMs + 1e-6);
	const ms = h * HOUR_MS + m * MINUTE_MS + s * 1000 + partMs;
	const isLeapSecond = s === 60 && m === 59;
	return ms <= DAY_MS && h <= 24 && m <= 59 && (s <= 59 || isLeapSecond) ? ms : NaN;
}

/** By how much clocks are ahead of UTC; NaN for an offset that does not exist. The names are those of RFC 2822, 4.3. */
function offsetMs(offset: string): number {
	const [, zone, season] = /^([ECMP])([SD])T$/i.exec(offset) ?? [];
	if (zone)
		return ('PMCE'.indexOf(zone.toUpperCase()) - 8 + (season.toUpperCase() === 'D' ? 1 : 0)) * HOUR_MS;
	const [, sign, hours, minutes = '0'] = /^([+−-])(\d\d):?(\d\d)?$/.exec(offset) ?? [];
	if (!sign) return 0;
	const ms = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS;
	return Number(hours) <= 18 && Number(minutes) <= 59 ? (sign === '+' ? ms : -ms) : NaN;
}
