const DAY_MS = 24 * 60 * 60 * 1000;

/** Whether this is the name of a time zone, e.g. "Europe/Berlin". */
export function isTimeZone(name: string): boolean {
	try {
		new Intl.DateTimeFormat('en', { timeZone: name });
		return true;
	} catch {
		return false;
	}
}

/**
 * When the clocks in a time zone show a time. At the end of summer time they show one hour twice: this returns the first
 * time, which is still in summer time. At the beginning they skip one hour: 02:30 then means 03:30.
 *
 * @param wallMs what the clocks show, as if it were UTC: Unix epoch, milliseconds
 * @returns Unix epoch, milliseconds
 */
export function instantIn(zone: string, wallMs: number): number {
	// An offset changes at most once between these two.
	const [before, after] = [-DAY_MS, DAY_MS].map((ms) => wallMs - offsetMs(zone, wallMs + ms));
	const isShown = (instant: number) => instant + offsetMs(zone, instant) === wallMs;
	return [before, after].sort((a, b) => a - b).find(isShown) ?? before;
}

/** By how many milliseconds the clocks in a time zone are ahead of UTC. `instant`: Unix epoch, milliseconds. */
export function offsetMs(zone: string, instant: number): number {
	const format = new Intl.DateTimeFormat('en', {
		timeZone: zone,
		era: 'short',
		year: 'numeric',
		month: 'numeric',
		day: 'numeric',
		hour: 'numeric',
		minute: 'numeric',
		second: 'numeric',
		hourCycle: 'h23',
	});
	const shown = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
	const [year, month, day, hour, minute, second] = [
		shown.era === 'BC' ? 1 - Number(shown.year) : shown.year,
		shown.month,
		shown.day,
		shown.hour,
		shown.minute,
		shown.second,
	].map(Number);
	const clocks = new Date(0);
	clocks.setUTCFullYear(year, month - 1, day);
	const wallMs = clocks.setUTCHours(hour, minute, second);
	return wallMs - Math.floor(instant / 1000) * 1000;
}
