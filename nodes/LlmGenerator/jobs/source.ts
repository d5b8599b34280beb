import type { LedgerSource } from '../ledger/source';
import { creditHistory } from '../ledger/source';
import { hasId, type Id } from '../shapes';
import type { ApiClient } from '../transport/client';
import type { RequestHints } from '../transport/errors';
import { isRecord, wordsIn } from '../transport/words';
import { stateIn, withState, type Site } from '../sites/site';
import { allSites, siteDetails, type SiteList } from '../sites/source';
import type { Job, GenerationRequest } from './job';

/** Where jobs are started and asked for: the API, or a model of it in tests. Each throws a RequestError. */
export interface JobSource {
	/** Costs credits. The answer may come at once, or after minutes with the finished file. */
	start(request: GenerationRequest): Promise<Job>;
	status(jobId: Id, signal?: AbortSignal): Promise<Job>;
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
): JobSource {
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

/** The state of a job, finished or not. Source: API reference, generation/get-status. */
export async function jobStatus(
	client: ApiClient,
	jobId: Id,
	signal?: AbortSignal,
	hints?: RequestHints,
): Promise<Job> {
	const answer = await client.get(`/generate/${encodeURIComponent(jobId)}`, {}, isJobStatus, signal, hints);
	return { ...jobIn(client, answer), jobId };
}

/** The answers to a start and to a question, which name some of the same things otherwise, as one. */
function jobIn(client: ApiClient, answer: Record<string, unknown>): Job {
	const { id, jobId = id, error, status, message, ...rest } = answer;
	const known = ['siteId', 'url', 'progress', 'fileUrl', 'fullTextUrl', 'creditsUsed'];
	const all = [...known, 'createdAt', 'completedAt'].filter((name) => rest[name] !== undefined);
	const job = Object.fromEntries(all.map((name) => [name, rest[name]]));
	const [words, errorMessage] = [message, error].map((said) => client.quotable(wordsIn(said)));
	return {
		...job,
		...(isIdentifier(jobId) && { jobId }),
		status: typeof status === 'string' ? stateIn(status) : 'unknown',
		...(words && { message: words }),
		...(errorMessage && { errorMessage }),
	};
}

function isGeneration(answer: unknown): answer is Record<string, unknown> {
	return isRecord(answer) && [answer.jobId, answer.id, answer.siteId].some(isIdentifier);
}

function isJobStatus(answer: unknown): answer is Record<string, unknown> {
	return isRecord(answer) && typeof answer.status === 'string';
}

function isIdentifier(value: unknown): value is Id {
	return hasId({ id: value });
}
