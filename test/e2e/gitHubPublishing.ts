import axios from 'axios';
import type { INodeParameters } from 'n8n-workflow';
import type { SavedCredential } from '../../demo/n8nApi';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { sandboxAccount } from '../steps';
import { eventually } from '../until';
import { startBySchedule } from './bySchedule';
import { killAndRestart, startDemo, type RunningDemo } from './demoProcess';
import { mockGitHub, type GitHubMock } from './mocks/github';
import type { GitHubRepository } from './mocks/githubRepository';
import { startHttpsProxy, type HttpsProxy } from './mocks/httpsProxy';
import { mockSlack, type SlackMock } from './mocks/slack';
import { importTemplate, type Settings } from './template';

export const WEBSITE = 'https://www.harbour-coffee.example';
/** The branch of pull requests. */
export const UPDATE = 'llms-txt-update';
export const OLD = llmsTxt({ '/': 'Home', '/old': 'Old page' });
export const NEW = llmsTxt({ '/': 'Home', '/tea': 'Tea', '/cake': 'Cake' });
/** What is new in it. */
export const NEWS = '2 links added, 1 link removed';

/** A file as LLM Generator makes it: titles by path. */
export function llmsTxt(pages: Record<string, string>): string {
	const links = Object.entries(pages).map(([path, title]) => `- [${title}](${WEBSITE}${path})`);
	return `# Harbour Coffee\n\n## Pages\n\n${links.join('\n')}\n`;
}

/** An n8n with the workflow publish-to-github, and everything that it works with. */
export class GitHubPublishing {
	/** It has the old file; new in each test. */
	repository!: GitHubRepository;
	/** New in each test. */
	workflowId!: string;

	private constructor(
		readonly proxy: HttpsProxy,
		readonly github: GitHubMock,
		readonly slack: SlackMock,
		readonly sandbox: Sandbox,
		private readonly credentials: Record<string, SavedCredential>,
		private n8n: RunningDemo,
	) {}

	static async start(): Promise<GitHubPublishing> {
		const proxy = await startHttpsProxy();
		const github = await mockGitHub(proxy);
		const slack = await mockSlack(proxy, ['website']);
		const sandbox = await startSandbox();
		const demo = await startDemo({ env: proxy.env });
		const account = sandboxAccount('Account of the website', sandbox);
		const gitHubCredential = await demo.api.saveCredential(github.credential);
		const credentials = {
			'n8n-nodes-llmgenerator': await demo.api.saveCredential(account),
			'n8n-nodes-base.github': gitHubCredential,
			'n8n-nodes-base.httpRequest': gitHubCredential,
			'n8n-nodes-base.slack': await demo.api.saveCredential(slack.credential),
		};
		return new GitHubPublishing(proxy, github, slack, sandbox, credentials, demo);
	}

	get demo(): RunningDemo {
		return this.n8n;
	}

	async close(): Promise<void> {
		await this.n8n.clear();
		await this.sandbox.close();
		await this.proxy.close();
	}

	/** Begins a test: a new account whose website has changed, a new repository, and the workflow with these settings. */
	async begin(settings: Settings = {}): Promise<void> {
		this.newDay(NEW);
		this.sandbox.generation.durationMs = 100;
		this.slack.messages.length = 0;
		this.slack.channels = ['website'];
		this.repository = this.github.create('acme/website', {
			'llms.txt': OLD,
			'index.html': '<h1>Coffee</h1>',
		});
		await this.import(settings);
		this.github.calls.length = 0;
	}

	/** There is no file of the website that could be used again; the next one has this text. */
	newDay(text: string): void {
		this.sandbox.reset();
		this.sandbox.websites.setText(WEBSITE, text);
	}

	/** Imports the template, and fills in the step Settings as a user does. */
	async import(settings: Settings = {}, fields: Record<string, INodeParameters> = {}): Promise<void> {
		this.workflowId = await importTemplate(this.demo.api, 'publish-to-github', {
			credentials: this.credentials,
			settings: { ...FILLED_IN, ...settings },
			fields,
		});
	}

	/** Runs the workflow by hand, successfully. */
	async run(): Promise<void> {
		const { status, error } = await this.demo.api.runWorkflow(this.workflowId, 'Try It Now');
		expect({ status, error }).toEqual({ status: 'success', error: undefined });
	}

	/** The same, but the schedule starts it. */
	async runBySchedule(): Promise<void> {
		const { api } = this.demo;
		const id = await startBySchedule(api, this.workflowId, 'Every Week');
		await eventually(async () => expect(await api.executionStatus(id)).toBe('success'));
		await api.deactivate(this.workflowId);
	}

	/** Runs the workflow, which fails, and returns what it says. */
	async failure(): Promise<string> {
		const { status, error } = await this.demo.api.runWorkflow(this.workflowId, 'Try It Now');
		expect(status).toBe('error');
		return String(error?.message);
	}

	/** The file in a branch. */
	published(branch = 'main'): string | undefined {
		return this.repository.file(branch, 'llms.txt')?.toString();
	}

	/** How often a file was paid for since the account is new. */
	get generations(): number {
		return this.sandbox.jobs.list().length;
	}

	/** The requests that change something in GitHub. */
	get writes(): string[] {
		return this.github.calls.filter((call) => !call.startsWith('GET'));
	}

	/** Publishes the workflow, so that it can be called; after a call, it waits for this time. */
	async listen(quiet: { amount: number; unit: string }): Promise<void> {
		await this.import({}, { 'Wait Until It Is Quiet': quiet });
		await this.demo.api.activate(this.workflowId);
	}

	/** The content management system says that something was published. */
	async call(): Promise<void> {
		const url = `${this.demo.n8nUrl}/webhook/llms-txt-just-published`;
		expect((await axios.post(url, {}, { proxy: false })).status).toBe(200);
	}

	async statuses(): Promise<string[]> {
		return this.demo.api.executionStatusesOf(this.workflowId);
	}

	/** Waits until so many executions have ended, all successfully. */
	async ended(count: number): Promise<void> {
		await eventually(async () => expect(await this.statuses()).toEqual(Array(count).fill('success')));
		await this.demo.api.deactivate(this.workflowId);
	}

	/** Kills n8n without a warning, and starts it again. */
	async killAndStart(): Promise<void> {
		this.n8n = await killAndRestart(this.demo, this.proxy.env);
	}
}

/** What a user fills in; the rest is as in the template. */
const FILLED_IN = {
	website: WEBSITE,
	maxUrls: 10,
	owner: 'acme',
	repository: 'website',
	slackChannel: '#website',
};
