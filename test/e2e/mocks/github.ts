import type { Credential } from '../../../demo/n8nApi';
import { contentsEndpoints } from './githubContents';
import { pullEndpoints } from './githubPulls';
import { refEndpoints } from './githubRefs';
import { detailsOf, GitHubRepository } from './githubRepository';
import { gitHubRejection, gitHubSays, ok, type Endpoint } from './githubResponses';
import type { HttpsProxy, MockedRequest, MockedResponse } from './httpsProxy';

/**
 * A mock of GitHub: a user with a token, and some repositories. Sources: GitHub's REST reference, the pages “Repositories”,
 * “Repository contents”, “Git references”, “Branches”, “Pull requests” and “Rate limits for the REST API”.
 */
export interface GitHubMock {
	/** The credential of n8n's GitHub node. */
	credential: Credential;
	/** The requests of n8n, e.g. “PUT /repos/acme/website/contents/llms.txt”. */
	calls: string[];
	/** Creates a repository whose branch `main` has these files; without files, it is empty. Replaces one of that name. */
	create(fullName: string, files?: Record<string, Buffer | string>): GitHubRepository;
	/** Rejects the next requests that match, one for each of these. */
	rejectNext(...rejections: GitHubFault[]): void;
	/** Forgets the rejections that were not needed. */
	stopRejecting(): void;
	/** Does something just before the next request that matches, like somebody who works at the same time. */
	before(request: RegExp, doIt: () => void): void;
}

export interface GitHubFault {
	/** Matches an entry of `calls`. */
	request: RegExp;
	/** `rateLimit`: too many requests in this hour; `secondaryLimit`: too many in this minute; `cut`: no response. */
	status: 401 | 500 | 502 | 503 | 'rateLimit' | 'secondaryLimit' | 'cut';
	/** Whether GitHub has done what was asked, and only its response is lost. */
	processed?: boolean;
}

export async function mockGitHub(proxy: HttpsProxy): Promise<GitHubMock> {
	const repositories = new Map<string, GitHubRepository>();
	const faults: GitHubFault[] = [];
	const meanwhile: Array<{ request: RegExp; doIt: () => void }> = [];
	const calls: string[] = [];

	const respond = (request: MockedRequest): MockedResponse | undefined => {
		if (request.token !== TOKEN) return gitHubSays(401, 'Bad credentials');
		if (request.path === '/user') return ok({ login: USER, id: 1, type: 'User' });
		const [, fullName, path] = /^\/repos\/([^/]*\/[^/]*)(.*)$/.exec(request.path) ?? [];
		if (fullName === undefined) return undefined;
		const repository = repositories.get(decodeURIComponent(fullName).toLowerCase());
		if (!repository?.isVisible) return gitHubSays(404, 'Not Found');
		return respondIn(repository, path, request);
	};

	await proxy.mockHost('api.github.com', (request) => {
		const call = `${request.method} ${request.path}`;
		calls.push(call);
		takeFrom(meanwhile, call)?.doIt();
		const fault = takeFrom(faults, call);
		if (!fault) return respond(request);
		if (fault.processed) respond(request);
		return fault.status === 'cut' ? 'close' : gitHubRejection(fault.status);
	});

	return {
		credential: {
			name: 'GitHub mock',
			type: 'githubApi',
			data: { server: 'https://api.github.com', user: USER, accessToken: TOKEN },
		},
		calls,
		create(fullName, files) {
			const repository = new GitHubRepository(fullName);
			if (files) repository.commit('main', 'First commit', files);
			repositories.set(fullName.toLowerCase(), repository);
			return repository;
		},
		rejectNext: (...more) => void faults.push(...more),
		stopRejecting: () => void faults.splice(0),
		before: (request, doIt) => void meanwhile.push({ request, doIt }),
	};
}

const TOKEN = 'ghp_token-of-the-github-stand-in';
const USER = 'n8n-bot';

const ENDPOINTS: Endpoint[] = [
	['GET', /^$/, (repository) => ok(detailsOf(repository))],
	...contentsEndpoints,
	...refEndpoints,
	...pullEndpoints,
];

function respondIn(
	repository: GitHubRepository,
	path: string,
	request: MockedRequest,
): MockedResponse | undefined {
	for (const [method, form, answer] of ENDPOINTS) {
		const matched = method === request.method && form.exec(path);
		if (!matched) continue;
		if (method !== 'GET' && repository.isArchived) {
			return gitHubSays(403, 'Repository was archived so is read-only.');
		}
		if (method !== 'GET' && !(repository.mayWrite && repository.tokenMayWrite)) {
			return gitHubSays(403, 'Resource not accessible by personal access token');
		}
		return answer(repository, request, decodeURIComponent(matched[1] ?? ''));
	}
	return undefined;
}

function takeFrom<Entry extends { request: RegExp }>(entries: Entry[], call: string): Entry | undefined {
	const index = entries.findIndex(({ request }) => request.test(call));
	return index < 0 ? undefined : entries.splice(index, 1)[0];
}
