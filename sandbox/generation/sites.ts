import { randomUUID } from 'node:crypto';
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
	/** The job that was started last; undefined for a site that is older than the sandbox. */
	job?: Generation;
	/** Undefined until a generation completes. */
	files?: FileVersion;
}

/** The status of a site is that of the job that was started last. */
export function statusOf({ job }: Site): string {
	return job?.status ?? 'completed';
}

const FIRST_NUMBER = 5001;

/** The sites of the account, in the order they were created. */
export class Sites {
	private list: Site[];

	/** Begins with the sites that the ledger names, so that both tell the same story. */
	constructor(ledger: Ledger) {
		this.list = sitesIn(ledger);
	}

	all(order: GenerationSettings['sitesOrder'] = 'oldestFirst'): Site[] {
		if (order === 'oldestFirst') return [...this.list];
		if (order === 'newestFirst') return this.list.toReversed();
		if (order === 'byUrl') return this.list.toSorted((a, b) => (a.url < b.url ? -1 : 1));
		return this.list.toReversed().sort((a, b) => b.updatedAt - a.updatedAt);
	}

	/** By its ID, as text or as a number. */
	find(id: string): Site | undefined {
		return this.list.find((site) => site.id === id || String(site.number) === id);
	}

	/** By its address, normalized or not. */
	at(url: string): Site | undefined {
		const address = normalizedAddress(url);
		return this.list.find((site) => site.url === address);
	}

	/** Adds the site if there is none at this address. */
	createOrUpdate(url: string, options: GenerationOptions, now: number): Site {
		const site = this.at(url) ?? this.create(url, options, now);
		site.updatedAt = now;
		site.lastGenerationOptions = options;
		return site;
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
