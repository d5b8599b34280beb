import type { LedgerSource } from '../ledger/source';
import { creditHistory } from '../ledger/source';
import { hasId, numberIn, type Id } from '../shapes';
import type { ApiClient } from '../transport/client';
import type { RequestHints } from '../transport/errors';
import { isRecord, wordsIn } from '../transport/words';
import { stateIn, withState, type Site } from '../sites/site';
import { allSites, siteDetails, type SiteList } from '../sites/source';
import type { DiscoveryRequest, GenerationRequest, Job } from './job';

/** Where jobs of one kind are started and asked for: the API, or a model of it in tests. Each throws a RequestError. */
export interface JobSource<Request> {
	/** May cost credits. The answer may come at once, or after minutes with the finished job. */
	start(request: Request): Promise<Job>;
	status(jobId: Id, signal?: AbortSignal): Promise<Job>;
}

/** Where generations are, and what of the account shows them. */
export interface GenerationSource extends JobSource<GenerationRequest> {
	sites(signal?: AbortSignal): Promise<SiteList>;
	/** One site, with its last options. */
	site(siteId: Id, signal?: AbortSignal): Promise<Site>;
	/** The ledger's usage rows. */
	usage: LedgerSource;
}

/** @param startsWithinMs how long the API may take to answer the start of a job */
export function generationApi(
	client: ApiClient,
	startsWithinMs: number,
	hints: RequestHints & { inDoubt: string },
): GenerationSource {
	const [starting, asking] = [client.patient(startsWithinMs), client.patient()];
	return {
		start: async ({ url, options }) =>
			jobIn(client, await starting.post('/generate', { url, options }, isGeneration, hints)),
		status: async (jobId, signal) => await jobStatus(asking, jobId, signal),
		sites: async (signal) => {
			const { sites, isWhole } = await allSites(asking, signal, SITES_HINTS);
			return { sites: sites.map(withState), isWhole };
		},
		site: async (siteId, signal) => withState(await siteDetails(asking, siteId, signal)),
		usage: creditHistory(asking, 'usage'),
	};
}

const SITES_HINTS: RequestHints = {
	advice: {
		403: 'Generate reads the list of sites, so that it can find a generation again and not pay for it twice: allow this API key to read sites in the LLM Generator dashboard',
	},
};

/** Source: API reference, discovery/start and discovery/get-status. The parameters are those of `generationApi`. */
export function discoveryApi(
	client: ApiClient,
	startsWithinMs: number,
	hints: RequestHints & { inDoubt: string },
): JobSource<DiscoveryRequest> {
	const [starting, asking] = [client.patient(startsWithinMs), client.patient()];
	return {
		start: async (request) =>
			discoveryIn(client, await starting.post('/discovery', { ...request }, isDiscovery, hints)),
		status: async (jobId, signal) => {
			const path = `/discovery/${encodeURIComponent(jobId)}`;
			const answer = await asking.get(path, {}, isJobStatus, signal, DISCOVERY_HINTS);
			return { ...discoveryIn(client, answer), jobId };
		},
	};
}

const DISCOVERY_HINTS: RequestHints = {
	advice: {
		404: 'This account has no such discovery, or not any more: check that the LLM Generator API credential is the one with which it was started',
	},
};

/** The state of a generation, finished or not. Source: API reference, generation/get-status. */
export async function jobStatus(
	client: ApiClient,
	jobId: Id,
	signal?: AbortSignal,
	hints?: RequestHints,
): Promise<Job> {
	const answer = await client.get(`/generate/${encodeURIComponent(jobId)}`, {}, isJobStatus, signal, hints);
	return { ...jobIn(client, answer), jobId };
}

/** What two versions of the API reference name in two ways, a start otherwise than a question, as one. */
function discoveryIn(client: ApiClient, answer: Record<string, unknown>): Job {
	const { id, discoveryId, jobId, type, discoveryType, totalUrlsFound, urlsFound, cost, ...rest } = answer;
	return jobIn(client, {
		...rest,
		jobId: [discoveryId, id, jobId].find(isIdentifier),
		discoveryType: discoveryType ?? type,
		urlsFound: urlsFound ?? totalUrlsFound,
		creditsUsed: isRecord(cost) ? cost.credits : undefined,
	});
}

const KNOWN = [
	...['siteId', 'url', 'fileUrl', 'fullTextUrl', 'creditsUsed', 'createdAt', 'completedAt'],
	...['discoveryType', 'maxUrls', 'urlsFound', 'estimatedCompletion'],
];

/** The answers to a start and to a question, which name some of the same things otherwise, as one. */
function jobIn(client: ApiClient, answer: Record<string, unknown>): Job {
	const { id, jobId = id, error, status, message, progress: sent } = answer;
	const known = KNOWN.filter((name) => answer[name] !== undefined);
	const job = Object.fromEntries(known.map((name) => [name, answer[name]]));
	const [words, errorMessage] = [message, error].map((said) => client.quotable(wordsIn(said)));
	const progress = numberIn(sent);
	return {
		...job,
		...(isIdentifier(jobId) && { jobId }),
		status: typeof status === 'string' ? stateIn(status) : 'unknown',
		...(progress !== undefined && { progress }),
		...(words && { message: words }),
		...(errorMessage && { errorMessage }),
	};
}

function isGeneration(answer: unknown): answer is Record<string, unknown> {
	return isRecord(answer) && [answer.jobId, answer.id, answer.siteId].some(isIdentifier);
}

function isDiscovery(answer: unknown): answer is Record<string, unknown> {
	return isRecord(answer) && [answer.discoveryId, answer.id, answer.jobId].some(isIdentifier);
}

function isJobStatus(answer: unknown): answer is Record<string, unknown> {
	return isRecord(answer) && typeof answer.status === 'string';
}

function isIdentifier(value: unknown): value is Id {
	return hasId({ id: value });
}
