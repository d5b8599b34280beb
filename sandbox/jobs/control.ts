import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Course, Job } from './job';
import type { Jobs } from './jobs';

type ForJob<Body = undefined> = { Params: { jobId: string }; Body: Body };

/** One kind of job in the control API: where, what, and what is to be shown of a job. */
interface JobControl<OneJob extends Job> {
	/** E.g. `/jobs`. */
	path: string;
	jobs: Jobs<OneJob>;
	details: (job: OneJob) => object;
	/** Starts a job as somebody else who uses the account. Throws a refusal for an invalid body. */
	start: (body: object | undefined, course: Course | undefined) => OneJob;
}

/**
 * The jobs of one kind in the control API:
 *
 *   GET  {path}                   all jobs, the first one first, and the sums of what was charged and refunded
 *   POST {path}                   somebody else starts a job: the body of the API, and `job`, as in a fault rule
 *   POST {path}/{id}/advance      `{ progress }` in percent; 100 completes it
 *   POST {path}/{id}/finish       ends it now
 *   POST {path}/{id}/fail         `{ error }`: fails now, with these words
 *   POST {path}/{id}/lose         the API no longer finds it
 */
export function addJobControl<OneJob extends Job>(
	app: FastifyInstance,
	{ path, jobs, details, start }: JobControl<OneJob>,
): void {
	app.get(path, () => ({
		jobs: jobs.list().map(description),
		charged: jobs.charged(),
		refunded: jobs.refunded(),
	}));
	app.post<{ Body: { job?: Course } | undefined }>(path, ({ body }) => description(start(body, body?.job)));
	app.post<ForJob<{ progress: number }>>(`${path}/:jobId/advance`, ({ params, body }, reply) =>
		withJob(params.jobId, reply, (job) => jobs.advance(job, body.progress)),
	);
	app.post<ForJob>(`${path}/:jobId/finish`, ({ params }, reply) =>
		withJob(params.jobId, reply, (job) => jobs.finish(job)),
	);
	app.post<ForJob<{ error: string }>>(`${path}/:jobId/fail`, ({ params, body }, reply) =>
		withJob(params.jobId, reply, (job) => jobs.fail(job, body.error)),
	);
	app.post<ForJob>(`${path}/:jobId/lose`, ({ params }, reply) =>
		withJob(params.jobId, reply, (job) => (job.isLost = true)),
	);

	function withJob(id: string, reply: FastifyReply, act: (job: OneJob) => void): FastifyReply {
		const job = jobs.find(id);
		if (!job) return reply.code(404).send({ id });
		act(job);
		return reply.send(description(job));
	}

	function description(job: OneJob) {
		const { id, url, status, progress, startedBy, charged, refunded, error, isLost } = job;
		return { id, url, ...details(job), status, progress, startedBy, charged, refunded, error, isLost };
	}
}
