import type { Id } from '../shapes';
import type { GenerationOptions, Site } from '../sites/site';

/** What is to be generated. Only the options that are set are sent. */
export interface GenerationRequest {
	/** As typed. */
	url: string;
	options: GenerationOptions;
}

/** What is to be discovered. Only what is set is sent. Source: API reference, discovery/start. */
export interface DiscoveryRequest {
	/** As typed. */
	url: string;
	maxUrls?: number;
	discoveryType?: 'full' | 'sitemap' | 'crawl';
}

/**
 * A generation or a discovery, as far as it is known; values as the API sends them. Source: API reference,
 * generation/get-status, discovery/get-status.
 */
export type Job = {
	/** Missing where a generation was found by its site. */
	jobId?: Id;
	url?: string;
	/** `queued`, `pending`, `started`, `processing`, `completed` or `failed`; others may exist. */
	status: string;
	/** 0–100 */
	progress?: number;
	message?: string;
	creditsUsed?: number;
	/** The API's `error`: n8n takes an item with a field of that name for a failed one. */
	errorMessage?: string | null;
	createdAt?: string;
	completedAt?: string | null;
	/** Of a generation. */
	siteId?: Id;
	fileUrl?: string | null;
	fullTextUrl?: string | null;
	/** Of a discovery. */
	discoveryType?: string;
	maxUrls?: number;
	urlsFound?: number;
	estimatedCompletion?: string | null;
};

/** A site's latest generation as a job. */
export function jobOf(site: Site, known: Partial<Job> = {}): Job {
	const { id, url, status, fileUrl, fullTextUrl, createdAt, updatedAt } = site;
	const completedAt = status === 'completed' ? updatedAt : undefined;
	return { ...known, siteId: id, url, status, fileUrl, fullTextUrl, createdAt, completedAt };
}

/**
 * Whether a site's last options are those of the request, as far as they are set there; 7 and "7" are the same. Undefined:
 * the API does not say.
 */
export function isMadeWith(
	{ lastGenerationOptions: last }: Site,
	{ options }: GenerationRequest,
): boolean | undefined {
	if (!last) return undefined;
	return (Object.keys(options) as Array<keyof GenerationOptions>)
		.filter((name) => options[name] !== undefined)
		.every((name) => asText(last[name] ?? false) === asText(options[name]));
}

function asText(value: unknown): string {
	return String(value).toLowerCase();
}
