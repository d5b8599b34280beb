import { chmod, chown, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bought } from '../../generations';
import type { Agency, ClientRow } from './agency';

/** What happens at the places where files are published. */
export const testPublishing = (agencyOf: () => Agency) =>
	describe('publishing', () => {
		let agency: Agency;
		let onGitHub: ClientRow;
		let onServer: ClientRow;
		let workflowId: string;
		const rows = () => agency.rows.map(({ Status, Message }) => [Status, Message]);
		beforeEach(async () => {
			agency = agencyOf();
			onGitHub = agency.onGitHub('one');
			onServer = await agency.onWebServer('two');
			agency.list([onGitHub, onServer]);
			workflowId = await agency.import();
		});
		afterEach(async () => {
			await agency.sftp.network.reset();
			await rm(join(agency.sftp.root, 'two'), { recursive: true, force: true });
		});

		/** A week later: every file is too old. */
		const generateAnew = async () => agency.run(await agency.import({ 'Renew After (Days)': 0 }));

		test('a new file replaces the one of the last run, and nothing else is left there', async () => {
			await agency.run(workflowId);
			const before = await agency.newest('https://one.example');
			await generateAnew();
			expect(agency.inRepository('one')).toBe(await agency.newest('https://one.example'));
			expect(agency.inRepository('one')).not.toBe(before);
			expect(await agency.onServer('two/llms.txt')).toBe(await agency.newest('https://two.example'));
			expect(await agency.onServer('two/llms.txt.new')).toBeUndefined();
			expect(agency.repository('one').commits('main').slice(1)).toEqual([
				'Update llms.txt of https://one.example',
				'Update llms.txt of https://one.example',
			]);
			expect(rows()).toEqual([
				['Published', null],
				['Published', null],
			]);
		});

		test('a new file that is the same as before is paid, and not published again', async () => {
			agency.sandbox.generation.changesFiles = false;
			await agency.run(workflowId);
			const written = await stat(join(agency.sftp.root, 'two/llms.txt'));
			await generateAnew();
			agency.sandbox.generation.changesFiles = true;

			expect(bought(agency.sandbox)).toHaveLength(4);
			expect(agency.repository('one').commits('main')).toHaveLength(2);
			expect((await stat(join(agency.sftp.root, 'two/llms.txt'))).mtimeMs).toBe(written.mtimeMs);
			const unchanged = ['Unchanged', 'The newest file is already there.'];
			expect(rows()).toEqual([unchanged, unchanged]);
		});

		test('a file that somebody has changed is not replaced, until its Hash is emptied', async () => {
			await agency.run(workflowId);
			agency.repository('one').commit('main', 'By hand', { 'public/llms.txt': '# Better' });
			await writeFile(join(agency.sftp.root, 'two/llms.txt'), '# Better');
			await generateAnew();
			expect(rows()).toEqual(
				Array(2).fill(['Not published', expect.stringMatching(/^Somebody has changed .* empty the Hash/)]),
			);
			expect(agency.inRepository('one')).toBe('# Better');
			expect(await agency.onServer('two/llms.txt')).toBe('# Better');

			for (const cells of agency.google.cells.slice(1)) cells[7] = null;
			await agency.run(workflowId);
			expect(rows().map(([status]) => status)).toEqual(['Published', 'Published']);
			expect(agency.inRepository('one')).toBe(await agency.newest('https://one.example'));
			expect(bought(agency.sandbox)).toHaveLength(4);
		});

		test('a file that somebody has deleted is published again, and not paid again', async () => {
			await agency.run(workflowId);
			agency.repository('one').commit('main', 'Delete', { 'public/llms.txt': undefined });
			await rm(join(agency.sftp.root, 'two/llms.txt'));
			await agency.run(workflowId);
			expect(rows().map(([status]) => status)).toEqual(['Published', 'Published']);
			expect(await agency.onServer('two/llms.txt')).toBe(await agency.newest('https://two.example'));
			expect(bought(agency.sandbox)).toHaveLength(2);
		});

		test('a file without links is not published: the website could probably not be read', async () => {
			const headers = { 'Content-Type': 'text/plain' };
			agency.sandbox.faults.add({
				path: '/file',
				url: 'one.example',
				rawBody: '# One\n\n> Nothing\n',
				headers,
			});
			await agency.run(workflowId);
			expect(rows()[0]).toEqual(['Not published', expect.stringMatching(/no links/)]);
			expect(agency.inRepository('one')).toBeUndefined();
		});

		test('a file that cannot be downloaded does not stop the others', async () => {
			agency.sandbox.faults.add({ path: '/file', url: 'one.example', status: 404 });
			await agency.run(workflowId);
			expect(rows()).toEqual([
				['Not published', expect.stringMatching(/is not there yet/)],
				['Published', null],
			]);
		});

		test.each([503, 'secondaryLimit', 401] as const)(
			'GitHub answers %s to the first client: the others are done, and the next run publishes it at no cost',
			async (status) => {
				agency.github.rejectNext({ request: /^GET .*one/, status });
				await agency.run(workflowId);
				expect(rows()).toEqual([
					['Not published', expect.stringMatching(/./)],
					['Published', null],
				]);
				await agency.run(workflowId);
				expect(rows().map(([one]) => one)).toEqual(['Published', 'Unchanged']);
				expect(bought(agency.sandbox)).toHaveLength(2);
			},
		);

		test('the response of GitHub is lost after the commit: the next run finds the file there and makes no second commit', async () => {
			agency.github.rejectNext({ request: /^PUT .*one/, status: 502, processed: true });
			await agency.run(workflowId);
			expect(rows()[0][0]).toBe('Not published');
			await agency.run(workflowId);
			expect(rows()[0][0]).toBe('Unchanged');
			expect(agency.repository('one').commits('main')).toHaveLength(2);
		});

		test('a repository that does not exist, or that the token may not see: the row says so', async () => {
			agency.repository('one').isVisible = false;
			await agency.run(workflowId);
			expect(rows()[0]).toEqual([
				'Not published',
				expect.stringMatching(/^GitHub shows no repository one\/website/),
			]);
		});

		test('the web server is down: the row says so, the others are done, and the next run publishes it', async () => {
			await agency.sftp.network.down();
			await agency.run(workflowId);
			expect(rows()).toEqual([
				['Published', null],
				['Not published', expect.stringMatching(/ECONNREFUSED|connect/i)],
			]);
			await agency.sftp.network.up();
			await agency.run(workflowId);
			expect(await agency.onServer('two/llms.txt')).toBe(await agency.newest('https://two.example'));
		});

		test('a folder that may not be written: the row says so', async () => {
			agency.list([{ Website: 'https://two.example', 'Publish To': 'sftp:/' }]);
			await agency.run(workflowId);
			expect(rows()).toEqual([['Not published', expect.stringMatching(/Permission denied/)]]);
		});

		test('GitHub rejects the new commit: the row says so', async () => {
			await agency.run(workflowId);
			agency.repository('one').isProtected.add('main');
			await generateAnew();
			expect(rows()).toEqual([
				['Not published', expect.stringMatching(/./)],
				['Published', null],
			]);
		});

		test('a file that belongs to another user of the web server: it stays, and the row says so', async () => {
			const folder = join(agency.sftp.root, 'two');
			await writeFile(join(folder, 'llms.txt'), '# Of root');
			await chown(folder, 0, 0);
			await chmod(folder, 0o1777);
			await agency.run(workflowId);
			expect(rows()).toEqual([
				['Published', null],
				['Not published', expect.stringMatching(/rename|Failure|denied/i)],
			]);
			expect(await agency.onServer('two/llms.txt')).toBe('# Of root');
		});

		test('steps that are deactivated, or have no credential: the rows that need them say so', async () => {
			await agency.edit(workflowId, ({ name }) =>
				name.startsWith('GitHub: ')
					? { disabled: true }
					: name.startsWith('SFTP: ')
						? { credentials: {} }
						: {},
			);
			agency.list([onGitHub, onServer, { Website: 'https://three.example' }]);
			await agency.run(workflowId);
			expect(rows()).toEqual([
				[
					'Not published',
					'The steps of the workflow that publish with github are deactivated, or have no credential.',
				],
				['Not published', expect.stringMatching(/sftp|credential/i)],
				['Generated', null],
			]);
		});
	});
