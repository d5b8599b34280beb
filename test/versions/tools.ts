import type { INode } from 'n8n-workflow';
import { asAgent, callTool, fromAgent, mcpWorkflow, toolStep, type ToolResult } from '../mcp';
import { siteBy } from '../sites';
import { Account } from './account';
import type { RunningVersion } from './runningVersion';

const ONE = 'https://one.example';
const PATH = 'sites-and-plans';

/** By the name that the model calls. */
const TOOLS: Record<string, INode['parameters']> = {
	Get_Sites: { resource: 'site', operation: 'getAll', limit: 2 },
	Get_Site: { resource: 'site', operation: 'get', siteId: siteBy('url', fromAgent('site')) },
	Get_URLs: { resource: 'site', operation: 'getUrls', siteId: siteBy('id', fromAgent('site')), limit: 3 },
	Get_Subscription: { resource: 'subscription', operation: 'get' },
	Get_Packages: { resource: 'credit', operation: 'getPackages' },
};

/** The operations as tools of an AI agent, through n8n's own MCP server. */
export const testTools = (running: () => RunningVersion) =>
	describe('as tools of an AI agent', () => {
		let account: Account;
		let workflowId: string;
		beforeAll(async () => {
			account = await Account.open(running(), 'Account of the agent');
			const { jobs } = account.sandbox;
			jobs.finish(jobs.start({ url: ONE }));
			const tools = Object.entries(TOOLS).map(([name, parameters]) =>
				toolStep(name.replaceAll('_', ' '), parameters, account.credential),
			);
			const { api } = account.n8n;
			workflowId = await api.importWorkflow(mcpWorkflow(PATH, tools));
			await api.activate(workflowId);
		});
		afterAll(async () => {
			await account.n8n.api.deactivate(workflowId);
			await account.close();
		});

		const call = async (tool: string, args: object = {}): Promise<ToolResult> =>
			asAgent(account.n8n.api.url, PATH, (agent) => callTool(agent, tool, args));
		const rows = async (tool: string, args?: object) => {
			const { failed, text } = await call(tool, args);
			expect({ failed, text }).toMatchObject({ failed: false });
			return JSON.parse(text) as Array<Record<string, unknown>>;
		};

		test('describe themselves in a sentence that a model understands', async () => {
			const { tools } = await asAgent(account.n8n.api.url, PATH, (agent) => agent.listTools());

			expect(tools.map(({ name }) => name).sort()).toEqual(Object.keys(TOOLS).sort());
			for (const { description } of tools) expect(description).toMatch(/\w+ \w+ \w+.* LLM Generator/);
		});

		test('return what the API answers', async () => {
			const { sites } = await account.answer<{ sites: unknown[] }>('/sites');
			expect(await rows('Get_Sites')).toEqual(sites.slice(0, 2));
			const { id } = account.sandbox.sites.at(ONE)!;
			expect(await rows('Get_Site', { site: ONE })).toEqual([await account.answer(`/sites/${id}`)]);
			const { urls } = await account.answer<{ urls: unknown[] }>(`/sites/${id}/urls?limit=3`);
			expect(await rows('Get_URLs', { site: id })).toEqual(urls);
			const subscription = await account.answer('/subscriptions/current/api');
			expect(await rows('Get_Subscription')).toEqual([subscription]);
			expect((await rows('Get_Packages')).map((each) => each.id)).toContain('pkg_pro');
		});

		test('say what to do if a call cannot succeed', async () => {
			const { failed, text } = await call('Get_URLs', { site: 'not-there' });
			expect({ failed, text }).toEqual({
				failed: true,
				text: expect.stringMatching(/This account has no site .*not-there/) as string,
			});
		});
	});
