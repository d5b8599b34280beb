/** A discovery is paid for once, whatever happens, and each item gets the URLs of its own website or a message. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createRunExecutionData, type IDataObject } from 'n8n-workflow';
import type { FaultRule } from '../../sandbox/faults';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { boughtDiscoveries, discovery, resetForDiscoveries, serveDiscoveries } from '../discoveries';
import { runNode, startNode, type NodeRun } from './n8n';
import { toolOf } from './tool';

let sandbox: Sandbox;

jest.setTimeout(60_000);
beforeAll(async () => {
	sandbox = await startSandbox();
});
beforeEach(() => {
	resetForDiscoveries(sandbox);
	for (const { url } of [SITE, OTHER]) sandbox.websites.resize(url, 300);
});
afterAll(() => sandbox.close());

const SITE = { url: 'https://example.com' };
const OTHER = { url: 'https://other.example' };
/** A discovery for each item, of the address that it names. */
const discover = (items: IDataObject[], options: IDataObject = {}, more: Partial<NodeRun> = {}): NodeRun => ({
	parameters: discovery(options),
	credential: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
	items,
	...more,
});
const notWaiting = (run: NodeRun): NodeRun => ({
	...run,
	parameters: { ...run.parameters, waitForCompletion: false },
});
const discoveries = () => sandbox.discoveries.list({ startedBy: 'api' });
const requests = () => sandbox.requests.entries;
const posts = () => requests().filter(({ method }) => method === 'POST');
/** Each of these discoveries was started by one request and paid for once, and no other was. */
const expectBought = (...wanted: Array<{ url: string }>) => {
	expect(posts()).toHaveLength(wanted.length);
	expect(boughtDiscoveries(sandbox).sort()).toEqual(wanted.map(({ url }) => url));
};
const minutes = (ms: number) => ms / 60_000;
const CONTINUE = { onError: 'continueRegularOutput' as const };
const START = { method: 'POST', path: '/discovery' };
const STATUS = { method: 'GET', path: '/discovery/' };

/** One try of the node within an execution, as n8n retries it. */
async function attempt(run: NodeRun, execution = createRunExecutionData(), runIndex = 0) {
	const { finished } = await startNode(run, { execution, runIndex });
	return await finished.then(
		([items]) => ({ items: items.map(({ json }) => json), message: undefined }),
		(thrown: Error) => ({ items: [], message: thrown.message }),
	);
}
/** As n8n saves the execution, and reads it again for a retry. */
const saved = <T>(execution: T) => JSON.parse(JSON.stringify(execution)) as T;

describe.each([
	['queued', false],
	['synchronous', false],
	['queued', true],
	['synchronous', true],
] as const)('a server that is %s (older names: %s)', (manner, olderShape) => {
	beforeEach(() => serveDiscoveries(sandbox, { manner, olderShape }));

	test('finds the URLs: one item for each, each once, without any other request', async () => {
		const { items, error } = await runNode(discover([SITE, OTHER], { maxUrls: 230 }));
		expect(error?.message).toBeUndefined();
		for (const [item, { url }] of [SITE, OTHER].entries()) {
			const own = items.filter(({ pairedItem }) => (pairedItem as { item: number }).item === item);
			expect(own.length).toBeGreaterThan(100);
			expect(own.every(({ json }) => (json.url as string).startsWith(url))).toBe(true);
			expect(new Set(own.map(({ json }) => json.url)).size).toBe(own.length);
			expect(Object.keys(own[0].json)).toEqual(['url', 'title', 'lastModified']);
		}
		expect(requests().every(({ path }) => path.startsWith('/discovery'))).toBe(true);
		expectBought(SITE, OTHER);
	});

	const LOST: Array<[string, FaultRule]> = [
		['the connection is cut before it began', { reset: 'before' }],
		['the connection is cut after it began', { reset: 'after' }],
		['a proxy answers 502 in its place', { afterProcessing: true, status: 502, rawBody: '<html>502</html>' }],
		['the answer is a web page', { afterProcessing: true, rawBody: '<html>Log in</html>' }],
		['the answer names no job', { afterProcessing: true, rawBody: '{}' }],
	];
	test.each(LOST)('a start of unknown fate is said to be, and never sent again: %s', async (_what, fault) => {
		sandbox.faults.add({ ...START, times: 1, ...fault });
		const execution = createRunExecutionData();
		const first = await attempt(discover([SITE]), execution);
		expect(first.message).toMatch(
			/not sent twice.*may have been started and paid.*A retry.*does not start it/,
		);
		expect(first.message).toContain('https://example.com');
		const second = await attempt(discover([SITE]), saved(execution));
		expect(second.message).toMatch(
			/^It is not known whether the discovery of the URLs of https:\/\/example.com/,
		);
		expect(posts()).toHaveLength(1);
		const isStarted = fault.reset !== 'before';
		expect(boughtDiscoveries(sandbox)).toEqual(isStarted ? [SITE.url] : []);
	});

	test('one that failed is told in the API’s words, and is not bought again', async () => {
		sandbox.faults.add({ ...START, job: { fails: 'Site blocks crawlers' } });
		const execution = createRunExecutionData();
		const first = await attempt(discover([SITE]), execution);
		expect(first.message).toMatch(
			/^LLM Generator could not discover the URLs of https:\/\/example.com: “Site blocks crawlers”/,
		);
		expect(first.message).toContain(`job ${discoveries()[0].id}`);
		const second = await attempt(discover([SITE]), saved(execution));
		expect(second.message).toBe(first.message);
		expectBought(SITE);
	});

	test('items with the same address and options share one, and all get its URLs', async () => {
		const items = [SITE, { url: 'https://EXAMPLE.com/' }, { ...SITE, max: 7 }, OTHER];
		const { items: out, error } = await runNode(discover(items, { maxUrls: '={{ $json.max || null }}' }));
		expect(error?.message).toBeUndefined();
		expectBought(SITE, SITE, OTHER);
		const urls = items.map((_, item) =>
			out
				.filter(({ pairedItem }) => (pairedItem as { item: number }).item === item)
				.map(({ json }) => json.url),
		);
		expect(urls[1]).toEqual(urls[0]);
		expect(urls[2]).toHaveLength(7);
		expect(urls.every(({ length }) => length > 0)).toBe(true);
	});

	test('the next round of a loop is a new one, a retry is not', async () => {
		const execution = createRunExecutionData();
		const first = await attempt(discover([SITE]), execution, 0);
		const again = await attempt(discover([SITE]), saved(execution), 0);
		expect(again).toEqual(first);
		expectBought(SITE);
		await attempt(discover([SITE]), execution, 1);
		expectBought(SITE, SITE);
	});

	test('not waited for, the job comes out', async () => {
		const { items, error } = await runNode(notWaiting(discover([SITE])));
		expect(error?.message).toBeUndefined();
		const [{ id }] = discoveries();
		const { jobId, url, status } = items[0].json;
		expect(items).toHaveLength(1);
		expect([jobId, url, typeof status]).toEqual([id, SITE.url, 'string']);
		expect(requests().map(({ method }) => method)).toEqual(['POST']);
	});
});

describe('what the server cannot have done leaves no record', () => {
	test('after a 402 and a top-up the retry buys', async () => {
		sandbox.faults.add({ ...START, times: 1, status: 402, body: { message: 'Insufficient credits' } });
		const execution = createRunExecutionData();
		const first = await attempt(discover([SITE]), execution);
		expect(first.message).toMatch(
			/“Insufficient credits”\. Nothing was started\. A discovery may cost credits/,
		);
		const second = await attempt(discover([SITE]), saved(execution));
		expect(second.items.length).toBeGreaterThan(0);
		expect(boughtDiscoveries(sandbox)).toEqual([SITE.url]);
	});

	test('a 403 says what to check', async () => {
		sandbox.faults.add({ ...START, times: 1, status: 403 });
		expect((await runNode(discover([SITE]))).error?.message).toMatch(
			/Nothing was started\. Check the permissions/,
		);
	});

	test('a start that the rate limit rejects is sent again', async () => {
		sandbox.faults.add({ ...START, times: 2, status: 429, headers: { 'Retry-After': '0.2' } });
		const { items } = await runNode(discover([SITE]));
		expect(items.length).toBeGreaterThan(0);
		expect(posts()).toHaveLength(3);
		expect(boughtDiscoveries(sandbox)).toEqual([SITE.url]);
	});

	test.each([
		[{ maxUrls: 5000 }, /"Max URLs" is 5000\. Set it to a whole number from 1 to 1000\./],
		[{ maxUrls: 0 }, /from 1 to 1000/],
		[{ discoveryType: 'everything' }, /"everything" is not a valid discovery type.*crawl, full, sitemap/],
	])('the option %j is refused', async (options, message) => {
		expect((await runNode(discover([SITE], options))).error?.message).toMatch(message);
		expect(requests()).toHaveLength(0);
	});
});

test.each(['', null, {}])(
	'an older name is empty (%j): the ID under the other one is used',
	async (discoveryId) => {
		sandbox.faults.add({ ...START, set: { discoveryId } });
		const { items, error } = await runNode(discover([SITE], { maxUrls: 3 }));
		expect(error?.message).toBeUndefined();
		expect(items).toHaveLength(3);
	},
);

test('an ID under the name that generations have is used', async () => {
	sandbox.faults.add({ method: 'POST', path: '/discovery', rename: { id: 'jobId' } });
	const { items, error } = await runNode(discover([SITE], { maxUrls: 3 }));
	expect(error?.message).toBeUndefined();
	expect(items).toHaveLength(3);
});

test('only the options that are set are sent, and names mean their values', async () => {
	await runNode(discover([SITE]));
	await runNode(discover([SITE], { discoveryType: 'Sitemap', maxUrls: '25' }));
	expect(posts().map(({ body }) => body)).toEqual([SITE, { ...SITE, discoveryType: 'sitemap', maxUrls: 25 }]);
});

test('a website without URLs is no item, and a hint says so', async () => {
	sandbox.websites.resize(SITE.url, 0);
	const { items, hints, error } = await runNode(discover([SITE]));
	expect(error?.message).toBeUndefined();
	expect(items).toEqual([]);
	const message = `No URLs of https://example.com were found (job ${discoveries()[0].id})`;
	expect(hints).toContainEqual(expect.objectContaining({ message }));
});

test('a list that is shorter than what the job counted comes with a warning', async () => {
	sandbox.discovery.durationMs = 0;
	sandbox.faults.add({
		method: 'POST',
		path: '/discovery',
		set: { totalUrlsFound: 250, status: 'completed' },
	});
	sandbox.websites.resize(SITE.url, 3);
	const { items, hints } = await runNode(discover([SITE]));
	expect(items).toHaveLength(3);
	const message = expect.stringMatching(/counted 250 URLs of \S+, but its list has only 3/) as string;
	expect(hints).toContainEqual(expect.objectContaining({ message }));
});

test('an empty list in place of the URLs that the job counted does not pass for a website without any', async () => {
	const execution = createRunExecutionData();
	sandbox.faults.add({ ...STATUS, emptyPage: true, total: 0, totalPages: 0 });
	sandbox.discovery.durationMs = 0;
	const { message } = await attempt(discover([SITE]), execution);
	expect(message).toMatch(/found \d+ URLs of https:\/\/example.com, but returned none.*reads the URLs again/);
	sandbox.faults.clear();
	expect((await attempt(discover([SITE]), saved(execution))).items.length).toBeGreaterThan(0);
	expectBought(SITE);
});

describe('waiting', () => {
	test('trouble while asking does not end it, nor does a state that nobody documented', async () => {
		sandbox.faults.add(
			{ ...START, job: { durationMs: 2500, states: ['crawling', 'Sorting'] } },
			{ ...STATUS, times: 5, status: 503 },
			{ ...STATUS, skip: 5, times: 1, reset: 'after' },
			{ ...STATUS, skip: 6, times: 1, status: 404 },
			{ ...STATUS, skip: 7, times: 1, rawBody: '<html>' },
		);
		const { items, error } = await runNode(discover([SITE]));
		expect(error?.message).toBeUndefined();
		expect(items.length).toBeGreaterThan(0);
		expectBought(SITE);
	});

	test.each(['COMPLETED', 'Completed'])('a state is the same in capitals: %s', async (status) => {
		sandbox.faults.add({ ...START, set: { status } });
		expect((await runNode(discover([SITE]))).error?.message).toBeUndefined();
	});

	test('Max Wait names the job, and a retry goes on without paying', async () => {
		sandbox.discovery.durationMs = 2500;
		const execution = createRunExecutionData();
		const first = await attempt(discover([SITE], { maxWaitMinutes: minutes(800) }), execution);
		expect(first.message).toBe(
			`The URLs of https://example.com were not ready within 1 s; LLM Generator is still working on it (job ${discoveries()[0].id}). Retry this execution to continue waiting at no extra cost. To wait longer, increase Max Wait.`,
		);
		const second = await attempt(discover([SITE], { maxWaitMinutes: 1 }), saved(execution));
		expect(second.items.length).toBeGreaterThan(0);
		expectBought(SITE);
	});

	test('with Continue the item says which job it was, and the others are unharmed', async () => {
		sandbox.faults.add({ ...START, url: 'other', job: { endless: true } });
		const run = discover([OTHER, SITE], { maxWaitMinutes: minutes(1500) }, CONTINUE);
		const { items } = await runNode(run);
		const [{ id }] = sandbox.discoveries.list(OTHER);
		expect(items[0].json).toEqual({ error: expect.stringContaining(id) as string, jobId: id });
		expect(items.slice(1).every(({ pairedItem }) => (pairedItem as { item: number }).item === 1)).toBe(true);
		expect(items.length).toBeGreaterThan(1);
	});

	test('with an error output, one that failed comes out there, and its message has the job', async () => {
		sandbox.faults.add({ ...START, url: 'other', job: { fails: 'Site blocks crawlers' } });
		const { items, errorItems } = await runNode(
			discover([OTHER, SITE], {}, { onError: 'continueErrorOutput' }),
		);
		const [{ id }] = sandbox.discoveries.list(OTHER);
		const error = expect.stringMatching(`Site blocks crawlers.*job ${id}`) as string;
		expect(errorItems.map(({ json }) => json)).toEqual([{ ...OTHER, error }]);
		expect(items.length).toBeGreaterThan(0);
	});

	test('a key that is taken back meanwhile ends it with the job named; a retry with another key goes on', async () => {
		sandbox.discovery.durationMs = 500;
		sandbox.faults.add({ ...STATUS, times: 1, status: 401 });
		const execution = createRunExecutionData();
		const first = await attempt(discover([SITE]), execution);
		expect(first.message).toMatch(/did not accept the API key.*The discovery goes on/);
		expect(first.message).toContain(`job ${discoveries()[0].id}`);
		const second = await attempt(discover([SITE]), saved(execution));
		expect(second.items.length).toBeGreaterThan(0);
		expectBought(SITE);
	});

	test('stops within a second when the execution is stopped', async () => {
		sandbox.faults.add({ ...START, job: { endless: true } });
		const run = await startNode(discover([SITE]));
		const ended = expect(run.finished).rejects.toThrow();
		while (!requests().some(({ method }) => method === 'GET')) await sleep(5);
		await sleep(300);
		run.stop();
		await ended;
		await sleep(300);
		const asked = requests().length;
		await sleep(1500);
		expect(requests()).toHaveLength(asked);
	});
});

describe('URLs that could not be read', () => {
	const broken = () => ({ method: 'GET', path: '/discovery/', times: 1, status: 400 });
	// The response to the start says that it is completed: the first question is for the URLs.
	beforeEach(() => Object.assign(sandbox.discovery, { manner: 'synchronous', durationMs: 0 }));

	test('are read again by a retry of the execution, which pays nothing', async () => {
		sandbox.faults.add(broken());
		const execution = createRunExecutionData();
		const first = await attempt(discover([SITE]), execution);
		expect(first.message).toContain(`The discovery is completed (job ${discoveries()[0].id}).`);
		expect(first.message).toMatch(/A retry of this execution reads the URLs again and does not pay again\.$/);
		const second = await attempt(discover([SITE]), saved(execution));
		expect(second.items.length).toBeGreaterThan(0);
		expectBought(SITE);
	});

	test('are read again by Retry On Fail, which pays nothing', async () => {
		sandbox.faults.add(broken());
		const { items, error } = await runNode(discover([SITE, OTHER], {}, { maxTries: 2 }));
		expect(error?.message).toBeUndefined();
		expect(items.length).toBeGreaterThan(1);
		expectBought(SITE, OTHER);
	});
});

describe('as a tool', () => {
	const tool = async (options: IDataObject = {}, more: Partial<NodeRun> = {}) => {
		const run = discover([{}], options, more);
		return await toolOf({ ...run, parameters: { ...run.parameters, url: '={{ $fromAI("url") }}' } });
	};

	test('an agent gets the URLs, and a second question is a new discovery', async () => {
		const call = await tool();
		expect(await call(SITE)).toContain('https://example.com/');
		expect(await call(SITE)).toContain('https://example.com/');
		expectBought(SITE, SITE);
	});

	test('a retry goes on with the one that was started', async () => {
		sandbox.faults.add({ ...STATUS, times: 2, status: 401 });
		const call = await tool({}, { maxTries: 3 });
		expect(await call(SITE)).toContain('https://example.com/');
		expectBought(SITE);
	});

	test('the words are such that an assistant does not pay twice', async () => {
		sandbox.faults.add({ ...START, job: { endless: true } });
		const call = await tool({ maxWaitMinutes: 0.01 });
		const message = await call(SITE).catch((thrown: Error) => thrown.message);
		expect(message).toMatch(
			/still working on it.*Do not start it again, because that can cost credits again/,
		);
		expect(message).toContain(discoveries()[0].id);
	});
});
