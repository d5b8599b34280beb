import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock';
import { asRecord, isOneOf, isUrlCount, MOST_URLS } from '../fields';
import { normalizedAddress } from '../generation/address';
import { Job, type NewJob } from '../jobs/job';
import { nestRefusal } from '../refusal';

export const DISCOVERY_TYPES = ['full', 'sitemap', 'crawl'] as const;

export interface DiscoveryOptions {
	maxUrls: number;
	discoveryType: (typeof DISCOVERY_TYPES)[number];
}

export interface DiscoveryRequest extends DiscoveryOptions {
	/** Normalized. */
	url: string;
}

/** Source: API reference, discovery/start. */
export const DEFAULT_DISCOVERY_OPTIONS: DiscoveryOptions = { maxUrls: 50, discoveryType: 'full' };

/** One search for the URLs of a website. */
export class Discovery extends Job {
	override readonly id: string;
	readonly url: string;
	readonly options: DiscoveryOptions;

	constructor({ url, options, ...job }: NewJob & { url: string; options: DiscoveryOptions }, clock: Clock) {
		super(job, clock);
		this.id = `disc_${Math.floor(this.createdAt / 1000)}_${randomBytes(6).toString('hex')}`;
		this.url = url;
		this.options = options;
	}
}

/** Reads the body of POST /discovery; unknown fields are ignored. Throws a refusal that names every invalid field. */
export function readDiscoveryRequest(body: unknown): DiscoveryRequest {
	const { url, maxUrls, discoveryType } = { ...DEFAULT_DISCOVERY_OPTIONS, ...asRecord(body) } as Record<
		string,
		unknown
	>;
	const address = normalizedAddress(url);
	const complaints = [
		address === undefined && 'url must be a URL address with http or https',
		!isUrlCount(maxUrls) && `maxUrls must be an integer number from 1 to ${MOST_URLS}`,
		!isOneOf(DISCOVERY_TYPES, discoveryType) &&
			`discoveryType must be one of the following values: ${DISCOVERY_TYPES.join(', ')}`,
	].filter((complaint) => complaint !== false);
	if (complaints.length > 0) throw nestRefusal(400, complaints);
	return { url: address, maxUrls, discoveryType } as DiscoveryRequest;
}
