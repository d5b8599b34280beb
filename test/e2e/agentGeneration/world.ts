import type { Site } from '../../../sandbox/generation/sites';
import { DEFAULT_OPTIONS } from '../../../sandbox/generation/options';
import { DEFAULT_SETTINGS } from '../../../sandbox/generation/settings';
import { startSandbox, type Sandbox } from '../../../sandbox/server';
import type { ToolResult } from '../../mcp';
import { sandboxAccount } from '../../steps';
import { eventually } from '../../until';
import { Assistants, callTool, rows } from '../assistants';
import { AssistantWorkflow, type Settings } from '../assistantWorkflow';
import { startDemo, type RunningDemo } from '../demoProcess';

const DAY_MS = 86_400_000;
export const LONG_AGO = Date.now() - 40.5 * DAY_MS;
export const NOTHING_PAID = 'Nothing was generated and nothing was paid';
/** As the template has them. */
export const PER_FILE = 100;
export const PER_DAY = 200;

export let demo: RunningDemo;
export let sandbox: Sandbox;
export let workflow: AssistantWorkflow;
export let account: ReturnType<typeof sandboxAccount>;
/** The data table of the test. */
export let table: string;
export const assistants = new Assistants(() => demo.n8nUrl);

/** Starts an n8n with the workflow, and an account for each test. */
export function useAssistant(): void {
	beforeAll(async () => {
		sandbox = await startSandbox();
		demo = await startDemo();
		account = sandboxAccount('Account of the assistant', sandbox);
		workflow = await AssistantWorkflow.import(demo.api, await demo.api.saveCredential(account));
	});
	beforeEach(async () => {
		sandbox.reset();
		sandbox.ledger.adjust(5_000);
		Object.assign(sandbox.generation, DEFAULT_SETTINGS, { durationMs: 100, plan: undefined });
		sandbox.requests.clear();
		table = await workflow.createTable();
		await settings({});
	});
	afterEach(async () => assistants.closeAll());
	afterAll(async () => {
		// Undefined if it did not start.
		await (demo as RunningDemo | undefined)?.clear();
		await sandbox.close();
	});
}

/** Fills in the step Settings; what is left out keeps the value of the template. */
export async function settings(values: Settings): Promise<void> {
	const template = {
		maxCreditsPerFile: PER_FILE,
		maxCreditsPerDay: PER_DAY,
		newWebsites: '',
		reuseWithinHours: 24,
	};
	await workflow.publish({ ...template, dataTable: table, ...values });
}

/** A website of the account whose file was generated long ago; it has this many pages now. */
export function oldSite(pages = 30): Site {
	const [site] = sandbox.sites.add(1, LONG_AGO);
	site.lastGenerationOptions = { ...DEFAULT_OPTIONS };
	sandbox.websites.resize(site.url, pages);
	return site;
}

export async function call(tool: string, args: object): Promise<ToolResult> {
	return callTool(await assistants.connect(), tool, args);
}

export async function row(tool: string, args: object) {
	return (await rows(await assistants.connect(), tool, args))[0];
}

export const check = async (site: string, more = {}) => row('Check_Site', { site, ...more });
export const generate = async (site: string, maxCredits: unknown = PER_FILE, more = {}) =>
	row('Generate_File', { site, maxCredits, ...more });

/** What was bought: the bodies of the requests. */
export const bought = () =>
	sandbox.jobs.list({ startedBy: 'api' }).map(({ url, options }) => ({ url, ...options }));
export const charged = () => sandbox.jobs.charged({ startedBy: 'api' });
/** The credits of each reservation in the data table. */
export const reserved = async () => (await demo.api.dataTableRows(table)).map(({ credits }) => credits);
export const untilReady = async (site: Site) =>
	eventually(async () => expect((await check(site.url)).status).toBe('completed'));
