import { eventually } from '../until';
import { takeWorkflowPictures } from './browser/workflowPictures';
import { GitHubPublishing, llmsTxt, NEW, NEWS, OLD, WEBSITE } from './gitHubPublishing';
import type { GitHubFault } from './mocks/github';
import type { Settings } from './template';

let w: GitHubPublishing;

beforeAll(async () => {
	w = await GitHubPublishing.start();
});
afterAll(async () => {
	// Undefined if it did not start.
	await (w as GitHubPublishing | undefined)?.close();
});
beforeEach(async () => w.begin());
afterEach(() => {
	w.github.stopRejecting();
	expect(w.proxy.unexpected).toEqual([]);
});

describe('as a commit', () => {
	test('a changed website makes one commit with exactly the new file, and one message; a second run does nothing', async () => {
		const before = w.sandbox.ledger.balance;
		await w.run();
		expect(w.repository.commits('main')).toEqual(['First commit', `Update llms.txt: ${NEWS}`]);
		expect(w.published()).toBe(NEW);
		expect(w.repository.file('main', 'index.html')?.toString()).toBe('<h1>Coffee</h1>');
		const [{ sha }] = w.repository.git.history('main').slice(-1);
		expect(w.slack.messages).toEqual([
			{
				channel: '#website',
				notification: expect.stringContaining(`<https://github.com/acme/website/commit/${sha}|`) as string,
				lines: [`The llms.txt of ${WEBSITE} has been updated: ${NEWS}.`, 'See the commit'],
				buttons: [],
			},
		]);
		const cost = before - w.sandbox.ledger.balance;
		expect(cost).toBeGreaterThan(0);

		await w.runBySchedule();
		expect(w.repository.commits('main')).toHaveLength(2);
		expect(w.slack.messages).toHaveLength(1);
		expect(before - w.sandbox.ledger.balance).toBe(cost);
		expect(w.writes).toHaveLength(1);
	});

	test('every byte of the file is kept, also in a folder where there was none before', async () => {
		const text =
			'\uFEFF# Käse & Übergröße 🧀\r\n\r\n- [漢字 “quoted”](https://harbour-coffee.example/ä?b=1&c): <b>é</b>\r\n\ttab  \r\n';
		w.sandbox.websites.setText(WEBSITE, text);
		await w.import({ path: '/öffentlich/für alle/llms.txt' });
		await w.run();
		expect(w.repository.file('main', 'öffentlich/für alle/llms.txt')?.toString('hex')).toBe(
			Buffer.from(text).toString('hex'),
		);
		expect(w.slack.messages[0].lines[0]).toMatch(/new file with 1 link\.$/);

		await w.run();
		expect(w.repository.commits('main')).toHaveLength(2);
	});

	test('it goes to the branch of the settings, and into an empty repository', async () => {
		w.repository.commit('live', 'Go live', { 'llms.txt': OLD });
		await w.import({ branch: 'live' });
		await w.run();
		expect([w.published('live'), w.published()]).toEqual([NEW, OLD]);

		w.repository = w.github.create('acme/website');
		await w.import();
		await w.run();
		expect(w.published()).toBe(NEW);
	});

	test('only descriptions have changed: the message says so', async () => {
		w.repository.commit('main', 'Other texts', { 'llms.txt': NEW.replace('Tea]', 'Green tea]') });
		await w.run();
		expect(w.slack.messages[0].lines[0]).toMatch(/no link added or removed, only other text\.$/);
	});

	test('somebody else changes the file at the same moment: n8n does not overwrite it unseen, and looks again', async () => {
		w.github.before(/^PUT/, () =>
			w.repository.commit('main', 'By hand', { 'llms.txt': OLD + '- [Mine](https://a.example)\n' }),
		);
		await w.run();
		expect(w.repository.commits('main').slice(1)).toEqual([
			'By hand',
			'Update llms.txt: 2 links added, 2 links removed',
		]);
		expect(w.published()).toBe(NEW);
		expect(w.slack.messages).toHaveLength(1);
	});

	test('somebody else creates the file at the same moment: n8n waits a moment and looks again', async () => {
		w.repository.commit('main', 'Not yet', { 'llms.txt': undefined });
		let refusedAt = Infinity;
		w.github.before(/^PUT/, () => {
			refusedAt = Date.now();
			w.repository.commit('main', 'By hand', { 'llms.txt': OLD });
		});
		let lookedAt = 0;
		w.github.before(/^PUT/, () => (lookedAt = Date.now()));
		await w.run();
		expect(lookedAt - refusedAt).toBeGreaterThanOrEqual(5000);
		expect(w.repository.commits('main').slice(2)).toEqual(['By hand', `Update llms.txt: ${NEWS}`]);
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
		['writing: the connection is cut', [{ request: /^PUT/, status: 'cut' }]],
		['writing, which was done: the connection is cut', [{ request: /^PUT/, status: 'cut', processed: true }]],
	])('%s', async (_what, faults) => {
		w.github.rejectNext(...faults);
		await w.run();
		expect(w.repository.commits('main')).toEqual(['First commit', `Update llms.txt: ${NEWS}`]);
		expect(w.slack.messages).toHaveLength(1);
		expect(w.slack.messages[0].lines[1]).toBe('See the commit');
	});
});

describe('what is wrong in the settings is said before anything is paid', () => {
	test.each<[string, () => unknown, Settings, RegExp]>([
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
			/^GitHub does not show the repository acme\/webbsite \(.*could not be found/,
		],
		['the token may not see it', () => (w.repository.isVisible = false), {}, /the token may not see/],
		[
			'the token has expired',
			() => w.github.rejectNext(...Array<GitHubFault>(3).fill({ request: /./, status: 401 })),
			{},
			/^GitHub does not show the repository acme\/website \(Authorization failed/,
		],
		[
			'the user may not change it',
			() => (w.repository.mayWrite = false),
			{},
			/may read the repository acme\/website, but not change it/,
		],
		['it is archived', () => (w.repository.isArchived = true), {}, /is archived/],
	])('%s', async (_what, prepare, settings, sentence) => {
		prepare();
		await w.import(settings);
		expect(await w.failure()).toMatch(sentence);
		expect(w.generations).toBe(0);
		expect(w.slack.messages).toEqual([]);
	});
});

describe('if GitHub refuses the file, a sentence says what to do, and the next run pays nothing', () => {
	test.each<[string, () => unknown, () => unknown, RegExp]>([
		[
			'the branch is protected',
			() => w.repository.isProtected.add('main'),
			() => w.repository.isProtected.clear(),
			/through a pull request\..* Set publishAs to “pull request”/s,
		],
		[
			'the token may only read',
			() => (w.repository.tokenMayWrite = false),
			() => (w.repository.tokenMayWrite = true),
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
		expect(await w.failure()).toMatch(sentence);
		expect(w.repository.commits('main')).toEqual(['First commit']);
		undo();
		await w.run();
		expect(w.published()).toBe(NEW);
		expect(w.generations).toBe(1);
	});

	test('the branch of the settings does not exist', async () => {
		await w.import({ branch: 'mian' });
		expect(await w.failure()).toMatch(/^The repository has no branch mian\./);
		expect(w.writes).toEqual([]);
	});
});

test('a generation that fails leaves the repository alone, and is listed as failed', async () => {
	w.sandbox.faults.add({ method: 'POST', path: '/generate', job: { fails: 'The website did not respond' } });
	expect(await w.failure()).toMatch(/The website did not respond/);
	expect(w.writes).toEqual([]);
	expect(w.slack.messages).toEqual([]);
});

test('an empty file does not replace a good one', async () => {
	w.sandbox.websites.setText(WEBSITE, '\n');
	expect(await w.failure()).toMatch(/empty file.*was not changed/);
	expect(w.repository.commits('main')).toEqual(['First commit']);
});

test('Slack does not respond at first: the message is posted a little later, once', async () => {
	w.slack.rejectNext(503, 429);
	await w.run();
	expect(w.slack.messages).toHaveLength(1);
});

test('Slack is down: the file is published, the execution is listed as failed, and its retry only posts the message', async () => {
	w.slack.channels = [];
	expect(await w.failure()).toMatch(/channel_not_found/);
	expect(w.published()).toBe(NEW);

	w.slack.channels = ['website'];
	const [id] = await w.demo.api.executionIdsOf(w.workflowId);
	await w.demo.api.retry(id);
	expect(w.slack.messages).toHaveLength(1);
	expect(w.repository.commits('main')).toHaveLength(2);
	expect(w.generations).toBe(1);
});

describe('Just Published', () => {
	test('calls that follow each other cause one run, after the last one, with what was published then', async () => {
		await w.listen({ amount: 4, unit: 'seconds' });
		w.sandbox.websites.setText(WEBSITE, 'too early');
		await Promise.all(Array.from({ length: 12 }, () => w.call()));
		await w.call();
		w.sandbox.websites.setText(WEBSITE, NEW);
		await w.call();
		await w.ended(14);
		expect(w.generations).toBe(1);
		expect(w.published()).toBe(NEW);
		expect(w.repository.commits('main')).toHaveLength(2);
	});

	test('a call makes a new file although there is a fresh one, and so does a call while it is made', async () => {
		await w.run();
		await w.listen({ amount: 1, unit: 'seconds' });
		w.sandbox.generation.durationMs = 4000;
		await w.call();
		await eventually(() => expect(w.generations).toBe(2));
		w.sandbox.websites.setText(WEBSITE, llmsTxt({ '/pie': 'Pie' }));
		await w.call();
		await w.ended(2);
		expect(w.generations).toBe(3);
		expect(w.published()).toContain('[Pie]');
	});

	test('n8n is killed while it waits: after its start, the calls still cause one run', async () => {
		await w.listen({ amount: 70, unit: 'seconds' });
		await w.call();
		await w.call();
		await eventually(async () => expect(await w.statuses()).toEqual(['waiting', 'waiting']));
		await w.killAndStart();
		await eventually(() => expect(w.generations).toBe(1), 120_000);
		await w.ended(2);
		expect(w.generations).toBe(1);
		expect(w.published()).toBe(NEW);
	}, 300_000);
});

test('the pictures of the workflow', async () => {
	const { id } = await w.demo.api.runWorkflow(w.workflowId, 'Try It Now');
	await takeWorkflowPictures(w.demo, {
		template: 'publish-to-github',
		workflowId: w.workflowId,
		executionId: id,
		height: 900,
	});
});

function limitReads(): void {
	const fault = { request: /^GET .*contents/, status: 'rateLimit' } as const;
	w.github.rejectNext(fault, fault, fault);
}
