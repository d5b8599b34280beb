import { createHash } from 'node:crypto';

export interface Commit {
	sha: string;
	message: string;
	parent?: Commit;
	/** Every file of the repository after this commit, by its path. */
	files: ReadonlyMap<string, Buffer>;
}

/** What Git itself does: commits, and branches that point to them. A branch may be missing: a repository begins empty. */
export class GitRepository {
	readonly branches = new Map<string, Commit>();
	private readonly known = new Map<string, Commit>();

	/** Adds a commit to a branch, and the branch if there is none. A file that is undefined is deleted. */
	commit(branch: string, message: string, files: Record<string, Buffer | string | undefined>): Commit {
		const parent = this.branches.get(branch);
		const after = new Map(parent?.files);
		for (const [path, content] of Object.entries(files)) {
			if (content === undefined) after.delete(path);
			else after.set(path, Buffer.from(content));
		}
		const sha = createHash('sha1').update(`commit ${this.known.size} ${message}`).digest('hex');
		const commit = { sha, message, parent, files: after };
		this.known.set(sha, commit);
		this.branches.set(branch, commit);
		return commit;
	}

	/** By its SHA, whether a branch has it or not. */
	find(sha: string): Commit | undefined {
		return this.known.get(sha);
	}

	/** By the name of a branch, or by its SHA. */
	resolve(ref: string): Commit | undefined {
		return this.branches.get(ref) ?? this.known.get(ref);
	}

	/** The commits of a branch, oldest first; empty without such a branch. */
	history(branch: string): Commit[] {
		return ancestors(this.branches.get(branch)).reverse();
	}

	/** The commits of a branch that another one does not have, oldest first. */
	ahead(branch: string, base: string): Commit[] {
		const there = new Set(this.history(base));
		return this.history(branch).filter((commit) => !there.has(commit));
	}

	/** Whether a branch can move to a commit without losing one. */
	isFastForward(branch: string, target: Commit): boolean {
		const tip = this.branches.get(branch);
		return tip !== undefined && ancestors(target).includes(tip);
	}
}

/** Git's own hash of a file. */
export function blobSha(content: Buffer): string {
	return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

function ancestors(tip: Commit | undefined): Commit[] {
	const found: Commit[] = [];
	for (let commit = tip; commit; commit = commit.parent) found.push(commit);
	return found;
}
