import { randomUUID } from 'node:crypto';
import type { Outcome } from '../jobs/job';
import type { Ledger } from '../ledger';
import { normalizedAddress } from './address';
import type { FileVersion } from './files';
import type { Generation } from './generation';
import { DEFAULT_OPTIONS, GENERATION_METHODS, type GenerationOptions, priceOf } from './options';
import type { GenerationSettings } from './settings';

/** A website of the account. There is one for each normalized address. */
export interface Site {
	readonly id: string;
	/** Its ID for a client that gets numeric IDs. */
	readonly number: number;
	/** Normalized address. */
	readonly url: string;
	/** Milliseconds since 1970. */
	readonly createdAt: number;
	/** Moves when a generation starts, and when one ends. */
	updatedAt: number;
	lastGenerationOptions: GenerationOptions;
	/** The job that was started last; undefined for a site that is older than the sandbox, or was made by a test. */
	job?: Generation;
	/** How the last generation ended, if there is no job for it; default `completed`. */
	outcome?: Outcome;
	/** Undefined until a generation completes. */
	files?: FileVersion;
}

/** The status of a site is that of the job that was started last. */
export function statusOf({ job, outcome = 'completed' }: Site): string {
	return job?.status ?? outcome;
}

const FIRST_NUMBER = 5001;

/** The sites of the account, in the order they were created. */
export class Sites {
	/** Those that vanished, too. */
	private readonly list: Site[];
	/** By ID, and by number as text. */
	private readonly byId = new Map<string, Site>();
	private readonly byAddress = new Map<string, Site>();

	/** Begins with the sites that the ledger names, so that both tell the same story. */
	constructor(ledger: Ledger) {
		this.list = sitesIn(ledger);
		for (const site of this.list) this.restore(site);
	}

	all(order: GenerationSettings['sitesOrder'] = 'oldestFirst'): Site[] {
		const visible = this.list.filter(({ id }) => this.byId.has(id));
		if (order === 'oldestFirst') return visible;
		if (order === 'newestFirst') return visible.reverse();
		if (order === 'byUrl') return visible.sort((a, b) => (a.url < b.url ? -1 : 1));
		return visible.reverse().sort((a, b) => b.updatedAt - a.updatedAt);
	}

	/** By its ID, as text or as a number. */
	find(id: string): Site | undefined {
		return this.byId.get(id);
	}

	/** By its address, normalized or not. */
	at(url: string): Site | undefined {
		return this.byAddress.get(normalizedAddress(url) ?? url);
	}

	/** Adds the site if there is none at this address. */
	createOrUpdate(url: string, options: GenerationOptions, now: number): Site {
		const site = this.at(url) ?? this.create(url, options, now);
		site.updatedAt = now;
		site.lastGenerationOptions = options;
		return site;
	}

	/**
	 * Adds sites that were generated before, without jobs, quickly: `https://site-1.example` and so on, one second after
	 * the other, the last one at `now` (milliseconds since 1970).
	 */
	add(count: number, now = Date.now()): Site[] {
		const first = this.list.length + 1;
		return Array.from({ length: count }, (_, index) => {
			const url = `https://site-${first + index}.example`;
			return this.regenerate(this.create(url, DEFAULT_OPTIONS, now - (count - 1 - index) * 1000));
		});
	}

	/**
	 * Somebody has generated the files of a site anew, without a job in the sandbox. `updatedAt` may be any time
	 * (milliseconds since 1970), also the one before, or an earlier one.
	 */
	regenerate(site: Site, updatedAt = site.updatedAt, outcome: Outcome = 'completed'): Site {
		const { url, lastGenerationOptions: options, files } = site;
		const revision = (files?.revision ?? 0) + 1;
		if (outcome === 'completed') site.files = { url, options, revision };
		return Object.assign(site, { updatedAt, outcome, job: undefined });
	}

	/** The site vanishes: the API no longer finds it, and the next generation of its website makes a new site. */
	remove(site: Site): void {
		this.byId.delete(site.id);
		this.byId.delete(String(site.number));
		if (this.byAddress.get(site.url) === site) this.byAddress.delete(site.url);
	}

	/** A site that has vanished comes back, to the place in the list where it was. */
	restore(site: Site): void {
		this.byId.set(site.id, site);
		this.byId.set(String(site.number), site);
		this.byAddress.set(site.url, site);
	}

	private create(url: string, options: GenerationOptions, now: number): Site {
		const site: Site = {
			id: randomUUID(),
			number: FIRST_NUMBER + this.list.length,
			url,
			createdAt: now,
			updatedAt: now,
			lastGenerationOptions: options,
		};
		this.list.push(site);
		this.restore(site);
		return site;
	}
}

function sitesIn(ledger: Ledger): Site[] {
	const sites = new Map<string, Site>();
	for (const { type, siteId, amount, description, createdAt } of ledger.all('oldestFirst')) {
		const [, domain, method] = /^llms\.txt generation for (\S+) \((\w+)\)$/.exec(description) ?? [];
		const generationMethod = GENERATION_METHODS.find((known) => known === method);
		if (type !== 'usage' || siteId === null || generationMethod === undefined) continue;

		const at = Date.parse(createdAt);
		const url = `https://${domain}`;
		const lastGenerationOptions = { ...DEFAULT_OPTIONS, generationMethod };
		lastGenerationOptions.maxUrls = Math.max(1, Math.floor(-amount / priceOf(lastGenerationOptions, 1)));
		const known = sites.get(url);
		sites.set(url, {
			id: siteId,
			number: known?.number ?? FIRST_NUMBER + sites.size,
			url,
			createdAt: known?.createdAt ?? at,
			updatedAt: at,
			lastGenerationOptions,
			files: { url, options: lastGenerationOptions, revision: 1 },
		});
	}
	return [...sites.values()];
}
