import { bought } from '../../generations';
import type { Cell } from '../mocks/grid';
import { COLUMNS, type Agency, type ClientRow } from './agency';

/** What the sheet may hold, and what happens to it. */
export const testRows = (agencyOf: () => Agency) =>
	describe('the sheet', () => {
		let agency: Agency;
		beforeEach(() => (agency = agencyOf()));

		test('its own columns, formulas, blank rows and order of columns stay as they are', async () => {
			const columns = ['Notes', ...[...COLUMNS].reverse(), 'url', 'Contact'];
			const own = { Notes: { formula: '=1+1' }, url: 'our own', Contact: '+49 30 1234567' };
			const rows: ClientRow[] = [
				{ ...agency.onGitHub('first'), ...own },
				{},
				{ Contact: 'Clients of Ada' },
				{ Website: 'https://second.example', ...own },
			];
			agency.list(rows, columns);
			await agency.run(await agency.import());

			expect(agency.google.cells[0]).toEqual(columns);
			const isOwn = (name: string) =>
				['Notes', 'url', 'Contact', 'Method', 'Max URLs', 'Publish To'].includes(name);
			for (const [index, row] of rows.entries()) {
				for (const name of columns.filter(isOwn))
					expect(agency.rows[index][name] ?? null).toEqual(row[name] ?? null);
			}
			expect(agency.rows.map(({ Status }) => Status ?? null)).toEqual(['Published', null, null, 'Generated']);
			expect(agency.rows[0]['Last Run']).toMatch(/^\d{4}-/);
		});

		test('a website that is listed twice is paid and published once', async () => {
			const client = agency.onGitHub('twice');
			agency.list([
				client,
				{ Website: 'https://other.example' },
				client,
				{ ...client, Website: 'http://www.TWICE.example/' },
			]);
			await agency.run(await agency.import());

			expect(bought(agency.sandbox).sort()).toEqual(['https://other.example', 'https://twice.example']);
			expect(agency.repository('twice').commits('main')).toHaveLength(2);
			expect(agency.rows[0]).toMatchObject({
				Status: 'Published',
				Message: 'Also listed in row 4, 5, which was skipped.',
			});
			expect(agency.rows.slice(2).map(({ Status }) => Status ?? null)).toEqual([null, null]);
		});

		test('no client may overwrite the file of another one', async () => {
			const client = agency.onGitHub('copied');
			agency.list([
				client,
				{ Website: 'https://pasted.example', 'Publish To': 'github:Copied/website/public/llms.txt' },
			]);
			await agency.run(await agency.import());

			expect(bought(agency.sandbox)).toEqual(['https://copied.example']);
			expect(agency.rows[1]).toMatchObject({
				Status: 'Not generated',
				Message: 'Row 2 is published to the same place.',
			});
		});

		test.each<[string, ClientRow, RegExp]>([
			['a website that is not one', { Website: 'ask Ada' }, /^“ask Ada” is not the address of a website\.$/],
			['a method that is not one', { Method: 'fast' }, /^Method is “fast”\. Write simple or enhanced/],
			['Max URLs in words', { 'Max URLs': 'many' }, /^Max URLs is “many”\. Write a whole number/],
			['Max URLs 0', { 'Max URLs': 0 }, /^Max URLs is “0”\./],
			['Max URLs 2.5', { 'Max URLs': 2.5 }, /^Max URLs is “2\.5”\./],
			[
				'a place that is not one',
				{ 'Publish To': 'ftp.acme.example' },
				/^Publish To is “ftp\.acme\.example”\. Write github:/,
			],
			[
				'a repository without its owner',
				{ 'Publish To': 'github:website' },
				/^Publish To is “github:website”\./,
			],
			['a folder above', { 'Publish To': 'sftp:/acme/../etc' }, /^Publish To is /],
		])(
			'%s: the row says why, nothing is paid for it, and the others are done',
			async (_what, wrong, message) => {
				agency.list([{ Website: 'https://wrong.example', ...wrong }, { Website: 'right.example' }]);
				await agency.run(await agency.import());

				expect(agency.rows[0]).toMatchObject({ Status: 'Not generated', Credits: 0 });
				expect(agency.rows[0].Message).toMatch(message);
				expect(agency.rows[1]).toMatchObject({ Status: 'Generated' });
				expect(bought(agency.sandbox)).toEqual(['https://right.example']);
				expect(agency.slack.messages[0].lines[0]).toBe('1 of 2 clients are not done.');
			},
		);

		test('what is left empty has its default, and what is set is used', async () => {
			agency.list([
				{ Website: 'https://usual.example' },
				{ Website: 'https://special.example', Method: ' Enhanced ', 'Max URLs': '7' },
			]);
			await agency.run(await agency.import({ 'Max URLs If Empty': 9 }));

			const jobs = agency.sandbox.jobs.list({ startedBy: 'api' });
			// Files are generated side by side, so that either may be the first.
			expect(Object.fromEntries(jobs.map(({ url, options }) => [url, options]))).toEqual({
				'https://usual.example': { maxUrls: 9, generationMethod: 'simple', showFullText: false },
				'https://special.example': { maxUrls: 7, generationMethod: 'enhanced', showFullText: false },
			});
			expect(jobs).toHaveLength(2);
			expect(agency.rows.map(({ Credits }) => Credits)).toEqual([9, 14]);
		});

		test('rows that are inserted while the files are generated do not mix up the clients', async () => {
			agency.sandbox.generation.durationMs = 3000;
			agency.list([agency.onGitHub('upper'), { Website: 'https://lower.example', 'Max URLs': 'all' }]);
			const workflowId = await agency.import();
			const running = agency.run(workflowId);
			await agency.untilBought(1);
			agency.google.cells.splice(1, 0, ['https://new.example'] as Cell[]);
			await running;

			expect(agency.rows.map(({ Status }) => Status ?? null)).toEqual([null, 'Published', 'Not generated']);
		});

		test.each<[string, () => void, RegExp]>([
			[
				'a column is missing',
				() =>
					agency.list(
						[{ Website: 'https://a.example' }],
						COLUMNS.filter((name) => !['Hash', 'Message'].includes(name)),
					),
				/does not have the column Hash, Message\. .*Nothing was paid/,
			],
			['the sheet is empty', () => agency.google.reset(), /does not have the column Website, Method/],
			[
				'there is no client',
				() => agency.list([{}, { 'Publish To': 'sftp:/a' }]),
				/There is no client in the sheet/,
			],
		])('%s: the run stops before anything is paid, and says what to do', async (_what, prepare, message) => {
			prepare();
			const { status, error } = await agency.demo.api.runWorkflow(await agency.import(), 'Try It Now');
			expect(status).toBe('error');
			expect(error?.message).toMatch(message);
			expect(bought(agency.sandbox)).toEqual([]);
		});
	});
