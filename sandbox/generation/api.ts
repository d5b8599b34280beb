import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { nestRefusal } from '../refusal';
import type { SandboxState } from '../state';
import { jobDetails, mappedUrls, siteDetails, siteSummary, startedJob, URL_STATUSES } from './answers';
import { fileBody } from './fileBody';
import { llmsFullTxt, llmsTxt } from './files';
import type { Job } from './job';
import { readGenerationRequest } from './options';
import type { Site } from './sites';

/**
 * Generation, sites and files. Where the API reference says nothing about a response, NestJS decides: POST responds
 * with 201, and a refusal has the body `{ message, error, statusCode }`.
 */
export function addGeneration(app: FastifyInstance, state: SandboxState): void {
	app.post('/generate', (request, reply) => generate(request, reply, state));
	app.get<ForJob>('/generate/:jobId', ({ params }) => jobDetails(jobFor(params.jobId, state), state));
	app.get('/sites', (request) => sites(request, state));
	app.get<ForSite>('/sites/:siteId', ({ params }) => siteDetails(siteFor(params.siteId, state), state));
	app.get<ForSite>('/sites/:siteId/urls', ({ params, query }) => urls(siteFor(params.siteId, state), query));
	app.get<ForSite>('/file/:siteId', (request, reply) => file(request, reply, state));
}

type ForJob = { Params: { jobId: string } };
type ForSite = { Params: { siteId: string }; Querystring: Record<string, unknown> };

const SITES_A_PAGE = 20;
const URLS_A_PAGE = 50;
const LARGEST_PAGE = 100;

async function generate({ body, effect }: FastifyRequest, reply: FastifyReply, state: SandboxState) {
	const { jobs, ledger, generation } = state;
	const wanted = readGenerationRequest(body);
	if (wanted.options.generationMethod === 'enhanced' && generation.plan === 'free') {
		throw nestRefusal(
			403,
			'Enhanced generation is not available on the free plan. Please upgrade your plan.',
		);
	}
	const { credits } = jobs.quote(wanted);
	if (credits > ledger.balance) {
		throw nestRefusal(402, `Insufficient credits. Required: ${credits}, available: ${ledger.balance}`);
	}
	const job = jobs.start(wanted, effect.job, 'api');
	void reply.code(201);
	// A response that gets lost is lost as soon as the job has begun, in both manners.
	const isLost = effect.afterProcessing || effect.reset === 'after';
	if (generation.manner === 'synchronous' && !isLost) await job.ended;
	const answer = startedJob(job, state);
	if (generation.manner === 'synchronous') return answer;
	return { ...answer, status: 'queued', progress: 0, message: QUEUED, fileUrl: null, fullTextUrl: null };
}

const QUEUED = 'Generation queued';

function jobFor(id: string, { jobs }: SandboxState): Job {
	const job = jobs.find(id);
	if (!job || job.isLost) throw nestRefusal(404, 'Generation job not found');
	return job;
}

function siteFor(id: string, state: SandboxState): Site {
	const site = state.sites.find(id);
	if (!site) throw nestRefusal(404, 'Site not found');
	return site;
}

function sites({ query }: FastifyRequest, state: SandboxState) {
	const { sitesOrder, pagesSites } = state.generation;
	const all = state.sites.all(sitesOrder);
	const answered = (listed: Site[]) => listed.map((site) => siteSummary(site, state));
	if (!pagesSites) return { sites: answered(all), total: all.length };
	const { rows, ...position } = pageOf(all, query as Record<string, unknown>, SITES_A_PAGE);
	return { sites: answered(rows), ...position };
}

function urls(site: Site, query: Record<string, unknown>) {
	const { status } = query;
	if (status !== undefined && !URL_STATUSES.includes(status as (typeof URL_STATUSES)[number])) {
		throw nestRefusal(400, [`status must be one of the following values: ${URL_STATUSES.join(', ')}`]);
	}
	const all = mappedUrls(site).filter((mapped) => status === undefined || mapped.status === status);
	const { rows, ...position } = pageOf(all, query, URLS_A_PAGE);
	return { urls: rows, ...position };
}

function pageOf<T>(all: T[], query: Record<string, unknown>, defaultLimit: number) {
	const page = pageNumber('page', query.page) ?? 1;
	const limit = Math.min(pageNumber('limit', query.limit) ?? defaultLimit, LARGEST_PAGE);
	const rows = all.slice((page - 1) * limit, page * limit);
	return { rows, total: all.length, page, totalPages: Math.ceil(all.length / limit) };
}

function pageNumber(name: string, text: unknown): number | undefined {
	if (text === undefined) return undefined;
	if (typeof text !== 'string' || !/^[1-9]\d{0,8}$/.test(text)) {
		throw nestRefusal(400, [`${name} must be an integer number, 1 or more`]);
	}
	return Number(text);
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
