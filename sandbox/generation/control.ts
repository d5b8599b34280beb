import type { FastifyInstance, FastifyReply } from 'fastify';
import type { SandboxState } from '../state';
import { siteDetails } from './answers';
import type { Course, Job } from './job';
import { readGenerationRequest } from './options';

type ForJob<Body = undefined> = { Params: { jobId: string }; Body: Body };

/**
 * Jobs and sites in the control API:
 *
 *   GET  /jobs                   all jobs, the first one first, and the sums of what was charged and refunded
 *   POST /jobs                   somebody else starts a job: `{ url, options, job }`, the job as in a fault rule
 *   POST /jobs/{id}/advance      `{ progress }` in percent; 100 completes it
 *   POST /jobs/{id}/finish       ends it now
 *   POST /jobs/{id}/fail         `{ error }`: fails now, with these words
 *   POST /jobs/{id}/lose         GET /generate/{id} no longer finds it
 *   GET  /sites                  all sites, the first one first
 */
export function addGenerationControl(app: FastifyInstance, state: SandboxState): void {
	const { jobs } = state;
	app.get('/jobs', () => ({
		jobs: jobs.list().map(description),
		charged: jobs.charged(),
		refunded: jobs.refunded(),
	}));
	app.post<{ Body: { job?: Course } | undefined }>('/jobs', ({ body }) =>
		description(jobs.start(readGenerationRequest(body), body?.job)),
	);
	app.post<ForJob<{ progress: number }>>('/jobs/:jobId/advance', ({ params, body }, reply) =>
		withJob(params.jobId, reply, (job) => jobs.advance(job, body.progress)),
	);
	app.post<ForJob>('/jobs/:jobId/finish', ({ params }, reply) =>
		withJob(params.jobId, reply, (job) => jobs.finish(job)),
	);
	app.post<ForJob<{ error: string }>>('/jobs/:jobId/fail', ({ params, body }, reply) =>
		withJob(params.jobId, reply, (job) => jobs.fail(job, body.error)),
	);
	app.post<ForJob>('/jobs/:jobId/lose', ({ params }, reply) =>
		withJob(params.jobId, reply, (job) => (job.isLost = true)),
	);
	app.get('/sites', () => ({ sites: state.sites.all().map((site) => siteDetails(site, state)) }));

	function withJob(id: string, reply: FastifyReply, act: (job: Job) => void): FastifyReply {
		const job = jobs.find(id);
		if (!job) return reply.code(404).send({ id });
		act(job);
		return reply.send(description(job));
	}
}

function description(job: Job) {
	const { id, site, options, status, progress, startedBy, charged, refunded, error, isLost } = job;
	return {
		id,
		siteId: site.id,
		url: site.url,
		options,
		status,
		progress,
		startedBy,
		charged,
		refunded,
		error,
		isLost,
	};
}
