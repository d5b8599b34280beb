import type { IDataObject } from 'n8n-workflow';
import type { Job } from '../jobs/job';

/** What comes out for a job: what is known of it, always in this order. */
export function jobOutput(job: Job, url?: string): IDataObject {
	const { jobId, siteId, status, progress, message, fileUrl, fullTextUrl } = job;
	const { discoveryType, maxUrls, urlsFound, estimatedCompletion } = job;
	const { creditsUsed, errorMessage, createdAt, completedAt } = job;
	const known = { jobId, siteId, url: job.url ?? url, status, progress, message, fileUrl, fullTextUrl };
	const ofDiscovery = { discoveryType, maxUrls, urlsFound, estimatedCompletion };
	const all = { ...known, ...ofDiscovery, creditsUsed, errorMessage, createdAt, completedAt };
	return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
