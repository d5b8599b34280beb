/**
 * What the trigger must emit, by what it was shown. It remembers everything, and what n8n forgets at a restart is given
 * back to it as it was.
 *
 * Two ends between two polls are one. What else nobody can see: an end that shows the status and the time of an earlier one
 * of the same site, unless the site was seen running since with that very time. Where the API sends no time, that is every
 * end with the status of an earlier one that was not seen running.
 */
import type { ShownSite } from './siteAccount';

interface Remembered {
	/** Status and time of each end that was shown, the newest first. */
	ends: string[];
	/** The time that it showed when it was running. */
	runningAt?: string;
}

export interface Memory {
	account: string;
	sites: Record<string, Remembered>;
}

export type Verdict = 'must' | 'must not' | 'may';

/** As many versions as the trigger keeps of a site. */
const KEPT = 3;

/** Judges what one answer shows, and remembers it. `isFirst`: whether unknown sites are old. */
export function verdicts(
	memory: Memory,
	rows: ShownSite[],
	isFirst: boolean,
): Array<{ row: ShownSite; verdict: Verdict }> {
	return rows.map((row) => {
		const known = memory.sites[row.id];
		const site = (memory.sites[row.id] ??= { ends: [] });
		const [status, time] = [row.status.toLowerCase(), timeOf(row)];
		if (status === 'processing') {
			site.runningAt = time;
			return { row, verdict: 'must not' };
		}
		const end = `${status} ${time}`;
		const place = site.ends.indexOf(end);
		const wasRunning = site.runningAt === time;
		if (place >= 0 && !wasRunning) return { row, verdict: place < KEPT ? 'must not' : 'may' };
		site.ends = [end, ...site.ends.filter((other) => other !== end)];
		delete site.runningAt;
		return { row, verdict: !known && isFirst ? 'must not' : 'must' };
	});
}

/** The time of a site, however it is spelled. */
export function timeOf({ updatedAt }: ShownSite): string {
	if (updatedAt === undefined) return '';
	return new Date(/Z|\+/.test(updatedAt) ? updatedAt : `${updatedAt.replace(' ', 'T')}Z`).toISOString();
}
