import { GitHubPublishing, llmsTxt, NEW, NEWS, OLD, UPDATE, WEBSITE } from './gitHubPublishing';
import type { GitHubFault } from './mocks/github';

let w: GitHubPublishing;

beforeAll(async () => {
	w = await GitHubPublishing.start();
});
afterAll(async () => {
	// Undefined if it did not start.
	await (w as GitHubPublishing | undefined)?.close();
});
beforeEach(async () => w.begin({ publishAs: 'pull request' }));
afterEach(() => {
	w.github.stopRejecting();
	expect(w.proxy.unexpected).toEqual([]);
});

test('a changed website opens one, with its links; a second run does nothing', async () => {
	await w.run();
	const [pull] = w.repository.pulls;
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
	expect([w.published(), w.published(UPDATE)]).toEqual([OLD, NEW]);
	expect(w.slack.messages[0]).toMatchObject({
		lines: [`A new llms.txt for ${WEBSITE} is waiting for your review: ${NEWS}.`, 'Open pull request #1'],
		notification: expect.stringContaining('<https://github.com/acme/website/pull/1|') as string,
	});

	const before = w.writes.length;
	await w.run();
	expect(w.writes).toHaveLength(before);
	expect(w.slack.messages).toHaveLength(1);
});

test('the first file of a repository is proposed, too', async () => {
	w.repository.commit('main', 'Not yet', { 'llms.txt': undefined });
	await w.run();
	expect(w.repository.pulls[0].title).toBe('Update llms.txt: new file with 3 links');
	expect([w.published(), w.published(UPDATE)]).toEqual([undefined, NEW]);
});

test('one that is still open is updated, with all links that are new in the branch', async () => {
	await w.run();
	w.newDay(llmsTxt({ '/': 'Home', '/old': 'Old page', '/tea': 'Tea', '/pie': 'Pie' }));
	await w.run();
	expect(w.repository.pulls).toHaveLength(1);
	expect(Object.keys(sections(w.repository.pulls[0].body))).toEqual(['Added links (2)']);
	expect(w.published(UPDATE)).toContain('[Pie]');
	expect(w.slack.messages).toHaveLength(2);
});

test.each(['merge', 'close'] as const)(
	'after a %s, the next change opens another one that starts from the branch as it is now',
	async (end) => {
		await w.run();
		w.repository[end](w.repository.pulls[0]);
		w.repository.commit('main', 'Other work', { 'index.html': '<h1>Tea</h1>' });
		w.newDay(llmsTxt({ '/': 'Home', '/pie': 'Pie' }));
		await w.run();
		expect(w.repository.pulls.map(({ state }) => state)).toEqual(['closed', 'open']);
		expect(w.repository.git.ahead(UPDATE, 'main')).toHaveLength(1);
		expect(w.repository.file(UPDATE, 'index.html')?.toString()).toBe('<h1>Tea</h1>');
	},
);

test.each<[string, GitHubFault]>([
	['the branch', { request: /^POST .*refs$/, status: 503, processed: true }],
	['the file', { request: /^PUT/, status: 503, processed: true }],
	['the pull request', { request: /^POST .*pulls$/, status: 502, processed: true }],
	['the pull request, which was not made', { request: /^POST .*pulls$/, status: 502 }],
	['the branch, and cuts the connection', { request: /^POST .*refs$/, status: 'cut', processed: true }],
	['the file, and cuts the connection', { request: /^PUT/, status: 'cut', processed: true }],
	[
		'the pull request, and cuts the connection',
		{ request: /^POST .*pulls$/, status: 'cut', processed: true },
	],
	['the start of the branch', { request: /^PATCH .*refs/, status: 503, processed: true }],
	['reading the pull requests', { request: /^GET .*pulls/, status: 503 }],
	['reading the file of the pull request', { request: /^GET .*contents/, status: 503 }],
	['reading the branch', { request: /^GET .*ref\/heads/, status: 503 }],
])('GitHub loses the response to %s: one pull request and one message anyway', async (_what, fault) => {
	w.github.rejectNext(fault);
	await w.run();
	expect(w.repository.pulls.map(({ state }) => state)).toEqual(['open']);
	expect(w.repository.git.ahead(UPDATE, 'main')).toHaveLength(1);
	expect(w.published(UPDATE)).toBe(NEW);
	expect(w.slack.messages).toHaveLength(1);
});

test('an execution that broke off after the file is completed by the next one', async () => {
	w.github.rejectNext(...Array<GitHubFault>(20).fill({ request: /^POST .*pulls$/, status: 503 }));
	expect(await w.failure()).toMatch(/503/);
	expect(w.published(UPDATE)).toBe(NEW);
	w.github.stopRejecting();
	await w.run();
	expect(w.repository.pulls).toHaveLength(1);
	expect(w.repository.git.ahead(UPDATE, 'main')).toHaveLength(1);
	expect(w.generations).toBe(1);
});

test('an execution that broke off before the text of an open one is completed by the next one', async () => {
	await w.run();
	w.github.rejectNext(...Array<GitHubFault>(20).fill({ request: /^PATCH .*pulls/, status: 503 }));
	w.sandbox.reset();
	w.sandbox.websites.setText(WEBSITE, llmsTxt({ '/pie': 'Pie' }));
	expect(await w.failure()).toMatch(/503/);
	w.github.stopRejecting();
	await w.run();
	expect(w.repository.pulls[0].title).toMatch(/1 link added, 2 links removed/);
	expect(w.slack.messages).toHaveLength(2);
});

test('odd titles are shown as they are, and a long list is cut', async () => {
	const odd = 'a [b] `c` <img src=x> @everyone #1 **d** | 漢字 🙂';
	const many = Object.fromEntries(
		Array.from({ length: 900 }, (_, index) => [`/${index}/${'x'.repeat(900)}`, '*'.repeat(400)]),
	);
	w.sandbox.websites.setText(WEBSITE, llmsTxt({ '/odd(1)': odd, ...many }));
	await w.run();
	const added = sections(w.repository.pulls[0].body)['Added links (901)'];
	expect(added[0]).toBe(
		`- [a \\[b\\] \\\`c\\\` \\<img src\\=x\\> \\@everyone \\#1 \\*\\*d\\*\\* \\| 漢字 🙂](<${WEBSITE}/odd(1)>)`,
	);
	expect(added.slice(-1)).toEqual(['… and 841 more']);
});

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
