import { currentPosition } from '../ledger/firstLook';
import { always } from '../ledger/newestRows';
import { readNewRows } from '../ledger/newRows';
import type { LedgerPosition } from '../ledger/position';
import type { LedgerSource } from '../ledger/source';
import type { Id, Transaction } from '../shapes';
import { hostOf, isSame, mayBeSame } from '../sites/address';
import { hasEnded, type Site } from '../sites/site';
import { isMadeWith, jobOf, type Job, type GenerationRequest } from './job';
import type { GenerationSource } from './source';
import type { SiteList } from '../sites/source';
import { inTime, type Timing } from './wait';

/** How the account stood before a job was started. Plain data. */
export interface Baseline {
	/** The sites that the job may be for. */
	sites: Array<Pick<Site, 'id' | 'status' | 'updatedAt'>>;
	/** Whether no other site may be for it. */
	isWhole: boolean;
	/** The ID of any site of the account: the key that a retry has may belong to another one. */
	anySite?: Id;
	/** Missing where the ledger could not be read. */
	usage?: LedgerPosition;
	/** The site on which a generation was seen since then. */
	seenRunning?: Id;
}

/** How the account stands: one look serves all jobs that begin together. */
export interface AccountState extends SiteList {
	usage?: LedgerPosition;
}

/** How long the ledger may take, in milliseconds: one window of the rate limit. */
const LEDGER_LOOK_MS = 60_000;

/** @throws what the source throws for the sites; without the ledger it goes on, since that only settles what is in doubt */
export async function readAccount(source: GenerationSource, timing: Timing): Promise<AccountState> {
	const look = async (signal: AbortSignal) => await currentPosition(stoppedBy(signal, source.usage));
	const [list, usage] = await Promise.all([
		source.sites(),
		inTime(look, timing, timing.clock.now() + LEDGER_LOOK_MS).catch(() => undefined),
	]);
	return { ...list, usage: usage?.unfinished ? undefined : usage };
}

/** What is kept of it for one job. */
export function baselineOf({ sites, isWhole, usage }: AccountState, { url }: GenerationRequest): Baseline {
	const relevant = sites.filter((site) => mayBeSame(site.url, url));
	const asTheyStand = relevant.map(({ id, status, updatedAt }) => ({ id, status, updatedAt }));
	return { sites: asTheyStand, isWhole, anySite: sites.at(0)?.id, usage };
}

/**
 * Looks once for a job of which no ID is known, by what changed since. An older file is never taken for the new one, and
 * no clocks are compared: a generation has to be proven by a new site with a file, or by a new usage row.
 *
 * @returns undefined where there is no trace of it; the job may still be running
 * @throws what the source throws
 */
export async function findJob(
	source: GenerationSource,
	request: GenerationRequest,
	baseline: Baseline,
	signal?: AbortSignal,
): Promise<Job | undefined> {
	const list = await source.sites(signal);
	if (isOfAnother(list, baseline)) return undefined;
	const sites = list.sites.filter(({ url }) => mayBeSame(url, request.url));
	const changed = closest(
		sites.filter((site) => hasChanged(site, baseline)),
		request,
	);
	if (changed && !hasEnded(changed)) {
		if (!wasRunning(changed, baseline)) baseline.seenRunning = changed.id;
		return jobOf(changed);
	}
	const isUnknown = !baseline.sites.some(({ id }) => id === changed?.id);
	const isDatable = !isUnknown || baseline.isWhole;
	if (changed?.status === 'failed' && isDatable && !wasRunning(changed, baseline)) return jobOf(changed);
	const rows = await newRows(source, baseline, request, signal);
	if (!changed) {
		// Paid for, and not to be seen at its site yet: it is on its way.
		const named = sites.find((site) => rows.some((row) => names(row, site)));
		return named && { ...jobOf(named), status: 'processing', fileUrl: null, completedAt: null };
	}
	const booked = rows.filter((row) => names(row, changed));
	if (changed.status === 'failed') return booked.length > 0 ? jobOf(changed) : undefined;
	const isNew = isUnknown && isDatable && Boolean(changed.fileUrl);
	const isProven = isNew || booked.length > 0 || (!baseline.usage && baseline.seenRunning === changed.id);
	if (!isProven) return undefined;
	const details = await source.site(changed.id, signal);
	if (isMadeWith(details, request) === false || details.status !== 'completed') return undefined;
	return jobOf(details, booked.length === 1 ? { creditsUsed: -booked[0].amount } : {});
}

/** Whether the sites are those of another account than the job's, where an older file would look like a new one. */
function isOfAnother({ sites, isWhole }: SiteList, { anySite }: Baseline): boolean {
	return isWhole && anySite !== undefined && !sites.some(({ id }) => String(id) === String(anySite));
}

function hasChanged(site: Site, { sites }: Baseline): boolean {
	const old = sites.find(({ id }) => id === site.id);
	return !old || old.status !== site.status || old.updatedAt !== site.updatedAt;
}

function wasRunning({ id }: Site, { sites }: Baseline): boolean {
	return sites.some((old) => old.id === id && !hasEnded(old));
}

/** The site with the very address; else the only one that may have it. */
function closest(sites: Site[], { url }: GenerationRequest): Site | undefined {
	return sites.find((site) => isSame(site.url, url)) ?? (sites.length === 1 ? sites[0] : undefined);
}

/** The usage rows since then that may be those of the job. */
async function newRows(
	source: GenerationSource,
	{ usage }: Baseline,
	request: GenerationRequest,
	signal?: AbortSignal,
): Promise<Transaction[]> {
	if (!usage) return [];
	const { rows } = await readNewRows(stoppedBy(signal, source.usage), usage, always);
	const { generationMethod } = request.options;
	const otherMethod = generationMethod === 'enhanced' ? /\(simple\)/i : /\(enhanced\)/i;
	return rows.filter(({ description }) => !/discover/i.test(description) && !otherMethod.test(description));
}

function stoppedBy(signal: AbortSignal | undefined, usage: LedgerSource): LedgerSource {
	if (!signal) return usage;
	return { ...usage, page: async (slice, own) => await usage.page(slice, AbortSignal.any([own, signal])) };
}

/** By its site's ID; a row without one, by the host in its description. */
function names({ siteId, description }: Transaction, { id, url }: Site): boolean {
	if (siteId !== null && siteId !== undefined) return String(siteId) === String(id);
	const host = hostOf(url);
	return (
		host !== undefined &&
		String(description)
			.toLowerCase()
			.split(/[\s/()]+/)
			.includes(host)
	);
}
