import { Assistants, callTool } from '../e2e/assistants';
import { AssistantWorkflow } from '../e2e/assistantWorkflow';
import { Account } from './account';
import type { RunningVersion } from './runningVersion';

const LONG_AGO = Date.now() - 40 * 86_400_000;
const PAGES = 30;

/** The workflow for AI assistants, as a user imports it: what it promises about credits. */
export const testAssistant = (running: () => RunningVersion) =>
	describe('the workflow for AI assistants', () => {
		let account: Account;
		let workflow: AssistantWorkflow;
		const assistants = new Assistants(() => running().api.url);
		beforeAll(async () => {
			account = await Account.open(running(), 'Account of the assistant');
			const { api } = account.n8n;
			workflow = await AssistantWorkflow.import(api, account.credential);
			const dataTable = await workflow.createTable();
			await workflow.publish({ dataTable, maxCreditsPerFile: PAGES, maxCreditsPerDay: 2 * PAGES });
		});
		afterAll(async () => {
			await assistants.closeAll();
			await account.n8n.api.deactivate(workflow.id);
			await account.close();
		});

		const sites = (count: number) => account.sandbox.sites.add(count, LONG_AGO);
		const charged = () => account.sandbox.jobs.charged({ startedBy: 'api' });
		const answer = async (tool: string, args: object) =>
			(await callTool(await assistants.connect(), tool, args)).text;

		test('says how old a file is and what a new one costs, and generates it once', async () => {
			const [{ url }] = sites(1);
			account.sandbox.websites.resize(url, 20);
			const checked = await answer('Check_Site', { site: url });
			expect(checked).toMatch(/ageInDays\W+40\b/);
			expect(checked).toMatch(/mostCredits\W+30\b/);
			expect(charged()).toBe(0);

			expect(await answer('Generate_File', { site: url, maxCredits: 20 })).toMatch(/jobId/);
			expect(await answer('Generate_File', { site: url, maxCredits: 20 })).toMatch(/nothing was paid/);
			expect(charged()).toBe(20);
		});

		test('never exceeds the limit for a day, also with calls at the same moment', async () => {
			const calls = sites(5).map(async ({ url }) => {
				account.sandbox.websites.resize(url, 500);
				return answer('Generate_File', { site: url, maxCredits: 1_000 });
			});
			const answers = await Promise.all(calls);

			expect(charged()).toBe(20 + PAGES);
			expect(answers.filter((text) => /nothing was paid.* 24 hours/.test(text))).toHaveLength(4);
		});

		test('refuses websites that nobody chose', async () => {
			const refused = await answer('Generate_File', { site: 'https://somebody.example', maxCredits: 5 });
			expect(refused).toMatch(/nothing was paid.* no such website/);
		});
	});
