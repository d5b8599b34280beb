import type { IDataObject } from 'n8n-workflow';
import type { Job } from '../../jobs/job';

/** What Generate and Get Generation Status put out: what is known of a job, always in this order. */
export function jobOutput(job: Job, url?: string): IDataObject {
	const { jobId, siteId, status, progress, message, fileUrl, fullTextUrl } = job;
	const { creditsUsed, errorMessage, createdAt, completedAt } = job;
	const known = { jobId, siteId, url: job.url ?? url, status, progress, message, fileUrl, fullTextUrl };
	const all = { ...known, creditsUsed, errorMessage, createdAt, completedAt };
	return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
