import { generateCACertificate, getLocal, type Mockttp } from 'mockttp';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeWorkflowPictures } from './browser/workflowPictures';
import type { MockedRequest, MockedResponse } from './mocks/httpsProxy';
import { redirect, textFile, webPage, type Answer } from './mocks/websites';
import { WatchedAccount } from './watching/account';

/** Two looks at a website that does not respond. */
const SILENCE_LIMIT_MS = 240_000;
jest.setTimeout(SILENCE_LIMIT_MS);

let account: WatchedAccount;
/** A web server whose certificate nobody trusts. */
let untrusted: Mockttp;

beforeAll(async () => {
	account = await WatchedAccount.start();
	untrusted = getLocal({ https: await generateCACertificate() });
	await untrusted.start();
});
afterAll(async () => {
	// Undefined if it did not start.
	await (account as WatchedAccount | undefined)?.close();
	await untrusted.stop();
});

beforeEach(() => account.empty());
afterEach(() => account.expectNothingElse());

test('all is well: Try It Now says so, and asks each website for its file and five links, one after the other', async () => {
	const sites = [await account.add('well-1.example'), await account.add('well-2.example')];
	const { status } = await (await account.importWatch()).byHand();

	expect(status).toBe('success');
	expect(account.news()).toEqual(['Published llms.txt files (2 checked by hand): all is well']);
	for (const { requests, mostAtOnce } of sites) {
		expect(requests.map(({ line }) => line.split(' ')[0])).toEqual(['GET', ...Array<string>(5).fill('HEAD')]);
		expect(new Set(requests.map(({ line }) => line)).size).toBe(6);
		expect(mostAtOnce).toBe(1);
		const pauses = requests.slice(1).map(({ at }, index) => at - requests[index].at);
		expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1000);
		expect(requests[0].headers['user-agent']).toMatch(/^llms\.txt-watch \(n8n; \+https:/);
	}
});

test('what is not right with a file is said in plain words, and what does not matter is not reported', async () => {
	const file = async (host: string, answer: Answer) => account.add(host, { '/llms.txt': answer });
	await file('gone.example', webPage('Not found', 404));
	await file('broken.example', webPage('Oops', 500));
	await file('walled.example', webPage('Are you a robot?', 403));
	await file('page.example', webPage('Welcome'));
	await file('home.example', redirect('https://home.example/'));
	await file('circle.example', redirect('https://circle.example/llms.txt'));
	await file('octets.example', textFile('# Title', 'application/octet-stream'));
	await file('cut.example', 'close');
	await file('silent.example', async () => sleep(20_000).then(() => 'close' as const));
	await file('other.example', textFile('# Somebody else\n'));
	account.addToAccount(`https://127.0.0.1:${untrusted.port}`);
	account.addToAccount('https://127.0.0.1:1');
	account.addToAccount('https://nowhere.invalid');

	const windows = await account.add('windows.example');
	windows.paths['/llms.txt'] = () => textFile(`\uFEFF${windows.text().replaceAll('\n', '\r\n')}\r\n`);
	const moved = await account.add('moved.example', {
		'/llms.txt': redirect('https://www.moved.example/llms.txt'),
	});
	await account.add('www.moved.example', { '/llms.txt': () => textFile(moved.text()) });
	account.sandbox.sites.remove(account.sandbox.sites.at('https://www.moved.example')!);
	const young = await file('young.example', textFile('# The file before\n'));
	account.sandbox.sites.regenerate(young.site, Date.now());
	account.addToAccount('https://new.example', 0.5);
	account.addToAccount('https://ignored.example/docs');
	account.sandbox.sites.regenerate(account.addToAccount('https://failed.example'), Date.now(), 'failed');

	const settings = {
		linksPerSite: 0,
		sitesToIgnore: 'https://www.another.example/, Ignored.example/docs/',
	};
	const { status } = await (await account.importWatch(settings)).byHand();
	expect(status).toBe('success');
	const [title, ...lines] = account.news();
	expect(title).toBe('Published llms.txt files (16 checked by hand): 13 things need attention');
	const expected = {
		'gone.example': 'is not there (status 404). Publish the file again.',
		'broken.example': 'answers with status 500. Check the web server.',
		'walled.example':
			'answers with status 403. Perhaps a firewall keeps programs out, AI models included: allow this address for everybody.',
		'page.example': `shows a web page ${INSTEAD}`,
		'home.example': `shows a web page ${INSTEAD}`,
		'circle.example': 'cannot be reached: it redirects again and again. Check the website.',
		'octets.example':
			'is sent as “application/octet-stream”. Set its content type to text/plain on the web server.',
		'cut.example': 'cannot be reached: the connection broke. Check the website.',
		'silent.example': 'cannot be reached: there was no response within 15 seconds. Check the website.',
		'other.example': 'is different from the file that was generated last. Publish the newest file.',
		[`127.0.0.1:${untrusted.port}`]:
			'cannot be reached: its TLS certificate is not valid. Check the website.',
		'127.0.0.1:1': 'cannot be reached: its server refuses connections. Check the website.',
		'nowhere.invalid': 'cannot be reached: its host name is not known (DNS). Check the website.',
	};
	const sentences = Object.entries(expected).map(([host, words]) => `🔴 https://${host}/llms.txt ${words}`);
	expect(lines.sort()).toEqual(sentences.sort());
});

const INSTEAD = 'instead of the file. Perhaps it redirects to the home page. Publish the file again.';

test('a dead link is reported after it failed twice; a page that only keeps programs out is not', async () => {
	const site = await account.add('links.example');
	const [, ...paths] = site.links.map((link) => new URL(link).pathname);
	const onlyGet =
		(answer: MockedResponse) =>
		({ method }: MockedRequest) =>
			method === 'HEAD' ? { status: 405 } : answer;
	let looks = 0;
	Object.assign(site.paths, {
		[paths[0]]: webPage('Gone', 410),
		[paths[1]]: onlyGet(webPage('Not found', 404)),
		[paths[2]]: onlyGet(webPage('Here it is')),
		[paths[3]]: webPage('Are you a robot?', 403),
		[paths[4]]: webPage('Slow down', 429),
		[paths[5]]: { ...webPage('Just a moment…', 503), headers: { 'cf-mitigated': 'challenge' } },
		[paths[6]]: () => webPage('Restarting', looks++ === 0 ? 503 : 200),
		[paths[7]]: 'close',
		[paths[8]]: redirect('https://links.example/'),
	});
	await (await account.importWatch({ linksPerSite: 10 })).byHand();

	const dead = (path: string, words: string) =>
		`🔴 https://links.example/llms.txt links to https://links.example${path}, which ${words}. Correct the page, or generate the file again.`;
	expect(account.news()).toEqual([
		'Published llms.txt files (1 checked by hand): 3 things need attention',
		dead(paths[0], 'answers with status 410'),
		dead(paths[1], 'answers with status 404'),
		dead(paths[7], 'cannot be reached: the connection broke'),
	]);
	expect(site.requests.filter(({ line }) => line === `HEAD ${paths[0]}`)).toHaveLength(1);
	const again = site.requests.filter(({ line }) => line.startsWith('GET') && !line.endsWith('/llms.txt'));
	expect(again.map(({ line }) => line).sort()).toEqual(
		[0, 1, 2, 6, 7].map((at) => `GET ${paths[at]}`).sort(),
	);
	expect(again.every(({ headers }) => headers.range === 'bytes=0-0')).toBe(true);
	// The pause between two looks, and the wait, which is a second long in these tests.
	const firstLooks = site.requests.filter(({ line }) => line.startsWith('HEAD'));
	expect(again[0].at - firstLooks.at(-1)!.at).toBeGreaterThanOrEqual(2000);
	expect(site.mostAtOnce).toBe(1);
});

test('odd characters in an address neither break the message nor change it', async () => {
	const { site, paths } = await account.add('odd.example');
	const odd = 'https://odd.example/a_b*c|d(e)?x=1&y="2"&z=`3`&é';
	const text = `# Odd\n\n- [A [nested] & <b>title</b>](${odd}): and (https://not-a-link.example)\n- [Mail](mailto:a@b.example)\n`;
	const file = { path: `/file/${site.id}`, rawBody: text, headers: { 'Content-Type': 'text/plain' } };
	account.sandbox.faults.add(file);
	paths['/llms.txt'] = textFile(text);
	paths['/a_b*c|d(e)'] = webPage('Not found', 404);
	await (await account.importWatch()).byHand();

	const [, line] = account.news();
	const written = odd.replace('|', '%7C').replaceAll('"', '%22').replaceAll('`', '%60');
	expect(line).toBe(
		`🔴 https://odd.example/llms.txt links to ${written}, which answers with status 404. Correct the page, or generate the file again.`,
	);
});

test('pictures', async () => {
	await account.add('harbour-coffee.example', { '/llms.txt': webPage('Not found', 404) });
	await account.add('example.com');
	const watch = await account.importWatch();
	const { id: executionId, status } = await watch.byHand();
	expect(status).toBe('success');
	await takeWorkflowPictures(account.demo, {
		template: 'watch-published-files',
		workflowId: watch.id,
		executionId,
	});
});
