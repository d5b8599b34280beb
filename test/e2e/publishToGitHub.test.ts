import axios from 'axios';
import type { INodeParameters } from 'n8n-workflow';
import type { SavedCredential } from '../../demo/n8nApi';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { sandboxAccount } from '../steps';
import { eventually } from '../until';
import { takeWorkflowPictures } from './browser/workflowPictures';
import { startDemo, type RunningDemo } from './demoProcess';
import { mockGitHub, type GitHubFault, type GitHubMock } from './mocks/github';
import type { GitHubRepository } from './mocks/githubRepository';
import { startHttpsProxy, type HttpsProxy } from './mocks/httpsProxy';
import { mockSlack, type SlackMock } from './mocks/slack';
import { importTemplate } from './template';

const WEBSITE = 'https://harbour-coffee.example';
const UPDATE = 'llms-txt-update';
const OLD = llmsTxt({ '/': 'Home', '/old': 'Old page' });
const NEW = llmsTxt({ '/': 'Home', '/tea': 'Tea', '/cake': 'Cake' });
const NEWS = '2 links added, 1 link removed';

let proxy: HttpsProxy;
let github: GitHubMock;
let slack: SlackMock;
let sandbox: Sandbox;
let demo: RunningDemo;
let credentials: Record<string, SavedCredential>;
/** Both are new in each test. */
let repository: GitHubRepository;
let workflowId: string;

beforeAll(async () => {
	proxy = await startHttpsProxy();
	github = await mockGitHub(proxy);
	slack = await mockSlack(proxy, ['website']);
	sandbox = await startSandbox();
	demo = await startDemo({ env: proxy.env });
	const gitHubCredential = await demo.api.saveCredential(github.credential);
	credentials = {
		'n8n-nodes-llmgenerator': await demo.api.saveCredential(
			sandboxAccount('Account of the website', sandbox),
		),
		'n8n-nodes-base.github': gitHubCredential,
		'n8n-nodes-base.httpRequest': gitHubCredential,
		'n8n-nodes-base.slack': await demo.api.saveCredential(slack.credential),
	};
});
afterAll(async () => {
	// Undefined if it did not start.
	await (demo as RunningDemo | undefined)?.clear();
	await sandbox.close();
	await proxy.close();
});

beforeEach(async () => {
	sandbox.reset();
	sandbox.generation.durationMs = 100;
	sandbox.websites.setText(WEBSITE, NEW);
	slack.messages.length = 0;
	slack.channels = ['website'];
	repository = github.create('acme/website', { 'llms.txt': OLD, 'index.html': '<h1>Coffee</h1>' });
	workflowId = await importPublishing();
	github.calls.length = 0;
});
afterEach(() => {
	expect(proxy.unexpected).toEqual([]);
});

describe('as a commit', () => {
	test('a changed website makes one commit with exactly the new file, and one message; a second run does nothing', async () => {
		const before = sandbox.ledger.balance;
		await run();
		expect(repository.commits('main')).toEqual(['First commit', `Update llms.txt: ${NEWS}`]);
		expect(published()).toBe(NEW);
		expect(repository.file('main', 'index.html')?.toString()).toBe('<h1>Coffee</h1>');
		const [{ sha }] = repository.git.history('main').slice(-1);
		expect(slack.messages).toEqual([
			{
				channel: '#website',
				notification: expect.stringContaining(`<https://github.com/acme/website/commit/${sha}|`) as string,
				lines: [`The llms.txt of ${WEBSITE} has been updated: ${NEWS}.`, 'See the commit'],
				buttons: [],
			},
		]);
		const cost = before - sandbox.ledger.balance;
		expect(cost).toBeGreaterThan(0);

		await run('Every Week');
		expect(repository.commits('main')).toHaveLength(2);
		expect(slack.messages).toHaveLength(1);
		expect(before - sandbox.ledger.balance).toBe(cost);
		expect(writes()).toHaveLength(1);
	});

	test('every byte of the file is kept, also in a folder where there was none before', async () => {
		const text =
			'\uFEFF# Käse & Übergröße 🧀\r\n\r\n- [漢字 “quoted”](https://harbour-coffee.example/ä?b=1&c): <b>é</b>\r\n\ttab  \r\n';
		sandbox.websites.setText(WEBSITE, text);
		workflowId = await importPublishing({ path: '/öffentlich/für alle/llms.txt' });
		await run();
		expect(repository.file('main', 'öffentlich/für alle/llms.txt')?.toString('hex')).toBe(
			Buffer.from(text).toString('hex'),
		);
		expect(slack.messages[0].lines[0]).toMatch(/new file with 1 link\.$/);

		await run();
		expect(repository.commits('main')).toHaveLength(2);
	});

	test('it goes to the branch of the settings, and into an empty repository', async () => {
		repository.commit('live', 'Go live', { 'llms.txt': OLD });
		workflowId = await importPublishing({ branch: 'live' });
		await run();
		expect([published('live'), published()]).toEqual([NEW, OLD]);

		repository = github.create('acme/website');
		workflowId = await importPublishing();
		await run();
		expect(published()).toBe(NEW);
	});

	test('only descriptions have changed: the message says so', async () => {
		repository.commit('main', 'Other texts', { 'llms.txt': NEW.replace('Tea]', 'Green tea]') });
		await run();
		expect(slack.messages[0].lines[0]).toMatch(/no link added or removed, only other text\.$/);
	});

	test('somebody else changes the file at the same moment: n8n does not overwrite it unseen, and looks again', async () => {
		github.before(/^PUT/, () =>
			repository.commit('main', 'By hand', { 'llms.txt': OLD + '- [Mine](https://a.example)\n' }),
		);
		await run();
		expect(repository.commits('main').slice(1)).toEqual([
			'By hand',
			'Update llms.txt: 2 links added, 2 links removed',
		]);
		expect(published()).toBe(NEW);
		expect(slack.messages).toHaveLength(1);
	});

	test('somebody else creates the file at the same moment: n8n looks again', async () => {
		repository.commit('main', 'Not yet', { 'llms.txt': undefined });
		github.before(/^PUT/, () => repository.commit('main', 'By hand', { 'llms.txt': OLD }));
		await run();
		expect(repository.commits('main').slice(2)).toEqual(['By hand', `Update llms.txt: ${NEWS}`]);
	});
});

describe('GitHub does not work for a moment: one commit and one message anyway', () => {
	test.each<[string, GitHubFault[]]>([
		['the repository', [{ request: /^GET \/repos\/acme\/website$/, status: 503 }]],
		[
			'reading',
			[
				{ request: /^GET .*contents/, status: 502 },
				{ request: /^GET .*contents/, status: 500 },
			],
		],
		[
			'writing',
			[
				{ request: /^PUT/, status: 503 },
				{ request: /^PUT/, status: 502 },
			],
		],
		['writing, although it was done', [{ request: /^PUT/, status: 503, processed: true }]],
	])('%s', async (_what, faults) => {
		github.rejectNext(...faults);
		await run();
		expect(repository.commits('main')).toEqual(['First commit', `Update llms.txt: ${NEWS}`]);
		expect(slack.messages).toHaveLength(1);
		expect(slack.messages[0].lines[1]).toBe('See the commit');
	});
});

describe('what is wrong in the settings is said before anything is paid', () => {
	test.each<[string, () => unknown, Record<string, unknown>, RegExp]>([
		[
			'nothing is filled in',
			() => 0,
			{ website: '', owner: '', repository: '', slackChannel: '' },
			/^Fill in the step Settings first: website, owner, repository, slackChannel\.$/,
		],
		[
			'there is no such repository',
			() => 0,
			{ repository: 'webbsite' },
			/^GitHub does not show the repository acme\/webbsite: .*could not be found/,
		],
		['the token may not see it', () => (repository.isVisible = false), {}, /the token may not see/],
		[
			'the token has expired',
			() => github.rejectNext(...Array<GitHubFault>(3).fill({ request: /./, status: 401 })),
			{},
			/^GitHub does not show the repository acme\/website: Authorization failed/,
		],
		[
			'the user may not change it',
			() => (repository.mayWrite = false),
			{},
			/may read the repository acme\/website, but not change it/,
		],
		['it is archived', () => (repository.isArchived = true), {}, /is archived/],
	])('%s', async (_what, prepare, settings, sentence) => {
		prepare();
		workflowId = await importPublishing(settings);
		expect(await failure()).toMatch(sentence);
		expect(generations()).toBe(0);
		expect(slack.messages).toEqual([]);
	});
});

describe('if GitHub refuses the file, a sentence says what to do, and the next run pays nothing', () => {
	test.each<[string, () => unknown, () => unknown, RegExp]>([
		[
			'the branch is protected',
			() => repository.isProtected.add('main'),
			() => repository.isProtected.clear(),
			/through a pull request\..* Set publishAs to “pull request”/s,
		],
		[
			'the token may only read',
			() => (repository.tokenMayWrite = false),
			() => (repository.tokenMayWrite = true),
			/Resource not accessible.* permissions Contents/,
		],
		[
			'too many requests',
			() => limitReads(),
			() => 0,
			/^GitHub did not show the file llms\.txt \(API rate limit exceeded/,
		],
	])('%s', async (_what, prepare, undo, sentence) => {
		prepare();
		expect(await failure()).toMatch(sentence);
		expect(repository.commits('main')).toEqual(['First commit']);
		undo();
		await run();
		expect(published()).toBe(NEW);
		expect(generations()).toBe(1);
	});

	test('the branch of the settings does not exist', async () => {
		workflowId = await importPublishing({ branch: 'mian' });
		expect(await failure()).toMatch(/^The repository has no branch mian\./);
		expect(writes()).toEqual([]);
	});
});

test('a generation that fails leaves the repository alone, and is listed as failed', async () => {
	sandbox.faults.add({ method: 'POST', path: '/generate', job: { fails: 'The website did not respond' } });
	expect(await failure()).toMatch(/The website did not respond/);
	expect(writes()).toEqual([]);
	expect(slack.messages).toEqual([]);
});

test('an empty file does not replace a good one', async () => {
	sandbox.websites.setText(WEBSITE, '\n');
	expect(await failure()).toMatch(/empty file.*was not changed/);
	expect(repository.commits('main')).toEqual(['First commit']);
});

test('Slack is down: the file is published, the execution is listed as failed, and its retry only posts the message', async () => {
	slack.channels = [];
	expect(await failure()).toMatch(/channel_not_found/);
	expect(published()).toBe(NEW);

	slack.channels = ['website'];
	const [id] = await demo.api.executionIdsOf(workflowId);
	await demo.api.retry(id);
	expect(slack.messages).toHaveLength(1);
	expect(repository.commits('main')).toHaveLength(2);
	expect(generations()).toBe(1);
});

describe('as a pull request', () => {
	beforeEach(async () => {
		workflowId = await importPublishing({ publishAs: 'pull request' });
	});

	test('a changed website opens one, with its links; a second run does nothing', async () => {
		await run();
		const [pull] = repository.pulls;
		expect(pull).toMatchObject({
			title: `Update llms.txt: ${NEWS}`,
			base: 'main',
			head: UPDATE,
			state: 'open',
		});
		expect(sections(pull.body)).toEqual({
			'Added links (2)': [`- [Tea](<${WEBSITE}/tea>)`, `- [Cake](<${WEBSITE}/cake>)`],
			'Removed links (1)': [`- [Old page](<${WEBSITE}/old>)`],
		});
		expect([published(), published(UPDATE)]).toEqual([OLD, NEW]);
		expect(slack.messages[0]).toMatchObject({
			lines: [`A new llms.txt for ${WEBSITE} is waiting for your review: ${NEWS}.`, 'Open pull request #1'],
			notification: expect.stringContaining('<https://github.com/acme/website/pull/1|') as string,
		});

		const before = writes().length;
		await run();
		expect(writes()).toHaveLength(before);
		expect(slack.messages).toHaveLength(1);
	});

	test('one that is still open is updated, with all links that are new in the branch', async () => {
		await run();
		await change({ '/': 'Home', '/old': 'Old page', '/tea': 'Tea', '/pie': 'Pie' });
		expect(repository.pulls).toHaveLength(1);
		expect(Object.keys(sections(repository.pulls[0].body))).toEqual(['Added links (2)']);
		expect(published(UPDATE)).toContain('[Pie]');
		expect(slack.messages).toHaveLength(2);
	});

	test.each(['merge', 'close'] as const)(
		'after a %s, the next change opens another one that starts from the branch as it is now',
		async (end) => {
			await run();
			repository[end](repository.pulls[0]);
			repository.commit('main', 'Other work', { 'index.html': '<h1>Tea</h1>' });
			await change({ '/': 'Home', '/pie': 'Pie' });
			expect(repository.pulls.map(({ state }) => state)).toEqual(['closed', 'open']);
			expect(repository.git.ahead(UPDATE, 'main')).toHaveLength(1);
			expect(repository.file(UPDATE, 'index.html')?.toString()).toBe('<h1>Tea</h1>');
		},
	);

	test.each<[string, GitHubFault]>([
		['the branch', { request: /^POST .*refs$/, status: 503, processed: true }],
		['the file', { request: /^PUT/, status: 503, processed: true }],
		['the pull request', { request: /^POST .*pulls$/, status: 502, processed: true }],
		['the pull request, which was not made', { request: /^POST .*pulls$/, status: 502 }],
	])('GitHub loses the response to %s: one pull request and one message anyway', async (_what, fault) => {
		github.rejectNext(fault);
		await run();
		expect(repository.pulls.map(({ state }) => state)).toEqual(['open']);
		expect(repository.git.ahead(UPDATE, 'main')).toHaveLength(1);
		expect(published(UPDATE)).toBe(NEW);
		expect(slack.messages).toHaveLength(1);
	});

	test('an execution that broke off after the file is completed by the next one', async () => {
		github.rejectNext(...Array<GitHubFault>(20).fill({ request: /^POST .*pulls$/, status: 503 }));
		expect(await failure()).toMatch(/503/);
		expect(published(UPDATE)).toBe(NEW);
		github.stopRejecting();
		await run();
		expect(repository.pulls).toHaveLength(1);
		expect(repository.git.ahead(UPDATE, 'main')).toHaveLength(1);
		expect(generations()).toBe(1);
	});

	test('an execution that broke off before the text of an open one is completed by the next one', async () => {
		await run();
		github.rejectNext(...Array<GitHubFault>(20).fill({ request: /^PATCH .*pulls/, status: 503 }));
		sandbox.reset();
		sandbox.websites.setText(WEBSITE, llmsTxt({ '/pie': 'Pie' }));
		expect(await failure()).toMatch(/503/);
		github.stopRejecting();
		await run();
		expect(repository.pulls[0].title).toMatch(/1 link added, 2 links removed/);
		expect(slack.messages).toHaveLength(2);
	});

	test('odd titles are shown as they are, and a long list is cut', async () => {
		const odd = 'a [b] `c` <img src=x> @everyone #1 **d** | 漢字 🙂';
		const many = Object.fromEntries(
			Array.from({ length: 900 }, (_, index) => [`/${index}/${'x'.repeat(900)}`, '*'.repeat(400)]),
		);
		sandbox.websites.setText(WEBSITE, llmsTxt({ '/odd(1)': odd, ...many }));
		await run();
		const added = sections(repository.pulls[0].body)['Added links (901)'];
		expect(added[0]).toBe(
			`- [a \\[b\\] \\\`c\\\` \\<img src\\=x\\> \\@everyone \\#1 \\*\\*d\\*\\* \\| 漢字 🙂](<${WEBSITE}/odd(1)>)`,
		);
		expect(added.slice(-1)).toEqual(['… and 841 more']);
	});
});

describe('Just Published', () => {
	test('calls that follow each other cause one run, after the last one, with what was published then', async () => {
		await listen({ amount: 4, unit: 'seconds' });
		sandbox.websites.setText(WEBSITE, 'too early');
		await Promise.all(Array.from({ length: 12 }, call));
		await call();
		sandbox.websites.setText(WEBSITE, NEW);
		await call();
		await ended(14);
		expect(generations()).toBe(1);
		expect(published()).toBe(NEW);
		expect(repository.commits('main')).toHaveLength(2);
	});

	test('a call makes a new file although there is a fresh one, and so does a call while it is made', async () => {
		await run();
		await listen({ amount: 1, unit: 'seconds' });
		sandbox.generation.durationMs = 4000;
		await call();
		await eventually(() => expect(generations()).toBe(2));
		sandbox.websites.setText(WEBSITE, llmsTxt({ '/pie': 'Pie' }));
		await call();
		await ended(2);
		expect(generations()).toBe(3);
		expect(published()).toContain('[Pie]');
	});

	test('n8n is killed while it waits: after its start, the calls still cause one run', async () => {
		await listen({ amount: 70, unit: 'seconds' });
		await call();
		await call();
		await eventually(async () =>
			expect(await demo.api.executionStatusesOf(workflowId)).toEqual(['waiting', 'waiting']),
		);
		process.kill(-demo.n8nPid, 'SIGKILL');
		await demo.ended;
		demo = await startDemo({ home: demo.home, env: proxy.env });
		await eventually(() => expect(generations()).toBe(1), 120_000);
		await ended(2);
		expect(generations()).toBe(1);
		expect(published()).toBe(NEW);
	}, 300_000);
});

test('the pictures of the workflow', async () => {
	const { id } = await demo.api.runWorkflow(workflowId, 'Try It Now');
	await takeWorkflowPictures(demo, { template: 'publish-to-github', workflowId, executionId: id });
});

/** Runs the workflow from a trigger, successfully. */
async function run(trigger = 'Try It Now'): Promise<void> {
	const { status, error } = await demo.api.runWorkflow(workflowId, trigger);
	expect({ status, error }).toEqual({ status: 'success', error: undefined });
}

/** Runs the workflow, which fails, and returns what it says. */
async function failure(): Promise<string> {
	const { status, error } = await demo.api.runWorkflow(workflowId, 'Try It Now');
	expect(status).toBe('error');
	return String(error?.message);
}

/** Runs the workflow for a website with other pages, a day later. */
async function change(pages: Record<string, string>): Promise<void> {
	sandbox.reset();
	sandbox.websites.setText(WEBSITE, llmsTxt(pages));
	await run();
}

function published(branch = 'main'): string | undefined {
	return repository.file(branch, 'llms.txt')?.toString();
}

function generations(): number {
	return sandbox.jobs.list().length;
}

function writes(): string[] {
	return github.calls.filter((each) => !each.startsWith('GET'));
}

function limitReads(): void {
	github.rejectNext(...Array<GitHubFault>(3).fill({ request: /^GET .*contents/, status: 'rateLimit' }));
}

/** The lists of a Markdown text, by their headings. */
function sections(text: string): Record<string, string[]> {
	const parts = text.split(/^### /m).slice(1);
	return Object.fromEntries(
		parts.map((part) => {
			const [heading, ...lines] = part.split('\n').filter((line) => line !== '');
			return [heading, lines.filter((line) => /^(- |…)/.test(line))];
		}),
	);
}

/** Publishes the workflow, so that it can be called; it waits for this time after a call. */
async function listen(quiet: { amount: number; unit: string }): Promise<void> {
	workflowId = await importPublishing({}, { 'Wait Until It Is Quiet': quiet });
	await demo.api.activate(workflowId);
}

/** The content management system says that something was published. */
async function call(): Promise<void> {
	const { status } = await axios.post(`${demo.n8nUrl}/webhook/llms-txt-just-published`, {}, { proxy: false });
	expect(status).toBe(200);
}

/** Waits until so many executions have ended, all successfully. */
async function ended(count: number): Promise<void> {
	await eventually(async () =>
		expect(await demo.api.executionStatusesOf(workflowId)).toEqual(Array(count).fill('success')),
	);
	await demo.api.deactivate(workflowId);
}

/** A file as LLM Generator makes it: titles by path. */
function llmsTxt(pages: Record<string, string>): string {
	const links = Object.entries(pages).map(([path, title]) => `- [${title}](${WEBSITE}${path})`);
	return `# Harbour Coffee\n\n## Pages\n\n${links.join('\n')}\n`;
}

/** Imports the template, and fills in the step Settings as a user does. */
async function importPublishing(
	settings: Record<string, unknown> = {},
	fields: Record<string, INodeParameters> = {},
): Promise<string> {
	const values = {
		website: WEBSITE,
		generationMethod: 'simple',
		maxUrls: 10,
		owner: 'acme',
		repository: 'website',
		branch: '',
		path: 'llms.txt',
		publishAs: 'commit',
		pullRequestBranch: UPDATE,
		slackChannel: '#website',
		...settings,
	};
	const assignments = Object.entries(values).map(([name, value]) => ({
		id: name,
		name,
		value,
		type: typeof value,
	}));
	return importTemplate(demo.api, 'publish-to-github', {
		credentials,
		fields: { Settings: { assignments: { assignments } }, ...fields },
	});
}
