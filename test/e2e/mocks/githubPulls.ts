import { apiUrl, webUrl, type GitHubRepository, type PullRequest } from './githubRepository';
import { gitHubSays, ok, validationFailed, type Endpoint } from './githubResponses';
import type { MockedRequest, MockedResponse } from './httpsProxy';

/** Pull requests: https://docs.github.com/rest/pulls/pulls */
export const pullEndpoints: Endpoint[] = [
	['GET', /^\/pulls$/, list],
	['POST', /^\/pulls$/, create],
	['GET', /^\/pulls\/(\d+)$/, get],
	['PATCH', /^\/pulls\/(\d+)$/, update],
];

const DEFAULT_PAGE = 30;
/** The longest text of a pull request, in characters. */
const MAX_BODY = 65_536;

function list(repository: GitHubRepository, { query }: MockedRequest): MockedResponse {
	const state = query.get('state') ?? 'open';
	const base = query.get('base');
	// Without an owner, GitHub ignores the filter.
	const [, owner, head] = /^([^:]+):(.+)$/.exec(query.get('head') ?? '') ?? [];
	const isOwn = owner === undefined || owner.toLowerCase() === repository.owner.toLowerCase();
	const found = repository.pulls.filter(
		(pull) =>
			(state === 'all' || pull.state === state) &&
			(base === null || pull.base === base) &&
			(head === undefined || (isOwn && pull.head === head)),
	);
	const limit = Number(query.get('per_page') ?? DEFAULT_PAGE);
	const page = Number(query.get('page') ?? 1);
	const newest = found.reverse().slice((page - 1) * limit, page * limit);
	return ok(newest.map((pull) => detailsOf(repository, pull)));
}

function get(repository: GitHubRepository, _request: MockedRequest, number: string): MockedResponse {
	const pull = repository.pulls.find((one) => one.number === Number(number));
	return pull ? ok(detailsOf(repository, pull)) : gitHubSays(404, 'Not Found');
}

function create(repository: GitHubRepository, { json }: MockedRequest): MockedResponse {
	const { title, body = '', head: sent = '', base = '' } = json as Partial<PullRequest>;
	const { git, pulls, owner } = repository;
	const head = sent.replace(`${owner}:`, '');
	if (!title) return validationFailed('PullRequest', { field: 'title', code: 'missing_field' });
	if (!git.branches.has(base)) return validationFailed('PullRequest', { field: 'base', code: 'invalid' });
	if (!git.branches.has(head)) return validationFailed('PullRequest', { field: 'head', code: 'invalid' });
	const why = whyNotText(body);
	if (why) return why;
	if (pulls.some((pull) => pull.state === 'open' && pull.head === head && pull.base === base)) {
		return custom(`A pull request already exists for ${owner}:${head}.`);
	}
	if (git.ahead(head, base).length === 0) return custom(`No commits between ${base} and ${head}`);
	const pull = { number: pulls.length + 1, title, body, state: 'open', isMerged: false, head, base } as const;
	pulls.push({ ...pull });
	return ok(detailsOf(repository, pull), 201);
}

function update(repository: GitHubRepository, { json }: MockedRequest, number: string): MockedResponse {
	const pull = repository.pulls.find((one) => one.number === Number(number));
	if (!pull) return gitHubSays(404, 'Not Found');
	const { title = pull.title, body = pull.body, state = pull.state } = json as Partial<PullRequest>;
	const why = whyNotText(body);
	if (why) return why;
	Object.assign(pull, { title, body, state });
	return ok(detailsOf(repository, pull));
}

function whyNotText(body: string): MockedResponse | undefined {
	if (body.length <= MAX_BODY) return undefined;
	return custom(`body is too long (maximum is ${MAX_BODY} characters)`, { field: 'body' });
}

function custom(message: string, details: object = {}): MockedResponse {
	return validationFailed('PullRequest', { code: 'custom', ...details, message });
}

function detailsOf(repository: GitHubRepository, pull: PullRequest) {
	const { number, title, body, state, isMerged, head, base } = pull;
	const branch = (ref: string) => ({
		label: `${repository.owner}:${ref}`,
		ref,
		sha: repository.git.branches.get(ref)?.sha,
	});
	return {
		number,
		title,
		body,
		state,
		merged: isMerged,
		url: `${apiUrl(repository)}/pulls/${number}`,
		html_url: `${webUrl(repository)}/pull/${number}`,
		head: branch(head),
		base: branch(base),
	};
}
