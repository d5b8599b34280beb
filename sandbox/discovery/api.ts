import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { moment } from '../fields';
import { jobFor, requireCredits, waitToAnswer } from '../jobs/answering';
import { numberedPage } from '../numberedPage';
import { nestRefusal } from '../refusal';
import type { SandboxState } from '../state';
import { type Discovery, readDiscoveryRequest } from './discovery';

/** The discovery of URLs. As for generation, NestJS decides where the API reference says nothing. */
export function addDiscovery(app: FastifyInstance, state: SandboxState): void {
	app.post('/discovery', (request, reply) => discover(request, reply, state));
	app.get<ForDiscovery>('/discovery/:id', ({ params }) => details(discoveryFor(params.id, state), state));
	app.get<ForDiscovery>('/discovery/:id/urls', (request) => urls(request, state));
}

type ForDiscovery = { Params: { id: string } };

const URLS_A_PAGE = 50;

async function discover(request: FastifyRequest, reply: FastifyReply, state: SandboxState) {
	const { discoveries, discovery } = state;
	const wanted = readDiscoveryRequest(request.body);
	requireCredits(discovery.credits, state);
	const job = discoveries.start(wanted, request.effect.job, 'api');
	void reply.code(201);
	const showsProgress = await waitToAnswer(job, discovery, request);
	return discovery.shape === 'older' ? olderStart(job, showsProgress) : start(job, showsProgress, state);
}

/** The response of POST /discovery. The first state of a job is called `started` here. */
function start(job: Discovery, showsProgress: boolean, { discoveries }: SandboxState) {
	const { id, url, options, status, progress, createdAt, course } = job;
	return {
		id,
		url,
		status: showsProgress && status !== 'pending' ? status : 'started',
		discoveryType: options.discoveryType,
		maxUrls: options.maxUrls,
		progress: String(showsProgress ? progress : 0),
		totalUrlsFound: showsProgress ? discoveries.found(job).length : 0,
		createdAt: moment(createdAt),
		estimatedCompletion: moment(createdAt + course.durationMs),
		...(showsProgress && reason(job)),
	};
}

/** Source: API reference, discovery/start, an older version. */
function olderStart(job: Discovery, showsProgress: boolean) {
	const { id, status, credits, course } = job;
	const minutes = Math.max(1, Math.ceil(course.durationMs / 60_000));
	return {
		discoveryId: id,
		status: showsProgress && status !== 'pending' ? status : 'queued',
		estimatedTime: `approx. ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`,
		cost: { credits },
		...(showsProgress && reason(job)),
	};
}

/** The response of GET /discovery/{id}. Here the first state is called `pending`. */
function details(job: Discovery, { discoveries }: SandboxState) {
	const { id, url, options, status, createdAt, completedAt } = job;
	return {
		id,
		url,
		type: options.discoveryType,
		status,
		urlsFound: discoveries.found(job).length,
		createdAt: moment(createdAt),
		completedAt: completedAt === null ? null : moment(completedAt),
		...reason(job),
	};
}

/** Not documented: that a failed job has an `error`, as a generation does (the fault `omit` takes it away). */
function reason({ error }: Discovery): { error?: string } {
	return error === null ? {} : { error };
}

function urls(request: FastifyRequest<ForDiscovery>, state: SandboxState) {
	const job = discoveryFor(request.params.id, state);
	const { urlsWhileRunning } = state.discovery;
	if (job.outcome === undefined && urlsWhileRunning !== 'found') {
		throw nestRefusal(urlsWhileRunning, 'The discovery is not completed yet');
	}
	const { rows, ...position } = numberedPage(state.discoveries.found(job), request, URLS_A_PAGE);
	return { urls: rows.map(({ url, title, lastModified }) => ({ url, title, lastModified })), ...position };
}

function discoveryFor(id: string, { discoveries }: SandboxState): Discovery {
	return jobFor(id, discoveries, 'Discovery');
}
