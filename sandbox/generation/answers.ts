import { moment } from '../fields';
import { filePath } from '../paths';
import type { GenerationSettings } from './settings';
import type { Generation } from './generation';
import { type Site, statusOf } from './sites';
import { hash } from './address';
import type { WebPage } from './website';

/** Where the addresses of files begin. */
export interface FileAddresses {
	publicUrl: string;
	generation: GenerationSettings;
}

/** The addresses of a site's files, for a job or a site; null where there is no such file. */
function addressesOf(site: Site, isThere: boolean, hasFullText: boolean, from: FileAddresses) {
	const fileUrl = `${from.generation.fileOrigin ?? from.publicUrl}${filePath(site.id)}`;
	return {
		fileUrl: isThere ? fileUrl : null,
		fullTextUrl: isThere && hasFullText ? `${fileUrl}?full=true` : null,
	};
}

/** The response of POST /generate. The first state of a job is called `queued` here. */
export function startedJob(job: Generation, from: FileAddresses) {
	const isDone = job.outcome === 'completed';
	return {
		jobId: job.id,
		status: job.status === 'pending' ? 'queued' : job.status,
		progress: job.progress,
		message: messageOf(job),
		...addressesOf(job.site, isDone, job.options.showFullText, from),
		siteId: job.site.id,
		creditsUsed: job.credits - job.refunded,
	};
}

function messageOf({ outcome, error, status, scraped, urls }: Generation): string {
	if (outcome === 'completed') return 'File generated successfully';
	if (outcome === 'failed') return error ?? 'Generation failed';
	return status === 'pending' ? 'Generation queued' : `Processed ${scraped} of ${urls} URLs`;
}

/** The response of GET /generate/{jobId}. */
export function jobDetails(job: Generation, from: FileAddresses) {
	const { id, site, status, progress, options, error, outcome, createdAt, completedAt } = job;
	return {
		id,
		siteId: site.id,
		status,
		progress,
		url: site.url,
		options,
		...addressesOf(site, outcome === 'completed', options.showFullText, from),
		error,
		createdAt: moment(createdAt),
		completedAt: completedAt === null ? null : moment(completedAt),
	};
}

/** An element of GET /sites. */
export function siteSummary(site: Site, from: FileAddresses) {
	const { id, url, files, createdAt, updatedAt } = site;
	return {
		id,
		url,
		status: statusOf(site),
		...addressesOf(site, files !== undefined, files?.options.showFullText ?? false, from),
		createdAt: moment(createdAt),
		updatedAt: moment(updatedAt),
	};
}

/** The response of GET /sites/{siteId}. */
export function siteDetails(site: Site, from: FileAddresses) {
	return {
		...siteSummary(site, from),
		userId: 'user_sandbox',
		lastGenerationOptions: site.lastGenerationOptions,
	};
}

export const URL_STATUSES = ['pending', 'scraped', 'failed'] as const;

/** All URLs of a site whose website has these pages, as GET /sites/{siteId}/urls returns them. */
export function mappedUrls({ id, job, lastGenerationOptions }: Site, pages: readonly WebPage[]) {
	const { maxUrls, generationMethod } = lastGenerationOptions;
	const scraped = !job || job.outcome === 'completed' ? Infinity : job.scraped;
	return pages.slice(0, maxUrls).map(({ url, title, topic, section, isBroken, lastModified }, index) => {
		const isRead = index < scraped && !isBroken;
		const description = generationMethod === 'enhanced' ? `${section}: what to know about ${topic}.` : topic;
		return {
			id: `url_${hash(`${id} ${url}`).toString(16).padStart(8, '0')}`,
			siteId: id,
			url,
			title: isRead ? title : null,
			description: isRead ? description : null,
			status: isRead ? 'scraped' : index < scraped ? 'failed' : 'pending',
			lastModified,
		};
	});
}
