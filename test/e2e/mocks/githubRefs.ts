import { apiUrl, type GitHubRepository } from './githubRepository';
import { gitHubSays, ok, type Endpoint } from './githubResponses';
import type { MockedRequest, MockedResponse } from './httpsProxy';

/** Branches: https://docs.github.com/rest/git/refs and https://docs.github.com/rest/branches/branches */
export const refEndpoints: Endpoint[] = [
	['GET', /^\/branches\/(.+)$/, branch],
	['GET', /^\/git\/ref\/heads\/(.+)$/, getRef],
	['POST', /^\/git\/refs$/, createRef],
	['PATCH', /^\/git\/refs\/heads\/(.+)$/, moveRef],
	['DELETE', /^\/git\/refs\/heads\/(.+)$/, deleteRef],
];

function branch(repository: GitHubRepository, _request: MockedRequest, name: string): MockedResponse {
	const tip = repository.git.branches.get(name);
	if (!tip) return gitHubSays(404, 'Branch not found');
	return ok({ name, commit: { sha: tip.sha }, protected: repository.isProtected.has(name) });
}

function getRef(repository: GitHubRepository, _request: MockedRequest, name: string): MockedResponse {
	if (repository.git.branches.size === 0) return gitHubSays(409, 'Git Repository is empty.');
	return repository.git.branches.has(name) ? ok(refOf(repository, name)) : gitHubSays(404, 'Not Found');
}

function createRef(repository: GitHubRepository, { json }: MockedRequest): MockedResponse {
	const { ref = '', sha = '' } = json as { ref?: string; sha?: string };
	const { git } = repository;
	if (git.branches.size === 0) return gitHubSays(409, 'Git Repository is empty.');
	const [, name] = /^refs\/heads\/(.+)$/.exec(ref) ?? [];
	if (name === undefined) return gitHubSays(422, 'Reference name must start with "refs/"');
	const target = git.find(sha);
	if (!target) return gitHubSays(422, 'Object does not exist');
	if (git.branches.has(name)) return gitHubSays(422, 'Reference already exists');
	git.branches.set(name, target);
	return ok(refOf(repository, name), 201);
}

function moveRef(repository: GitHubRepository, { json }: MockedRequest, name: string): MockedResponse {
	const { sha = '', force = false } = json as { sha?: string; force?: boolean };
	const { git, isProtected } = repository;
	if (!git.branches.has(name)) return gitHubSays(422, 'Reference does not exist');
	const target = git.find(sha);
	if (!target) return gitHubSays(422, 'Object does not exist');
	if (isProtected.has(name)) return gitHubSays(422, 'Changes must be made through a pull request.');
	if (!force && !git.isFastForward(name, target)) return gitHubSays(422, 'Update is not a fast forward');
	git.branches.set(name, target);
	closeEmptyPulls(repository, name);
	return ok(refOf(repository, name));
}

function deleteRef(repository: GitHubRepository, _request: MockedRequest, name: string): MockedResponse {
	if (!repository.git.branches.delete(name)) return gitHubSays(422, 'Reference does not exist');
	for (const pull of repository.pulls) if (pull.head === name) repository.close(pull);
	return { status: 204 };
}

/** A pull request without commits is closed, e.g. after its branch was moved back to the base. */
function closeEmptyPulls(repository: GitHubRepository, head: string): void {
	for (const pull of repository.pulls) {
		if (pull.head === head && repository.git.ahead(head, pull.base).length === 0) repository.close(pull);
	}
}

function refOf(repository: GitHubRepository, name: string) {
	const { sha } = repository.git.branches.get(name)!;
	const url = `${apiUrl(repository)}/git/refs/heads/${name}`;
	return { ref: `refs/heads/${name}`, url, object: { type: 'commit', sha } };
}
