import type { JobSettings } from '../jobs/settings';

/** How the sandbox generates files. */
export interface GenerationSettings extends JobSettings {
	/** A plan that replaces that of the subscription. `free` has no enhanced generation. */
	plan?: string;
	/** Whether a new generation of a site changes its files a little. */
	changesFiles: boolean;
	/** What GET /file responds while a job for the site is running: the files of the job before, or this status. */
	fileWhileRunning: 'previous' | 404 | 409;
	/** The start of `fileUrl` and `fullTextUrl`, if files are on another host, e.g. `https://files.example`. */
	fileOrigin?: string;
	sitesOrder: (typeof SITES_ORDERS)[number];
	/** Whether GET /sites takes `page` and `limit`, like the list of URLs; otherwise it returns all sites. */
	pagesSites: boolean;
}

export const SITES_ORDERS = ['newestFirst', 'oldestFirst', 'updatedFirst', 'byUrl'] as const;

export const DEFAULT_SETTINGS: GenerationSettings = {
	manner: 'queued',
	durationMs: 4000,
	chargedAt: 'start',
	refundsFailed: true,
	changesFiles: true,
	fileWhileRunning: 'previous',
	sitesOrder: 'newestFirst',
	pagesSites: false,
};
