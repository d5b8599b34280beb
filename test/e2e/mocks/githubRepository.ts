import { GitRepository, type Commit } from './gitRepository';

export interface PullRequest {
	number: number;
	title: string;
	body: string;
	state: 'open' | 'closed';
	isMerged: boolean;
	/** The branch with the changes. */
	head: string;
	/** The branch for which they are meant. */
	base: string;
}

/** A repository on GitHub. A test may change every field at any time. */
export class GitHubRepository {
	readonly git = new GitRepository();
	readonly pulls: PullRequest[] = [];
	/** Branches that accept changes through a pull request only. */
	readonly isProtected = new Set<string>();
	/** Whether the token may see the repository. If not, GitHub says that there is none. */
	isVisible = true;
	/** Whether the user of the token may change something. */
	mayWrite = true;
	/** Whether the token itself may: a fine-grained token can have fewer permissions than its user. */
	tokenMayWrite = true;
	isArchived = false;
	defaultBranch = 'main';

	/** @param fullName e.g. acme/website */
	constructor(readonly fullName: string) {}

	get owner(): string {
		return this.fullName.split('/')[0];
	}

	/** The messages of a branch's commits, oldest first. */
	commits(branch: string): string[] {
		return this.git.history(branch).map(({ message }) => message);
	}

	/** A file of a branch; undefined if there is none. */
	file(branch: string, path: string): Buffer | undefined {
		return this.git.branches.get(branch)?.files.get(path);
	}

	/** Somebody commits something. A file that is undefined is deleted. */
	commit(branch: string, message: string, files: Record<string, Buffer | string | undefined>): Commit {
		return this.git.commit(branch, message, files);
	}

	/** Somebody clicks “Merge pull request”. GitHub keeps the branch unless a setting of the repository says otherwise. */
	merge(pull: PullRequest): void {
		const before = this.git.ahead(pull.head, pull.base).at(0)?.parent?.files;
		const after = this.git.branches.get(pull.head)!.files;
		const changed = [...after].filter(([path, content]) => !before?.get(path)?.equals(content));
		this.commit(pull.base, `Merge pull request #${pull.number}`, Object.fromEntries(changed));
		Object.assign(pull, { state: 'closed', isMerged: true });
	}

	/** Somebody clicks “Close pull request”. */
	close(pull: PullRequest): void {
		pull.state = 'closed';
	}
}

export function detailsOf(repository: GitHubRepository): object {
	const { fullName, owner, mayWrite, isArchived, defaultBranch } = repository;
	return {
		id: 1,
		name: fullName.split('/')[1],
		full_name: fullName,
		private: true,
		owner: { login: owner, id: 2, type: 'Organization' },
		url: apiUrl(repository),
		html_url: webUrl(repository),
		default_branch: defaultBranch,
		archived: isArchived,
		// Those of the user, whatever the token may.
		permissions: { admin: false, maintain: false, push: mayWrite, triage: mayWrite, pull: true },
	};
}

export function apiUrl({ fullName }: GitHubRepository): string {
	return `https://api.github.com/repos/${fullName}`;
}

export function webUrl({ fullName }: GitHubRepository): string {
	return `https://github.com/${fullName}`;
}
