import { fingerprint } from '../fingerprint';
import { instantOf } from '../instant';
import { idOf } from '../shapes';
import type { PolledSites } from './poll';
import { hasEnded, stateIn, type Site } from './site';

/**
 * How many versions of a site are kept. A server with replicas that are one version behind can return a version, then late
 * the one before it, then the next one, and then the first of the three again: all three must be known.
 */
const MAX_KNOWN_VERSIONS = 3;
/** How many sites that are no longer listed are kept: a large account whole, if its list is returned empty for once. */
const MAX_VANISHED_SITES = 10_000;
const RUNNING = 'R';

/** How the sites of an account stood. Plain data, kept between polls. n8n's database has it: the names stay. */
export type KnownSites = {
	/** Whose sites they are: see ApiClient.account. */
	account: string;
	/**
	 * The known sites, those that were seen last first, separated by spaces: a fingerprint of the ID, and a mark for each
	 * version, newest first. 18 bytes for a site with one version, at most 45.
	 */
	sites: string;
	/** The page with which the next poll goes on, if the server returns the list in pages. */
	page: number;
	/** Until the first look is complete: how many sites were known when the last round of pages began. */
	firstLook?: number;
};

/**
 * What a site shows of its latest generation: whether it is running (R), completed (C) or failed (F), and when the site was
 * changed, e.g. "Cmkm6j1c0". The address of the file is not part of it: a server may sign it anew for each answer.
 */
type Mark = string;

/**
 * The sites whose latest generation has ended and is new, as the API sent them, those that were changed first first; and how
 * the sites stand now. What is not known is new, whatever its time says: no clocks are compared.
 *
 * @param known undefined before the first poll
 */
export function endedSince(
	known: KnownSites | undefined,
	polled: PolledSites,
	account: string,
): { ended: Site[]; known: KnownSites } {
	const before = sitesIn(known);
	// Another key of the same account shows the same sites.
	const isSame = known?.account === account || polled.sites.some((site) => before.has(printOf(site)));
	const firstLook = known && isSame ? known.firstLook : 0;
	const unseen = isSame ? before : new Map<string, Mark[]>();
	const seen = new Map<string, Mark[]>();
	const ended = polled.sites.filter((site) => {
		const print = printOf(site);
		const old = seen.get(print) ?? unseen.get(print);
		const { isNew, marks } = compared(site, old);
		seen.set(print, marks);
		unseen.delete(print);
		return isNew && (old !== undefined || firstLook === undefined);
	});
	const sites = [...seen, ...unseen].slice(0, Math.max(polled.total, seen.size) + MAX_VANISHED_SITES);
	const isUnchanged = seen.size + unseen.size === firstLook;
	const isWhole = seen.size >= polled.total;
	// Pages can shift while they are read: the first look is complete after a round that found nothing unknown.
	const isComplete = firstLook === undefined || (polled.isEnd && (isWhole || isUnchanged));
	return {
		ended: oldestFirst(ended),
		known: {
			account,
			sites: sites.map(([print, marks]) => print + marks.join('')).join(' '),
			page: polled.page,
			...(!isComplete && { firstLook: polled.isEnd ? sites.length : firstLook }),
		},
	};
}

/** The newest site whose latest generation has ended so. */
export function newestEnded(sites: Site[], isWanted: (site: Site) => boolean): Site | undefined {
	return oldestFirst(sites.filter((site) => !isRunning(markOf(site)) && isWanted(site))).at(-1);
}

/** A site against what is known of it; undefined if it is not known. */
function compared(site: Site, known: Mark[] = []): { isNew: boolean; marks: Mark[] } {
	const mark = markOf(site);
	const versions = known.filter((other) => !isRunning(other) && other !== mark);
	if (isRunning(mark)) return { isNew: false, marks: [mark, ...versions] };
	// A server may not move the time: then it is new if it was seen running.
	const wasRunning = known.includes(RUNNING + mark.slice(1));
	if (known.includes(mark) && !wasRunning) return { isNew: false, marks: known };
	return { isNew: true, marks: [mark, ...versions].slice(0, MAX_KNOWN_VERSIONS) };
}

/** The same for another spelling of the same time. A time that cannot be read does not count. */
function markOf({ status, updatedAt }: Site): Mark {
	const state = stateIn(status);
	const letter = hasEnded({ status: state }) ? state[0].toUpperCase() : RUNNING;
	return letter + (instantOf(updatedAt, 'UTC')?.toString(36) ?? '');
}

function isRunning(mark: Mark): boolean {
	return mark.startsWith(RUNNING);
}

function printOf(site: Site): string {
	return fingerprint(idOf(site));
}

function sitesIn(known?: KnownSites): Map<string, Mark[]> {
	const entries = known?.sites.split(' ').filter(Boolean) ?? [];
	return new Map(
		entries.map((entry) => {
			const [print, ...marks] = entry.split(/(?=[A-Z])/);
			return [print, marks];
		}),
	);
}

/** In the order of the times; with the same time, in the order of the IDs. */
function oldestFirst(sites: Site[]): Site[] {
	const timed = sites.map((site) => ({
		site,
		at: instantOf(site.updatedAt, 'UTC') ?? -Infinity,
		id: idOf(site),
	}));
	return timed.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)).map(({ site }) => site);
}
