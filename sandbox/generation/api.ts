import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { jobFor, requireCredits, waitToAnswer } from '../jobs/answering';
import { numberedPage } from '../numberedPage';
import { nestRefusal } from '../refusal';
import type { SandboxState } from '../state';
import { jobDetails, mappedUrls, siteDetails, siteSummary, startedJob, URL_STATUSES } from './answers';
import { fileBody } from './fileBody';
import { llmsFullTxt, llmsTxt } from './files';
import { readGenerationRequest } from './options';
import type { Site } from './sites';

/**
 * Generation, sites and files. Where the API reference says nothing about a response, NestJS decides: POST responds
 * with 201, and a refusal has the body `{ message, error, statusCode }`.
 */
export function addGeneration(app: FastifyInstance, state: SandboxState): void {
	app.post('/generate', (request, reply) => generate(request, reply, state));
	app.get<ForJob>('/generate/:jobId', ({ params }) =>
		jobDetails(jobFor(params.jobId, state.jobs, 'Generation job'), state),
	);
	app.get('/sites', (request) => sites(request, state));
	app.get<ForSite>('/sites/:siteId', ({ params }) => siteDetails(siteFor(params.siteId, state), state));
	app.get<ForSite>('/sites/:siteId/urls', (request) => urls(request, state));
	app.get<ForSite>('/file/:siteId', (request, reply) => file(request, reply, state));
}

type ForJob = { Params: { jobId: string } };
type ForSite = { Params: { siteId: string }; Querystring: Record<string, unknown> };

const SITES_A_PAGE = 20;
const URLS_A_PAGE = 50;

async function generate(request: FastifyRequest, reply: FastifyReply, state: SandboxState) {
	const { jobs, generation } = state;
	const wanted = readGenerationRequest(request.body);
	if (wanted.options.generationMethod === 'enhanced' && state.plan === 'free') {
		throw nestRefusal(
			403,
			'Enhanced generation is not available on the free plan. Please upgrade your plan.',
		);
	}
	requireCredits(jobs.quote(wanted).credits, state);
	const job = jobs.start(wanted, request.effect.job, 'api');
	void reply.code(201);
	const showsProgress = await waitToAnswer(job, generation, request);
	const answer = startedJob(job, state);
	if (showsProgress) return answer;
	return { ...answer, status: 'queued', progress: 0, message: QUEUED, fileUrl: null, fullTextUrl: null };
}

const QUEUED = 'Generation queued';

function siteFor(id: string, state: SandboxState): Site {
	const site = state.sites.find(id);
	if (!site) throw nestRefusal(404, 'Site not found');
	return site;
}

function sites(request: FastifyRequest, state: SandboxState) {
	const { sitesOrder, pagesSites } = state.generation;
	const all = state.sites.all(sitesOrder);
	const answered = (listed: Site[]) => listed.map((site) => siteSummary(site, state));
	if (!pagesSites) return { sites: answered(all), total: all.length };
	const { rows, ...position } = numberedPage(all, request, SITES_A_PAGE);
	return { sites: answered(rows), ...position };
}

function urls(request: FastifyRequest<ForSite>, state: SandboxState) {
	const site = siteFor(request.params.siteId, state);
	const { status } = request.query;
	if (status !== undefined && !URL_STATUSES.includes(status as (typeof URL_STATUSES)[number])) {
		throw nestRefusal(400, [`status must be one of the following values: ${URL_STATUSES.join(', ')}`]);
	}
	const all = mappedUrls(site, state.websites.pages(site.url)).filter(
		(mapped) => status === undefined || mapped.status === status,
	);
	const { rows, ...position } = numberedPage(all, request, URLS_A_PAGE);
	return { urls: rows, ...position };
}

/** The file of a site, which anybody may read. */
function file({ params, query, effect }: FastifyRequest<ForSite>, reply: FastifyReply, state: SandboxState) {
	void reply.header('Access-Control-Allow-Origin', '*');
	const { files, job } = siteFor(params.siteId, state);
	const isFull = query.full === 'true';
	const { fileWhileRunning } = state.generation;
	if (job && job.outcome === undefined && fileWhileRunning !== 'previous') {
		throw nestRefusal(fileWhileRunning, 'The file is being generated');
	}
	if (!files || (isFull && !files.options.showFullText)) throw nestRefusal(404, 'File not found');

	const { bytes, stream } = fileBody(isFull ? llmsFullTxt(files) : llmsTxt(files), effect.file);
	return reply.type('text/plain; charset=utf-8').header('Content-Length', bytes).send(stream);
}
