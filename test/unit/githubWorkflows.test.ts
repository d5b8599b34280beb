import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const FOLDER = join(__dirname, '../../.github/workflows');

interface Workflow {
	on: Record<string, unknown>;
	permissions: unknown;
	jobs: Record<string, Job>;
}

interface Job {
	permissions?: Record<string, string>;
	environment?: string;
	uses?: string;
	steps?: Array<{ uses?: string; run?: string }>;
}

const texts = new Map(readdirSync(FOLDER).map((file) => [file, readFileSync(join(FOLDER, file), 'utf8')]));
const workflow = (file: string) => parse(texts.get(file) ?? '') as Workflow;

describe.each([...texts.keys()])('.github/workflows/%s', (file) => {
	const { on, permissions, jobs } = workflow(file);
	const steps = Object.values(jobs).flatMap((job) => job.steps ?? []);

	test('pins actions to a commit, which cannot change', () => {
		const used = [...texts.get(file)!.matchAll(/uses: *(\S+)(.*)/g)].filter(
			([, action]) => !action.startsWith('./'),
		);
		for (const [, action, comment] of used) {
			expect(action).toMatch(/^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/);
			expect(comment).toMatch(/^ # v\d+\.\d+\.\d+$/);
		}
	});

	test('has no permissions by default, and each job has only those that it needs', () => {
		expect(permissions).toEqual({});
		for (const [name, job] of Object.entries(jobs)) {
			const publishes = file === 'publish.yml' && name === 'publish';
			expect(job.permissions).toEqual({ contents: 'read', ...(publishes && { 'id-token': 'write' }) });
		}
	});

	test('uses no stored secret, and does not run for untrusted pull requests with permissions', () => {
		expect(texts.get(file)).not.toMatch(/secrets\./);
		expect(Object.keys(on)).not.toContain('pull_request_target');
		// An expression in a script would run as part of the script.
		for (const { run } of steps) expect(run ?? '').not.toContain('${{');
	});
});

test('a release is published from a tag only, after all tests, and with provenance', () => {
	const { on, jobs } = workflow('publish.yml');
	expect(on).toEqual({ push: { tags: ['v*'] } });
	expect(jobs.test.uses).toBe('./.github/workflows/ci.yml');
	expect(jobs.publish).toMatchObject({ needs: 'test', environment: 'npm' });
	expect(jobs.publish.steps!.at(-1)).toEqual({ run: 'npm publish --provenance --access public' });
});
