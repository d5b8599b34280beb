import { withoutScheme } from '../generation/address';
import type { WebPage } from '../generation/website';
import type { Course } from '../jobs/job';
import { addressOf, Jobs } from '../jobs/jobs';
import { DEFAULT_DISCOVERY_OPTIONS, Discovery, type DiscoveryOptions } from './discovery';
import type { DiscoverySettings } from './settings';

/** A discovery as tests ask for it: options that are left out have their defaults. */
export type WantedDiscovery = { url: string } & Partial<DiscoveryOptions>;

/** The discoveries of the account. */
export class Discoveries extends Jobs<Discovery> {
	protected readonly firstNumber = 7001;

	protected get settings(): DiscoverySettings {
		return this.account.discovery;
	}

	/** Starts a job without looking at the balance. By default, somebody else starts it. */
	start(
		{ url: wanted, ...others }: WantedDiscovery,
		course: Course = {},
		startedBy: Discovery['startedBy'] = 'control',
	): Discovery {
		const url = addressOf(wanted);
		const options = { ...DEFAULT_DISCOVERY_OPTIONS, ...others };
		const { credits } = this.settings;
		const urls = this.reachable(url, options).length;
		return this.begin(
			new Discovery({ url, options, urls, credits, ...this.next(course, startedBy) }, this.account.clock),
		);
	}

	/** The pages that it has found up to now. When it is completed, these are all that the website has now. */
	found({ url, options, outcome, scraped }: Discovery): WebPage[] {
		return this.reachable(url, options).slice(0, outcome === 'completed' ? undefined : scraped);
	}

	protected entryOf({ url }: Discovery) {
		return { description: `URL discovery for ${withoutScheme(url)}`, siteId: null };
	}

	/** A sitemap knows only some of the pages; only a sitemap knows when a page was modified. */
	private reachable(url: string, { maxUrls, discoveryType }: DiscoveryOptions): WebPage[] {
		const pages = this.account.websites.pages(url);
		const reached =
			discoveryType === 'sitemap'
				? pages.filter(({ lastModified }) => lastModified !== null)
				: discoveryType === 'crawl'
					? pages.map((page) => ({ ...page, lastModified: null }))
					: pages;
		return reached.slice(0, maxUrls);
	}
}
