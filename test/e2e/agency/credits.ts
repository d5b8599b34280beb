import axios from 'axios';
import { bought } from '../../generations';
import type { Agency } from './agency';

/** Estimates, the balance, and the message to Slack. */
export const testCredits = (agencyOf: () => Agency) =>
	describe('if the credits are not enough', () => {
		let agency: Agency;
		beforeEach(() => (agency = agencyOf()));
		const statuses = () => agency.rows.map(({ Status }) => Status);

		test('the clients that fit are done, the others wait, and Slack has a button to top up; then only those are paid', async () => {
			agency.setBalance(30);
			agency.list([
				{ ...agency.onGitHub('small'), 'Max URLs': 10 },
				{ Website: 'https://large.example', 'Max URLs': 12, Method: 'enhanced' },
				{ Website: 'https://medium.example', 'Max URLs': 12 },
			]);
			const workflowId = await agency.import();
			await agency.run(workflowId);

			expect(statuses()).toEqual(['Published', 'Waiting for credits', 'Generated']);
			expect(agency.rows[1]).toMatchObject({
				Credits: 0,
				'Last Run': null,
				Message: 'This takes about 24 credits. The balance was 30, and 20 of it were left for this client.',
			});
			const [{ channel, notification, lines, buttons }] = agency.slack.messages;
			expect(channel).toBe('#llms-txt');
			expect(notification).toBe('1 of 3 clients wait for LLM Generator credits.');
			expect(lines).toEqual([
				'1 of 3 clients wait for LLM Generator credits.',
				'The clients of this run need about 46 credits, and the balance was 30. After you top up, run the workflow again: clients that are done cost nothing.',
			]);
			expect(buttons).toEqual([
				{ label: 'Top up with Starter Pack', url: expect.stringMatching(/\/pay\//) as string },
			]);

			await axios.post(String(buttons[0].url), undefined, { proxy: false });
			await agency.run(workflowId);
			expect(statuses()).toEqual(['Unchanged', 'Generated', 'Generated']);
			expect(bought(agency.sandbox).sort()).toEqual([
				'https://large.example',
				'https://medium.example',
				'https://small.example',
			]);
			expect(agency.slack.messages).toHaveLength(1);
		});

		test('the client that has waited longest comes first, so that each of them has its turn', async () => {
			agency.list(['a', 'b', 'c'].map((name) => ({ Website: `https://${name}.example`, 'Max URLs': 10 })));
			// Every file is always too old.
			const workflowId = await agency.import({ 'Renew After (Days)': 0 });
			for (const [done, lastRuns] of [
				['a', ['', '', '']],
				['b', ['2026-01-03 06:00', '2026-01-01 06:00', '2026-01-02 06:00']],
				['c', ['2026-01-03 06:00', '2026-01-04 06:00', '2026-01-02 06:00']],
			] as const) {
				for (const [index, lastRun] of lastRuns.entries())
					agency.google.cells[index + 1][8] = lastRun || null;
				agency.setBalance(15);
				await agency.run(workflowId);
				expect(agency.rows.filter(({ Status }) => Status === 'Generated')).toEqual([
					expect.objectContaining({ Website: `https://${done}.example` }),
				]);
			}
		});

		test('the last cost is a better estimate than Max URLs', async () => {
			agency.setBalance(20);
			agency.sandbox.websites.resize('https://known.example', 14);
			agency.list([
				{ Website: 'https://unknown.example', 'Max URLs': 500 },
				{ Website: 'https://known.example', 'Max URLs': 500, 'Last Cost': 14 },
			]);
			await agency.run(await agency.import());
			expect(statuses()).toEqual(['Waiting for credits', 'Generated']);
		});

		test('a website that has grown costs more than last time: LLM Generator refuses it, and it waits', async () => {
			agency.setBalance(20);
			agency.list([{ Website: 'https://grown.example', 'Max URLs': 50, 'Last Cost': 5 }]);
			await agency.run(await agency.import());
			expect(agency.rows[0]).toMatchObject({ Status: 'Waiting for credits', 'Last Run': null });
			expect(agency.slack.messages[0].buttons).toHaveLength(1);
			expect(bought(agency.sandbox)).toEqual([]);
		});

		test('a file that is new enough costs nothing, also if the sheet knows nothing of it and the balance is 0', async () => {
			const rows = [agency.onGitHub('fresh'), { Website: 'fresh-too.example' }];
			agency.list(rows);
			const workflowId = await agency.import();
			await agency.run(workflowId);
			agency.list(rows);
			agency.setBalance(0);
			await agency.run(workflowId);

			expect(statuses()).toEqual(['Unchanged', 'Generated']);
			expect(agency.slack.messages).toEqual([]);
			expect(bought(agency.sandbox)).toHaveLength(2);
		});

		test('the balance and the sites are read once for all clients', async () => {
			agency.list(['a', 'b', 'c'].map((name) => ({ Website: `https://${name}.example` })));
			const workflowId = await agency.import();
			agency.sandbox.requests.clear();
			await agency.run(workflowId);
			const requests = (path: string) => agency.sandbox.requests.entries.filter((one) => one.path === path);
			expect(requests('/credits/balance/api')).toHaveLength(1);
			// Generate looks at the sites, too.
			expect(requests('/sites')).toHaveLength(2);
		});

		test('a new account without any site', async () => {
			agency.sandbox.reset({ rows: 0 });
			agency.setBalance(100);
			agency.list([{ Website: 'https://a.example' }]);
			await agency.run(await agency.import());
			expect(statuses()).toEqual(['Generated']);
		});

		test('and all wait: nothing is generated, and each row says so', async () => {
			agency.setBalance(3);
			agency.list([{ Website: 'https://a.example' }, { Website: 'https://b.example' }]);
			await agency.run(await agency.import());
			expect(statuses()).toEqual(['Waiting for credits', 'Waiting for credits']);
			expect(agency.slack.messages[0].lines[0]).toBe('2 of 2 clients wait for LLM Generator credits.');
		});

		test.each([
			['LLM Generator creates no links at the moment', '/credits/checkout'],
			['LLM Generator lists no packages at the moment', '/credits/packages'],
		])('%s: the message is posted without a button, and says why', async (_what, path) => {
			agency.sandbox.faults.add({ path, status: 503 });
			agency.setBalance(3);
			agency.list([{ Website: 'https://a.example' }]);
			await agency.run(await agency.import());
			const [{ lines, buttons }] = agency.slack.messages;
			expect(buttons).toEqual([]);
			expect(lines[0]).toBe('1 of 1 clients wait for LLM Generator credits.');
			expect(lines[2]).toBe(
				'There is no top-up button this time. You can buy credits in your LLM Generator dashboard.',
			);
			expect(lines.length).toBeGreaterThan(3);
		});

		test('if nothing fits, the largest package is offered', async () => {
			agency.setBalance(0);
			agency.list(['a', 'b', 'c'].map((name) => ({ Website: `https://${name}.example`, 'Max URLs': 1000 })));
			await agency.run(await agency.import());
			expect(agency.slack.messages).toHaveLength(1);
			expect(agency.slack.messages[0].buttons[0].label).toBe('Top up with Business Pack');
		});
	});
