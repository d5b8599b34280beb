import type { INodeParameters } from 'n8n-workflow';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Execution, SavedCredential } from '../../../demo/n8nApi';
import { llmsTxt } from '../../../sandbox/generation/files';
import { startSandbox, type Sandbox } from '../../../sandbox/server';
import { bought } from '../../generations';
import { sandboxAccount } from '../../steps';
import { until } from '../../until';
import { startBySchedule } from '../bySchedule';
import { startDemo, type RunningDemo } from '../demoProcess';
import { startHttpsProxy, type HttpsProxy } from '../mocks/httpsProxy';
import { mockSlack, type SlackMock } from '../mocks/slack';
import { startS3Server, type S3Server } from '../servers/s3';
import { startSftpServer, type SftpServer } from '../servers/sshd';
import { importTemplate, type Settings } from '../template';

const TEMPLATE = 'publish-to-server';
export const WEBSITE = 'https://www.harbour-coffee.example';

/** An n8n with the template, and everything that the template talks to. */
export class Publisher {
	proxy!: HttpsProxy;
	slack!: SlackMock;
	sandbox!: Sandbox;
	sftp!: SftpServer;
	s3!: S3Server;
	demo!: RunningDemo;
	private credentials: Record<string, SavedCredential> = {};

	async start(): Promise<void> {
		this.proxy = await startHttpsProxy();
		this.slack = await mockSlack(this.proxy, ['general']);
		this.sandbox = await startSandbox({ generation: { durationMs: 0 } });
		this.sftp = await startSftpServer();
		this.s3 = await startS3Server();
		this.demo = await startDemo({ env: this.proxy.env });
		const { api } = this.demo;
		const account = await api.saveCredential(sandboxAccount('Account of the publisher', this.sandbox));
		this.credentials = {
			'n8n-nodes-llmgenerator': account,
			'n8n-nodes-base.slack': await api.saveCredential(this.slack.credential),
			'n8n-nodes-base.ftp': await api.saveCredential(this.sftp.credential),
			'n8n-nodes-base.s3': await api.saveCredential(this.s3.credential),
		};
	}

	async stop(): Promise<void> {
		// Undefined if they did not start.
		await (this.demo as RunningDemo | undefined)?.clear();
		await (this.s3 as S3Server | undefined)?.close();
		await (this.sftp as SftpServer | undefined)?.close();
		await (this.sandbox as Sandbox | undefined)?.close();
		await this.proxy.close();
	}

	/** Starts n8n again, after it was killed. */
	async restart(): Promise<void> {
		this.demo = await startDemo({ home: this.demo.home, env: this.proxy.env });
	}

	/** A new account, a Slack without messages, and perfect lines. */
	async reset(): Promise<void> {
		this.sandbox.reset();
		this.slack.messages.length = 0;
		this.slack.channels = ['general'];
		await this.sftp.network.reset();
	}

	/** An empty folder of the website on the server; returns its path. */
	async newWebsite(): Promise<string> {
		await rm(join(this.sftp.root, 'public_html'), { recursive: true, force: true });
		return this.sftp.addFolder('public_html');
	}

	/** Imports the template and fills in its settings. */
	async import(settings: Settings = {}, fields: Record<string, INodeParameters> = {}): Promise<string> {
		return importTemplate(this.demo.api, TEMPLATE, {
			credentials: this.credentials,
			settings: { website: WEBSITE, ...settings },
			fields,
		});
	}

	/** Executes Try It Now. */
	async run(workflowId: string): Promise<Execution> {
		return this.demo.api.runWorkflow(workflowId, 'Try It Now');
	}

	/** The same, and it succeeds. */
	async publish(workflowId: string): Promise<Execution> {
		const execution = await this.run(workflowId);
		expect({ status: execution.status, error: execution.error }).toEqual({ status: 'success' });
		return execution;
	}

	/**
	 * Lets the schedule start the workflow once, and returns its executions: if the run fails, n8n starts a second one,
	 * which reports it. The workflow must be active for that.
	 */
	async runBySchedule(settings: Settings, executions: number): Promise<Execution[]> {
		const { api } = this.demo;
		const id = await this.import(settings);
		await startBySchedule(api, id, 'Every Night');
		await until(
			async () => (await api.executionsOf(id)).length >= executions,
			async () => `There are ${(await api.executionIdsOf(id)).length} executions instead of ${executions}`,
		);
		await api.deactivate(id);
		const all = await api.executionsOf(id);
		expect(all).toHaveLength(executions);
		return all;
	}

	/** The file as LLM Generator has it now. */
	get generated(): string {
		const { files } = this.sandbox.sites.at(WEBSITE) ?? {};
		return files ? llmsTxt(files) : '';
	}

	/** LLM Generator has a new text from now on, with the same links. */
	regenerate(): void {
		const site = this.sandbox.sites.at(WEBSITE);
		if (site) this.sandbox.sites.regenerate(site, Date.now());
	}

	/** LLM Generator returns exactly this file from now on. */
	serve(file: string): void {
		this.sandbox.faults.clear();
		this.sandbox.faults.add({ path: '/file', rawBody: file, headers: { 'content-type': 'text/plain' } });
	}

	/** How many files were paid for. */
	get paid(): number {
		return bought(this.sandbox).length;
	}

	/** The messages in Slack, as lines. */
	get posted(): string[][] {
		return this.slack.messages.map(({ lines }) => lines);
	}
}
