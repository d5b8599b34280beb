import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { INode, INodeParameters } from 'n8n-workflow';
import type { Execution, SavedCredential } from '../../../demo/n8nApi';
import { startSandbox, type Sandbox } from '../../../sandbox/server';
import { setBalance } from '../../balance';
import { sandboxAccount } from '../../steps';
import { until } from '../../until';
import { startDemo, type RunningDemo } from '../demoProcess';
import { mockGitHub, type GitHubMock } from '../mocks/github';
import type { GitHubRepository } from '../mocks/githubRepository';
import { mockGoogleSheets, type GoogleSheetsMock } from '../mocks/googleSheets';
import type { Cell } from '../mocks/grid';
import { startHttpsProxy, type HttpsProxy } from '../mocks/httpsProxy';
import { mockSlack, type SlackMock } from '../mocks/slack';
import { startSftpServer, type SftpServer } from '../servers/sshd';
import { importTemplate, type Settings } from '../template';

/** The columns that the workflow needs, in the order of its note. */
export const COLUMNS = [
	'Website',
	'Method',
	'Max URLs',
	'Publish To',
	'Status',
	'Credits',
	'Last Cost',
	'Hash',
	'Last Run',
	'Message',
];

/** 60 clients take most of a minute, and longer on a busy machine. */
const LONGEST_RUN_MS = 240_000;

/** A row of the sheet, by the names of its columns. What is left out is empty. */
export type ClientRow = Record<string, Cell | undefined>;

const TEMPLATE = 'all-clients-google-sheets';
const TAB = 'Clients & more';

/** An agency with everything that its workflow “all clients” uses: n8n, an account, a sheet, Slack, GitHub and a web server. */
export class Agency {
	private readonly repositories = new Map<string, GitHubRepository>();

	private constructor(
		readonly proxy: HttpsProxy,
		readonly google: GoogleSheetsMock,
		readonly slack: SlackMock,
		readonly github: GitHubMock,
		readonly sftp: SftpServer,
		readonly sandbox: Sandbox,
		readonly demo: RunningDemo,
		private readonly credentials: Record<string, SavedCredential>,
	) {}

	static async open(): Promise<Agency> {
		const proxy = await startHttpsProxy();
		const google = await mockGoogleSheets(proxy, TAB);
		const slack = await mockSlack(proxy, ['general', 'llms-txt']);
		const github = await mockGitHub(proxy);
		const sftp = await startSftpServer();
		const sandbox = await startSandbox();
		const demo = await startDemo({ env: proxy.env });
		demo.api.limitMs = LONGEST_RUN_MS;
		const save = demo.api.saveCredential.bind(demo.api);
		const credentials = {
			'n8n-nodes-llmgenerator': await save(sandboxAccount('Account of the agency', sandbox)),
			'n8n-nodes-base.googleSheets': await save(google.credential),
			'n8n-nodes-base.slack': await save(slack.credential),
			'n8n-nodes-base.github': await save(github.credential),
			'n8n-nodes-base.ftp': await save(sftp.credential),
		};
		return new Agency(proxy, google, slack, github, sftp, sandbox, demo, credentials);
	}

	async close(): Promise<void> {
		await this.demo.clear();
		await this.sandbox.close();
		await this.sftp.close();
		await this.proxy.close();
	}

	/** Everything as it was at first: a full account, an empty sheet, no messages. */
	reset(): void {
		this.sandbox.reset({ rows: 30 });
		this.sandbox.generation.durationMs = 300;
		this.setBalance(5000);
		this.google.reset();
		this.slack.messages.length = 0;
		this.github.calls.length = 0;
	}

	/** A new sheet with these clients. */
	list(rows: ClientRow[], columns = COLUMNS): void {
		this.google.reset([columns]);
		for (const row of rows) {
			const last = columns.findLastIndex((name) => (row[name] ?? null) !== null);
			this.google.cells.push(columns.slice(0, last + 1).map((name) => row[name] ?? null));
		}
	}

	/** The rows as they are in the sheet now. */
	get rows(): ClientRow[] {
		const [header, ...rows] = this.google.cells;
		return rows.map((row) => Object.fromEntries(header.map((name, at) => [name as string, row[at] ?? null])));
	}

	row(website: string): ClientRow {
		return this.rows.find(({ Website }) => Website === website)!;
	}

	setBalance(credits: number): void {
		setBalance(this.sandbox.ledger, credits);
	}

	/** Waits until so many generations have started. */
	async untilBought(count: number): Promise<void> {
		const isStarted = () => this.sandbox.jobs.list({ startedBy: 'api' }).length >= count;
		await until(isStarted, `There were not ${count} generations`);
	}

	/** The text of the newest file of a site, as LLM Generator serves it. */
	async newest(url: string): Promise<string> {
		const site = this.sandbox.sites.all().find((one) => one.url === url)!;
		return (await fetch(`${this.sandbox.baseUrl}/file/${site.id}`)).text();
	}

	/** What a client wants that is published with GitHub, in a repository of its own. */
	onGitHub(name: string): ClientRow & { Website: string } {
		this.repositories.set(name, this.github.create(`${name}/website`, { 'README.md': '# Website' }));
		return { Website: `https://${name}.example`, 'Publish To': `github:${name}/website/public` };
	}

	/** The file that is published in the repository of such a client, or undefined. */
	inRepository(name: string): string | undefined {
		return this.repository(name).file('main', 'public/llms.txt')?.toString();
	}

	repository(name: string): GitHubRepository {
		return this.repositories.get(name)!;
	}

	/** What a client wants that is published with SFTP, in a folder of its own. */
	async onWebServer(name: string): Promise<ClientRow & { Website: string }> {
		await this.sftp.addFolder(name);
		return { Website: `https://${name}.example`, 'Publish To': `sftp:/${name}` };
	}

	/** A file on the web server, or undefined. */
	async onServer(path: string): Promise<string | undefined> {
		return readFile(join(this.sftp.root, path), 'utf8').catch(() => undefined);
	}

	/**
	 * Imports the workflow, and fills in its empty fields.
	 *
	 * @param changed other settings that a user changes
	 * @param fields other fields that a user changes, by the name of the step
	 */
	async import(changed: Settings = {}, fields: Record<string, INodeParameters> = {}): Promise<string> {
		return importTemplate(this.demo.api, TEMPLATE, {
			credentials: this.credentials,
			settings: { 'Spreadsheet URL': this.google.link, 'Sheet Name': TAB, ...changed },
			fields,
		});
	}

	/** “Execute workflow” at Try It Now, to its end. */
	async run(workflowId: string): Promise<Execution> {
		const execution = await this.demo.api.runWorkflow(workflowId, 'Try It Now');
		expect({ status: execution.status, error: execution.error?.message }).toEqual({ status: 'success' });
		return execution;
	}

	/** Changes steps of the saved workflow, as a user does in the editor. */
	async edit(workflowId: string, change: (step: INode) => Partial<INode>): Promise<void> {
		await this.demo.api.editWorkflow(workflowId, ({ nodes }) => ({
			nodes: nodes.map((step) => ({ ...step, ...change(step) })),
		}));
	}
}
