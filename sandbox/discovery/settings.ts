import type { JobSettings } from '../jobs/settings';

/** How the sandbox discovers the URLs of a website. */
export interface DiscoverySettings extends JobSettings {
	/** What POST /discovery responds: as the API reference shows it, or as an older version of it does. */
	shape: 'documented' | 'older';
	/** What a discovery costs, however many URLs it finds. */
	credits: number;
	/** What GET /discovery/{id}/urls responds while the job is running: what was found so far, or this status. */
	urlsWhileRunning: 'found' | 400 | 404 | 409;
}

export const DEFAULT_DISCOVERY: DiscoverySettings = {
	manner: 'queued',
	durationMs: 4000,
	chargedAt: 'start',
	refundsFailed: true,
	shape: 'documented',
	credits: 10,
	urlsWhileRunning: 'found',
};
