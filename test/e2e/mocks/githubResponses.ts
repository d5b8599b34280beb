import type { GitHubFault } from './github';
import type { GitHubRepository } from './githubRepository';
import type { MockedRequest, MockedResponse } from './httpsProxy';

/** `path` is the part after /repos/{owner}/{repo}; its first group, decoded, is the last argument. */
export type Endpoint = [
	method: string,
	path: RegExp,
	answer: (repository: GitHubRepository, request: MockedRequest, part: string) => MockedResponse,
];

export function ok(json: object, status = 200): MockedResponse {
	return { status, json };
}

/** A rejection in GitHub's form. */
export function gitHubSays(status: number, message: string, details: object = {}): MockedResponse {
	const documentation_url = 'https://docs.github.com/rest';
	return { status, json: { message, ...details, documentation_url, status: String(status) } };
}

/** 422 for one field of a request. */
export function validationFailed(resource: string, detail: object): MockedResponse {
	return gitHubSays(422, 'Validation Failed', { errors: [{ resource, ...detail }] });
}

export function gitHubRejection(status: Exclude<GitHubFault['status'], 'cut'>): MockedResponse {
	if (status === 'rateLimit') {
		const reset = Math.floor(Date.now() / 1000) + 1800;
		return {
			...gitHubSays(403, 'API rate limit exceeded for user ID 1.'),
			headers: {
				'x-ratelimit-limit': '5000',
				'x-ratelimit-remaining': '0',
				'x-ratelimit-reset': String(reset),
			},
		};
	}
	if (status === 'secondaryLimit') {
		const why = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
		return { ...gitHubSays(403, why), headers: { 'retry-after': '60' } };
	}
	if (status === 401) return gitHubSays(401, 'Bad credentials');
	if (status === 500) return { status, body: '' };
	const page = '<html><head><title>Unicorn! &middot; GitHub</title></head><body>…</body></html>';
	return { status, body: page, headers: { 'content-type': 'text/html; charset=utf-8' } };
}
