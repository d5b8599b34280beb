import { blobSha, type Commit } from './gitRepository';
import { apiUrl, webUrl, type GitHubRepository } from './githubRepository';
import { gitHubSays, ok, type Endpoint } from './githubResponses';
import type { MockedRequest, MockedResponse } from './httpsProxy';

/** Files of a repository: https://docs.github.com/rest/repos/contents */
export const contentsEndpoints: Endpoint[] = [
	['GET', /^\/contents\/?(.*)$/, read],
	['PUT', /^\/contents\/(.+)$/, write],
];

/** Above this size, GitHub leaves the content out, in bytes. */
const MAX_CONTENT_BYTES = 1024 * 1024;

interface Write {
	message?: string;
	content?: string;
	branch?: string;
	sha?: string;
}

function read(repository: GitHubRepository, { query }: MockedRequest, path: string): MockedResponse {
	const { git, defaultBranch } = repository;
	if (git.branches.size === 0) return gitHubSays(404, 'This repository is empty.');
	const ref = query.get('ref') ?? defaultBranch;
	const commit = git.resolve(ref);
	if (!commit) return gitHubSays(404, `No commit found for the ref ${ref}`);
	const content = commit.files.get(path);
	if (content) return ok(fileDetails(repository, { path, content, ref }));
	const folder = path === '' ? '' : `${path.replace(/\/$/, '')}/`;
	const inside = [...commit.files].filter(([name]) => name.startsWith(folder));
	if (inside.length === 0) return gitHubSays(404, 'Not Found');
	return ok(inside.map(([name, bytes]) => entry(repository, { path: name, content: bytes, ref })));
}

function write(repository: GitHubRepository, { json }: MockedRequest, path: string): MockedResponse {
	const { git, defaultBranch, isProtected } = repository;
	const { message, content, sha, branch = defaultBranch } = (json ?? {}) as Write;
	if (message === undefined || content === undefined) return gitHubSays(422, 'Invalid request.');
	if (path.startsWith('/')) return gitHubSays(422, 'path cannot start with a slash');
	if (!/^[A-Za-z0-9+/\s]*={0,2}$/.test(content)) return gitHubSays(422, 'content is not valid Base64');
	if (git.branches.size > 0 && !git.branches.has(branch))
		return gitHubSays(404, `Branch ${branch} not found`);

	const existing = repository.file(branch, path);
	if (existing && sha === undefined) {
		return gitHubSays(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
	}
	if (sha !== undefined && (!existing || blobSha(existing) !== sha)) {
		return gitHubSays(409, `${path} does not match ${sha}`);
	}
	if (isProtected.has(branch)) {
		const rules = 'Repository rule violations found\n\nChanges must be made through a pull request.\n\n';
		return gitHubSays(409, rules);
	}
	const commit = git.commit(branch, message, { [path]: Buffer.from(content, 'base64') });
	return ok(written(repository, path, { commit, branch }), existing ? 200 : 201);
}

interface File {
	path: string;
	content: Buffer;
	ref: string;
}

function written(
	repository: GitHubRepository,
	path: string,
	{ commit, branch }: { commit: Commit; branch: string },
) {
	const { sha, message, parent, files } = commit;
	return {
		content: entry(repository, { path, content: files.get(path)!, ref: branch }),
		commit: {
			sha,
			message,
			url: `${apiUrl(repository)}/git/commits/${sha}`,
			html_url: `${webUrl(repository)}/commit/${sha}`,
			parents: parent ? [{ sha: parent.sha }] : [],
		},
	};
}

/** GitHub breaks the lines of the content after 60 characters. */
function fileDetails(repository: GitHubRepository, file: File) {
	const isLarge = file.content.length > MAX_CONTENT_BYTES;
	const content = file.content.toString('base64').replace(/.{1,60}/g, '$&\n');
	return {
		...entry(repository, file),
		...(isLarge ? { encoding: 'none', content: '' } : { encoding: 'base64', content }),
	};
}

function entry(repository: GitHubRepository, { path, content, ref }: File) {
	const sha = blobSha(content);
	const encoded = encodeURI(path);
	return {
		type: 'file',
		name: path.split('/').pop(),
		path,
		sha,
		size: content.length,
		url: `${apiUrl(repository)}/contents/${encoded}?ref=${ref}`,
		git_url: `${apiUrl(repository)}/git/blobs/${sha}`,
		html_url: `${webUrl(repository)}/blob/${ref}/${encoded}`,
		download_url: `https://raw.githubusercontent.com/${repository.fullName}/${ref}/${encoded}`,
	};
}
