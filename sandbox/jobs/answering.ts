import type { FastifyRequest } from 'fastify';
import { nestRefusal } from '../refusal';
import type { SandboxState } from '../state';
import type { Job } from './job';
import type { Jobs } from './jobs';
import type { JobSettings } from './settings';

/** Refuses a job that costs more than the balance. */
export function requireCredits(credits: number, { ledger }: SandboxState): void {
	if (credits <= ledger.balance) return;
	throw nestRefusal(402, `Insufficient credits. Required: ${credits}, available: ${ledger.balance}`);
}

/**
 * Waits as long as the settings want before a POST responds; returns whether the response shows how the job stands, and
 * not only that it was started. A response that gets lost is lost as soon as the job has begun, in both manners.
 */
export async function waitToAnswer(
	job: Job,
	{ manner }: JobSettings,
	{ effect }: FastifyRequest,
): Promise<boolean> {
	if (manner === 'queued') return false;
	const isLost = effect.afterProcessing || effect.reset === 'after';
	if (!isLost) await job.ended;
	return true;
}

/** The job with this ID, if the API finds it. `name` is what the API calls such a job. */
export function jobFor<OneJob extends Job>(id: string, jobs: Jobs<OneJob>, name: string): OneJob {
	const job = jobs.find(id);
	if (!job || job.isLost) throw nestRefusal(404, `${name} not found`);
	return job;
}
