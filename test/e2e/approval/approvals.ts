import axios, { type AxiosResponse } from 'axios';
import type { Execution, SavedCredential } from '../../../demo/n8nApi';
import type { Generation } from '../../../sandbox/generation/generation';
import type { Site } from '../../../sandbox/generation/sites';
import { startSandbox, type Sandbox } from '../../../sandbox/server';
import { sandboxAccount } from '../../steps';
import { until } from '../../until';
import { killAndRestart, startDemo, type RunningDemo } from '../demoProcess';
import { startHttpsProxy, type HttpsProxy } from '../mocks/httpsProxy';
import { mockSlack, type RenderedMessage, type SlackMock } from '../mocks/slack';
import { importTemplate, type Settings } from '../template';

const TEMPLATE = 'approve-before-spending';
/** n8n ignores the links if a robot opens them, so a person's browser says what it is. */
const BROWSER =
	'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36';
/** n8n looks for executions whose time has come once a minute. */
const RESUMES_WITHIN_MS = 100_000;

/** A question in Slack, and the execution that waits for the answer. */
export interface Question extends RenderedMessage {
	workflowId: string;
	executionId: string;
	approve: string;
	decline: string;
}

/** A workspace in Slack, an account, and an n8n with the workflow that asks before credits are spent. */
export class Approvals {
	private constructor(
		readonly proxy: HttpsProxy,
		readonly slack: SlackMock,
		/** It keeps running when n8n is killed. */
		readonly sandbox: Sandbox,
		public demo: RunningDemo,
		private readonly credentials: Record<string, SavedCredential>,
	) {}

	static async start(): Promise<Approvals> {
		const proxy = await startHttpsProxy();
		const slack = await mockSlack(proxy);
		const sandbox = await startSandbox();
		const demo = await startDemo({ env: proxy.env });
		return new Approvals(proxy, slack, sandbox, demo, {
			'n8n-nodes-llmgenerator': await demo.api.saveCredential(sandboxAccount('Account', sandbox)),
			'n8n-nodes-base.slack': await demo.api.saveCredential(slack.credential),
		});
	}

	async clear(): Promise<void> {
		await this.demo.clear();
		await this.sandbox.close();
		await this.proxy.close();
	}

	/** A new account with this many credits, and an empty Slack. */
	reset(credits = 500): void {
		this.sandbox.reset({ rows: 0 });
		Object.assign(this.sandbox.generation, { manner: 'queued', durationMs: 4000, plan: undefined });
		if (credits > 0) {
			const createdAt = new Date(Date.now() - 48 * 3_600_000).toISOString();
			this.sandbox.ledger.book({ type: 'purchase', amount: credits, createdAt });
		}
		this.slack.messages.length = 0;
		this.slack.channels = ['general', 'credits'];
	}

	/** LLM Generator answers the start of a generation with the finished file, as its API reference shows. */
	answersAtOnce(): void {
		Object.assign(this.sandbox.generation, { manner: 'synchronous', durationMs: 200 });
	}

	/** A colleague uses the account at this moment, with the settings of the tests. */
	generatedBySomebodyElse(url: string): Site {
		const { jobs } = this.sandbox;
		const job = jobs.start({ url, options: { maxUrls: 20 } });
		jobs.finish(job);
		return job.site;
	}

	/** Imports the workflow with these settings, in addition to those of the template. */
	async import(settings: Settings): Promise<string> {
		return importTemplate(this.demo.api, TEMPLATE, { credentials: this.credentials, settings });
	}

	/** Executes a trigger, and returns the ID of the execution. */
	async start(
		settings: Settings,
		trigger = 'Try It Now',
	): Promise<{ workflowId: string; executionId: string }> {
		const workflowId = await this.import(settings);
		return { workflowId, executionId: await this.demo.api.startWorkflow(workflowId, trigger) };
	}

	/** The same; returns the question when it is in Slack and the execution waits for the answer. */
	async ask(settings: Settings, trigger?: string): Promise<Question> {
		const started = await this.start(settings, trigger);
		return { ...started, ...(await this.question(started.executionId)) };
	}

	/** A colleague asks with the form of the active workflow. Returns the page of the form. */
	async submitForm(website: string, reason: string): Promise<string> {
		const address = `${this.demo.n8nUrl}/form/ask-for-a-website`;
		const answers = { 'field-0': website, 'field-1': reason };
		const form = (await axios.get<string>(address, { proxy: false })).data;
		await axios.postForm(address, answers, { proxy: false });
		return form;
	}

	async question(executionId: string): Promise<Omit<Question, 'workflowId'>> {
		const isFor = ({ buttons }: RenderedMessage) =>
			buttons.some(({ url }) => url?.includes(`/webhook-waiting/${executionId}/`));
		const message = await until(() => this.slack.messages.find(isFor), 'There is no question in Slack');
		await this.untilWaiting(executionId);
		const [decline, approve] = message.buttons.map(({ url }) => String(url));
		return { ...message, executionId, approve, decline };
	}

	async untilWaiting(executionId: string): Promise<void> {
		const isWaiting = async () => (await this.demo.api.executionStatus(executionId)) === 'waiting';
		await until(isWaiting, `Execution ${executionId} does not wait`, RESUMES_WITHIN_MS);
	}

	/** Opens a link, by default as a person does. After a restart, n8n has another port here, but still the same address. */
	async open(link: string, userAgent = BROWSER): Promise<AxiosResponse<string>> {
		const { host, pathname, search } = new URL(link);
		return axios.get<string>(`${this.demo.n8nUrl}${pathname}${search}`, {
			headers: { Host: host, 'User-Agent': userAgent },
			proxy: false,
			validateStatus: () => true,
		});
	}

	/** The execution when it has ended, which may take several rounds of Wait. */
	async ended({ executionId }: { executionId: string }, limitMs = RESUMES_WITHIN_MS): Promise<Execution> {
		const hasEnded = async () =>
			!['new', 'running', 'waiting'].includes(await this.demo.api.executionStatus(executionId));
		await until(hasEnded, `Execution ${executionId} has not ended`, limitMs);
		return this.demo.api.execution(executionId);
	}

	/** The IDs of the executions that n8n is working on. */
	async runningExecutions(): Promise<string[]> {
		return this.demo.api.executionIdsWith('running');
	}

	/** What the workflow has posted in the end: each message as one text. */
	get posted(): string[] {
		return this.slack.messages
			.filter(({ buttons }) => buttons.length === 0)
			.map(({ lines }) => lines.join('\n'));
	}

	/** The generations that were paid. */
	get generations(): Generation[] {
		return this.sandbox.jobs.list({ startedBy: 'api' });
	}

	/** Kills n8n as a power cut does, and starts it again. */
	async killN8n(): Promise<void> {
		this.demo = await killAndRestart(this.demo, this.proxy.env);
	}
}
