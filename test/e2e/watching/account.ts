import type { SavedCredential } from '../../../demo/n8nApi';
import { llmsTxt } from '../../../sandbox/generation/files';
import { DEFAULT_OPTIONS } from '../../../sandbox/generation/options';
import { Sites, type Site } from '../../../sandbox/generation/sites';
import { Ledger } from '../../../sandbox/ledger';
import { startSandbox, type Sandbox } from '../../../sandbox/server';
import { sandboxAccount } from '../../steps';
import { startDemo, type RunningDemo } from '../demoProcess';
import { startHttpsProxy, type HttpsProxy } from '../mocks/httpsProxy';
import { mockSlack, type SlackMock } from '../mocks/slack';
import { mockWebsite, textFile, type Answer, type WebsiteMock } from '../mocks/websites';
import type { Settings } from '../template';
import { Watch } from './watch';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Hosts that n8n looks for by itself, and not through the proxy. */
const NO_PROXY = 'localhost,127.0.0.1,nowhere.invalid';

/** A site of the account, and its website. */
export interface WatchedSite extends WebsiteMock {
	site: Site;
	/** The addresses in the file. */
	links: string[];
	/** The file that was generated last. */
	text(): string;
}

/** An n8n, and an account of LLM Generator whose websites it watches. */
export class WatchedAccount {
	demo!: RunningDemo;
	private credentials: Record<string, SavedCredential> = {};
	private balance = 0;

	private constructor(
		readonly proxy: HttpsProxy,
		readonly slack: SlackMock,
		readonly sandbox: Sandbox,
	) {}

	static async start(): Promise<WatchedAccount> {
		const proxy = await startHttpsProxy();
		const account = new WatchedAccount(proxy, await mockSlack(proxy), await startSandbox());
		await account.startN8n();
		const { api } = account.demo;
		account.credentials = {
			'n8n-nodes-llmgenerator': await api.saveCredential(sandboxAccount('Watched account', account.sandbox)),
			'n8n-nodes-base.slack': await api.saveCredential(account.slack.credential),
		};
		return account;
	}

	async restartN8n(): Promise<void> {
		await this.demo.stop();
		await this.startN8n(this.demo.home);
	}

	async close(): Promise<void> {
		// Undefined if it did not start.
		await (this.demo as RunningDemo | undefined)?.clear();
		await this.sandbox.close();
		await this.proxy.close();
	}

	/** Before each test: an account without sites, and an empty channel. */
	empty(): void {
		const { sandbox, slack } = this;
		sandbox.sites = new Sites(new Ledger([]));
		sandbox.faults.clear();
		sandbox.requests.clear();
		slack.messages.length = 0;
		slack.channels = ['general', 'credits'];
		this.balance = sandbox.ledger.balance;
	}

	/** After each test: nothing was asked for but what the test knows, and nothing was paid. */
	expectNothingElse(): void {
		const { sandbox, proxy } = this;
		expect(proxy.unexpected).toEqual([]);
		expect(sandbox.ledger.balance).toBe(this.balance);
		expect(sandbox.requests.entries.filter(({ method }) => method !== 'GET')).toEqual([]);
	}

	/** The lines of all messages since the last call. */
	news(): string[] {
		return this.slack.messages.splice(0).flatMap(({ lines }) => lines);
	}

	/** Imports the workflow. It posts to #credits. */
	async importWatch(settings: Settings = {}): Promise<Watch> {
		return Watch.import(() => this.demo.api, this.credentials, { slackChannel: '#credits', ...settings });
	}

	/**
	 * Adds a site that was generated ten days ago. Its website has the file.
	 *
	 * @param paths what the website answers elsewhere, or in place of the file
	 */
	async add(host: string, paths: Record<string, Answer> = {}): Promise<WatchedSite> {
		const site = this.addToAccount(`https://${host}`);
		const text = () => llmsTxt(site.files!);
		const links = [...text().matchAll(/\]\((\S+)\)/g)].map(([, link]) => link);
		const website = await mockWebsite(this.proxy, host);
		website.paths = { '/llms.txt': () => textFile(text()), ...paths };
		return Object.assign(website, { site, links, text });
	}

	/** Adds a site without a website. */
	addToAccount(url: string, daysAgo = 10): Site {
		const { sites } = this.sandbox;
		return sites.regenerate(sites.createOrUpdate(url, DEFAULT_OPTIONS, Date.now() - daysAgo * DAY_MS));
	}

	private async startN8n(home?: string): Promise<void> {
		this.demo = await startDemo({ home, env: { ...this.proxy.env, NO_PROXY, no_proxy: NO_PROXY } });
	}
}
