const DAY_MS = 24 * 60 * 60 * 1000;

/** Whether this is the name of a time zone that this n8n knows, e.g. "Europe/Berlin". */
export function isTimeZone(name: string): boolean {
	try {
		new Intl.DateTimeFormat('en', { timeZone: name });
		return true;
	} catch {
		return false;
	}
}

/**
 * When clocks in a zone show a time. At the end of summer time an hour comes twice: its first pass counts, which still is
 * in summer time. At the beginning an hour is skipped: it counts on from the time before, so 02:30 is what became 03:30.
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

/** By how much the clocks in a zone are ahead of UTC. `instant`: Unix epoch, milliseconds. */
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
