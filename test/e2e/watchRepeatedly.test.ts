import { setTimeout as sleep } from 'node:timers/promises';
import { readTemplate } from '../templates';
import { textFile, webPage } from './mocks/websites';
import { WatchedAccount } from './watching/account';

/** Several checks, one after the other, which the schedule starts. */
const CHECKS_LIMIT_MS = 400_000;
jest.setTimeout(CHECKS_LIMIT_MS);
/** Slack refuses blocks with more characters than this (msg_blocks_too_long), although it does not document it. */
const MOST_IN_SLACK = 13_000;

let account: WatchedAccount;

beforeAll(async () => {
	account = await WatchedAccount.start();
});
afterAll(async () => {
	// Undefined if it did not start.
	await (account as WatchedAccount | undefined)?.close();
});

beforeEach(() => account.empty());
afterEach(() => account.expectNothingElse());

test('each fault is told once, and once when it is well again, also if n8n is restarted in between', async () => {
	const watch = await account.importWatch({ linksPerSite: 4 });
	const [first, second] = [await account.add('first.example'), await account.add('second.example')];
	const link = second.links[3];
	second.paths[new URL(link).pathname] = webPage('Not found', 404);
	await watch.bySchedule();
	expect(account.news()).toEqual([
		'Published llms.txt files: 1 thing needs attention',
		expect.stringContaining(`links to ${link}, which answers with status 404`),
	]);

	const before = first.text();
	first.paths['/llms.txt'] = textFile(before);
	account.sandbox.sites.regenerate(first.site);
	await watch.bySchedule();
	expect(account.news()).toEqual([
		'Published llms.txt files: 1 thing needs attention',
		'🔴 https://first.example/llms.txt is an older version of the file. Publish the newest file.',
	]);

	await account.restartN8n();
	await watch.bySchedule();
	expect(account.news()).toEqual([]);

	first.paths['/llms.txt'] = () => textFile(first.text());
	delete second.paths[new URL(link).pathname];
	await watch.bySchedule();
	expect(account.news().sort()).toEqual([
		'Published llms.txt files: 2 things are well again',
		expect.stringMatching(/^🟢 https:\/\/first.example\/llms.txt is well again. It was reported on /),
		expect.stringMatching(
			/^🟢 \S+second.example\/llms.txt: \S+ works again. It was reported on \d+ \w+ \d{4}, \d\d:\d\d\.$/,
		),
	]);
	await watch.bySchedule();
	expect(account.news()).toEqual([]);
});

test('a fault that turns into another one is told again; one that its site takes with it is forgotten', async () => {
	const watch = await account.importWatch({ linksPerSite: 1 });
	const site = await account.add('changing.example', { '/llms.txt': webPage('Not found', 404) });
	await account.add('staying.example');
	await watch.bySchedule();
	expect(account.news()).toEqual([expect.anything(), expect.stringContaining('is not there (status 404)')]);

	// While the file is generated anew, nothing is said about it.
	account.sandbox.sites.regenerate(site.site, undefined, 'failed');
	await watch.bySchedule();
	expect(account.news()).toEqual([]);

	account.sandbox.sites.regenerate(site.site);
	site.paths['/llms.txt'] = textFile('# Something else\n');
	await watch.bySchedule();
	expect(account.news()).toEqual([expect.anything(), expect.stringContaining('is different from the file')]);

	account.sandbox.sites.remove(site.site);
	await watch.bySchedule();
	account.sandbox.sites.restore(site.site);
	site.paths['/llms.txt'] = () => textFile(site.text());
	await watch.bySchedule();
	expect(account.news()).toEqual([]);
});

test('a message that Slack does not take fails visibly, and comes with the next check; Try It Now remembers nothing', async () => {
	const watch = await account.importWatch({ linksPerSite: 2 });
	const site = await account.add('unheard.example');
	const path = new URL(site.links[1]).pathname;
	site.paths[path] = webPage('Not found', 404);
	const { channels } = account.slack;
	account.slack.channels = [];
	const { status, error } = await watch.bySchedule();
	expect([status, error?.message]).toEqual(['error', expect.stringContaining('channel_not_found')]);

	account.slack.channels = channels;
	await watch.byHand();
	expect(account.news()[0]).toBe('Published llms.txt files (1 checked by hand): 1 thing needs attention');
	account.slack.rejectNext(503);
	expect((await watch.bySchedule()).status).toBe('success');
	expect(account.news()).toEqual([
		expect.anything(),
		expect.stringContaining(`example${path}, which answers`),
	]);
});

test('in some checks, all links have their turn, and dead ones are asked each time', async () => {
	const watch = await account.importWatch({ linksPerSite: 9 });
	const site = await account.add('turns.example');
	const dead = new URL(site.links[0]).pathname;
	site.paths[dead] = webPage('Not found', 404);
	const checks = Math.ceil(site.links.length / 9);
	const seen: string[] = [];
	for (let check = 0; check < checks; check++) {
		await watch.bySchedule();
		const asked = site.requests.splice(0).map(({ line }) => line);
		expect(asked).toContain(`HEAD ${dead}`);
		expect(asked.length).toBeLessThanOrEqual(1 + 9 + 1 + 1);
		seen.push(...asked.map((line) => line.split(' ')[1]));
		account.slack.messages.length = 0;
	}
	expect(site.links.filter((link) => !seen.includes(new URL(link).pathname))).toEqual([]);
});

test('if nothing can be loaded at all, that is one line, and again one when it works', async () => {
	const watch = await account.importWatch({ linksPerSite: 1 });
	const sites = await Promise.all([1, 2, 3].map(async (at) => account.add(`offline-${at}.example`)));
	sites[2].paths['/llms.txt'] = webPage('Not found', 404);
	await watch.bySchedule();
	account.news();

	for (const site of sites) site.paths['/llms.txt'] = 'close';
	await watch.bySchedule();
	expect(account.news()).toEqual([
		'Published llms.txt files: 1 thing needs attention',
		expect.stringMatching(
			/^🔴 None of the 3 llms\.txt files can be loaded\. For example, .* the connection broke\./,
		),
	]);
	await watch.bySchedule();
	expect(account.news()).toEqual([]);

	for (const site of sites) site.paths['/llms.txt'] = () => textFile(site.text());
	await watch.bySchedule();
	expect(account.news()).toEqual([
		'Published llms.txt files: 2 things are well again',
		expect.stringMatching(/^🟢 llms\.txt files can be loaded again\. None could be since /),
		expect.stringMatching(/^🟢 https:\/\/offline-3\.example\/llms\.txt is well again\./),
	]);
});

describe('if LLM Generator does not work, the execution fails, and no website is called faulty', () => {
	test('not at all', async () => {
		await account.add('unknown.example', { '/llms.txt': webPage('Not found', 404) });
		account.sandbox.faults.add({ status: 500 });
		expect((await (await account.importWatch()).bySchedule()).status).toBe('error');
		expect(account.news()).toEqual([]);
	});

	test('for one of the files: the others are checked, and told once', async () => {
		const watch = await account.importWatch({ linksPerSite: 1 });
		const site = await account.add('unread.example', { '/llms.txt': webPage('Not found', 404) });
		await account.add('read.example', { '/llms.txt': webPage('Not found', 404) });
		account.sandbox.faults.add({ path: `/file/${site.site.id}`, status: 404 });
		for (const expected of [
			[expect.anything(), expect.stringContaining('read.example/llms.txt is not there')],
			[],
		]) {
			const { status, error } = await watch.bySchedule();
			expect(status).toBe('error');
			expect(error?.message).toMatch(/could not be read, so these were not checked: .*unread\.example/);
			expect(account.news()).toEqual(expected);
		}
	});
});

test('100 faults in one check: at most 20 requests at a time, and Slack gets the rest with the next check', async () => {
	let [atOnce, mostAtOnce] = [0, 0];
	const notFound = async () => {
		mostAtOnce = Math.max(mostAtOnce, ++atOnce);
		await sleep(200);
		atOnce--;
		return webPage('Not found', 404);
	};
	const hosts = Array.from({ length: 100 }, (_, at) => `site-${100 + at}-${'x'.repeat(40)}.example`);
	for (const host of hosts) await account.add(host, { '/llms.txt': notFound });
	const watch = await account.importWatch({ linksPerSite: 0 });

	const told: string[][] = [];
	for (let check = 0; check < 2; check++) {
		await watch.bySchedule();
		expect(account.slack.messages).toHaveLength(1);
		const [title, ...lines] = account.news();
		expect(title.length + lines.join('\n').length).toBeLessThan(MOST_IN_SLACK);
		told.push(lines);
	}
	const more = told[1].length;
	expect(told[0].pop()).toBe(`And ${more} more. They come with the next check.`);
	expect(more).toBeLessThan(50);
	expect(told.flat()).toHaveLength(100);
	expect(new Set(told.flat().map((line) => line.split(' ')[1])).size).toBe(100);
	expect(mostAtOnce).toBeLessThanOrEqual(20);
	await watch.bySchedule();
	expect(account.news()).toEqual([]);
});

test('it runs every six hours, and looks again after a minute', () => {
	const { nodes } = readTemplate('watch-published-files');
	const parametersOf = (step: string) => nodes.find(({ name }) => name === step)?.parameters;
	const rule = { interval: [{ field: 'hours', hoursInterval: 6, triggerAtMinute: 17 }] };
	expect(parametersOf('Every Six Hours')).toEqual({ rule });
	expect(parametersOf('Wait a Minute')).toEqual({ amount: 60 });
});
