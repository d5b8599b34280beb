/** A generation is paid for once, whatever happens, and each item gets its own file or a message. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ExecuteContext } from 'n8n-core';
import { createRunExecutionData, type IDataObject } from 'n8n-workflow';
import type { FaultRule } from '../../sandbox/faults';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { eventually } from '../until';
import { runNode, startNode, type NodeRun } from './n8n';

let sandbox: Sandbox;

jest.setTimeout(60_000);
beforeAll(async () => {
	sandbox = await startSandbox();
});
beforeEach(() => {
	sandbox.reset();
	sandbox.ledger.book({ type: 'purchase', amount: 5000 });
	Object.assign(sandbox.generation, { manner: 'queued', durationMs: 300, plan: 'professional' });
});
afterAll(() => sandbox.close());

const SITE = { url: 'https://example.com' };
/** A generation for each item, of the address that it names. */
const generate = (items: IDataObject[], options: IDataObject = {}, more: Partial<NodeRun> = {}): NodeRun => ({
	parameters: {
		resource: 'file',
		operation: 'generate',
		url: '={{ $json.url }}',
		generationMethod: '={{ $json.method || "simple" }}',
		options,
	} as never,
	credential: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
	items,
	...more,
});
const jobs = () => sandbox.jobs.list({ startedBy: 'api' });
const posts = () => sandbox.requests.entries.filter(({ method }) => method === 'POST').length;
const minutes = (ms: number) => ms / 60_000;
const CONTINUE = { onError: 'continueRegularOutput' as const };

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

describe.each(['queued', 'synchronous'] as const)('a server that is %s', (manner) => {
	beforeEach(() => (sandbox.generation.manner = manner));

	test('generates a file, and what comes out says all of it', async () => {
		const { items, error } = await runNode(generate([SITE], { maxUrls: 7 }));
		expect(error?.message).toBeUndefined();
		const [job] = jobs();
		expect(items.map(({ json }) => json)).toEqual([
			expect.objectContaining({
				jobId: job.id,
				siteId: job.site.id,
				url: 'https://example.com',
				status: 'completed',
				fileUrl: expect.stringContaining(job.site.id) as string,
				creditsUsed: job.charged,
			}),
		]);
		expect(job.options).toMatchObject({ maxUrls: 7, generationMethod: 'simple' });
		expect(items[0].pairedItem).toEqual({ item: 0 });
	});

	test('a finished file does not come out with the words for a queued one', async () => {
		const { items } = await runNode(generate([SITE]));
		expect(items[0].json).toMatchObject({ status: 'completed', progress: 100 });
		expect(items[0].json.message).not.toBe('Generation queued');
	});

	const LOST: Array<[string, FaultRule]> = [
		['the connection is cut after it began', { reset: 'after' }],
		['a proxy answers 502 in its place', { afterProcessing: true, status: 502, rawBody: '<html>502</html>' }],
		['a proxy answers 524 in its place', { afterProcessing: true, status: 524 }],
		['the answer is a web page', { afterProcessing: true, rawBody: '<html>Log in</html>' }],
		['the answer is empty', { afterProcessing: true, rawBody: '' }],
	];
	test.each(LOST)('a job whose answer is lost is found, and paid for once: %s', async (_what, fault) => {
		sandbox.faults.add({ method: 'POST', path: '/generate', times: 1, ...fault });
		const { items, error } = await runNode(generate([SITE]));
		expect(error?.message).toBeUndefined();
		expect(items[0].json).toMatchObject({ siteId: jobs()[0].site.id, status: 'completed' });
		expect(jobs()).toHaveLength(1);
	});

	test('an older file of the site is not taken for the one whose answer is lost', async () => {
		sandbox.jobs.finish(sandbox.jobs.start(SITE));
		sandbox.faults.add({ method: 'POST', path: '/generate', times: 1, reset: 'before' });
		const options = { maxWaitMinutes: minutes(2000) };
		const { error } = await runNode(generate([SITE], options));
		expect(error?.message).toMatch(/may have been started and paid/);
		expect(error?.message).toContain('https://example.com');
		expect(jobs()).toHaveLength(0);
	});

	test('a job that fails is told in the API’s words, and is not bought again', async () => {
		sandbox.faults.add({ method: 'POST', path: '/generate', job: { fails: 'Site blocks crawlers' } });
		const execution = createRunExecutionData();
		const first = await attempt(generate([SITE]), execution);
		expect(first.message).toMatch(/“Site blocks crawlers”/);
		expect(first.message).toContain(jobs()[0].id);
		sandbox.faults.clear();
		const second = await attempt(generate([SITE]), saved(execution));
		expect(second.message).toBe(first.message);
		expect(jobs()).toHaveLength(1);
	});

	test('two items with the same address and options share one job, and both get it', async () => {
		const same = { url: 'https://EXAMPLE.com/' };
		const other = { ...SITE, method: 'enhanced' };
		const { items, error } = await runNode(generate([SITE, same, other, { url: 'https://other.example' }]));
		expect(error?.message).toBeUndefined();
		expect(jobs()).toHaveLength(3);
		expect(items[0].json.jobId).toBe(items[1].json.jobId);
		expect(new Set(items.map(({ json }) => json.jobId)).size).toBe(3);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([0, 1, 2, 3].map((item) => ({ item })));
	});

	test('one item that fails does not abort the others’ starts, and a retry buys nothing again', async () => {
		sandbox.generation.durationMs = 1500;
		const execution = createRunExecutionData();
		const sites = [SITE, { url: 'https://other.example' }];
		const first = await attempt(generate([...sites, { url: 'nowhere' }]), execution);
		expect(first.message).toMatch(/not a web address/);
		const started = jobs().length;
		const second = await attempt(generate([...sites, { url: 'https://third.example' }]), saved(execution));
		expect(second.items.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
		expect(jobs()).toHaveLength(3);
		expect(started).toBeLessThanOrEqual(2);
	});

	test('neighbours that are done are not bought again by Retry On Fail', async () => {
		const fault = { method: 'POST', path: '/generate', url: 'other', times: 1, status: 500 };
		sandbox.faults.add({ ...fault, status: 402 });
		const items = [SITE, { url: 'https://other.example' }];
		const result = await runNode(generate(items, {}, { maxTries: 3 }));
		expect(result.error?.message).toBeUndefined();
		expect(jobs()).toHaveLength(2);
		expect(posts()).toBe(3);
	});

	test('the next round of a loop is a new generation, a retry is not', async () => {
		const execution = createRunExecutionData();
		await attempt(generate([SITE]), execution, 0);
		await attempt(generate([SITE]), execution, 0);
		expect(jobs()).toHaveLength(1);
		await attempt(generate([SITE]), execution, 1);
		expect(jobs()).toHaveLength(2);
		await attempt(generate([SITE]), saved(execution), 1);
		expect(jobs()).toHaveLength(2);
	});
});

describe('what the server cannot have done leaves no record', () => {
	test('a key that may not read the sites: that is said, and nothing is started', async () => {
		sandbox.faults.add({ path: '/sites', status: 403, body: { message: 'Missing permission' } });
		expect((await runNode(generate([SITE]))).error?.message).toMatch(
			/“Missing permission”\. Generate reads the list of sites.*allow this API key to read sites/,
		);
		expect(posts()).toBe(0);
	});

	test('after a 402 and a top-up the retry buys', async () => {
		sandbox.faults.add({
			method: 'POST',
			path: '/generate',
			times: 1,
			status: 402,
			body: { message: 'Insufficient credits' },
		});
		const execution = createRunExecutionData();
		const first = await attempt(generate([SITE], { maxUrls: 10 }), execution);
		expect(first.message).toMatch(/“Insufficient credits”.*up to about 10/);
		const second = await attempt(generate([SITE], { maxUrls: 10 }), saved(execution));
		expect(second.items[0]).toMatchObject({ status: 'completed' });
		expect(jobs()).toHaveLength(1);
	});

	test('the free plan has no enhanced generation, which the message says', async () => {
		sandbox.generation.plan = 'free';
		const { error } = await runNode(generate([{ ...SITE, method: 'enhanced' }]));
		expect(error?.message).toMatch(/free plan.*set Generation Method to Simple/);
		expect(jobs()).toHaveLength(0);
	});

	test('a start that the rate limit rejects is sent again', async () => {
		const fault = { method: 'POST', path: '/generate', times: 2, status: 429 };
		sandbox.faults.add({ ...fault, headers: { 'Retry-After': '0.2' } });
		const { items } = await runNode(generate([SITE]));
		expect(items[0].json.status).toBe('completed');
		expect(posts()).toBe(3);
		expect(jobs()).toHaveLength(1);
	});
});

describe('a start of unknown fate that is not found', () => {
	const options = { maxWaitMinutes: minutes(1500) };

	test('is not sent again by a retry, which looks again', async () => {
		sandbox.faults.add({ method: 'POST', path: '/generate', times: 1, reset: 'before' });
		const execution = createRunExecutionData();
		const first = await attempt(generate([SITE], options), execution);
		expect(first.message).toMatch(/may have been started and paid/);
		const second = await attempt(generate([SITE], options), saved(execution));
		expect(second.message).toMatch(/may have been started and paid/);
		expect(posts()).toBe(1);
		// It shows up later than anybody would have waited for.
		sandbox.jobs.finish(sandbox.jobs.start(SITE));
		const third = await attempt(generate([SITE], options), saved(execution));
		expect(third.items[0]).toMatchObject({ status: 'completed', siteId: expect.any(String) as string });
		expect(posts()).toBe(1);
	});

	test('is not found in the account of another key, where an older file looks new', async () => {
		sandbox.jobs.start({ url: 'https://old.example' }, { durationMs: 0 });
		sandbox.faults.add({ method: 'POST', path: '/generate', times: 1, reset: 'before' });
		const execution = createRunExecutionData();
		await attempt(generate([SITE], options), execution);
		const other = await startSandbox();
		other.jobs.finish(other.jobs.start(SITE));
		const run = generate([SITE], options);
		const credential = { ...run.credential, baseUrl: other.baseUrl };
		const retry = await attempt({ ...run, credential }, saved(execution));
		await other.close();
		expect(retry.message).toMatch(/may have been started and paid/);
	});

	test('that somebody else’s job with other options ends for meanwhile stays unknown', async () => {
		sandbox.jobs.finish(sandbox.jobs.start(SITE));
		const fault = { method: 'POST', path: '/generate', times: 1, reset: 'before' as const };
		sandbox.faults.add(fault);
		const { finished } = await startNode(generate([SITE], options));
		const ended = finished.catch((thrown: Error) => thrown.message);
		while (posts() < 1) await sleep(5);
		sandbox.jobs.finish(sandbox.jobs.start({ ...SITE, options: { generationMethod: 'enhanced' } }));
		expect(await ended).toMatch(/may have been started and paid/);
	});
});

describe('waiting', () => {
	test('20 synchronous jobs run side by side', async () => {
		Object.assign(sandbox.generation, { manner: 'synchronous', durationMs: 4000 });
		const sites = Array.from({ length: 20 }, (_, i) => ({ url: `https://site${i}.example` }));
		const { items, error } = await runNode(generate(sites));
		expect(error?.message).toBeUndefined();
		expect(items.map(({ json }) => json.url)).toEqual(sites.map(({ url }) => url));
		const firstEnd = Math.min(...jobs().map(({ completedAt }) => completedAt!));
		expect(jobs().filter(({ createdAt }) => createdAt < firstEnd)).toHaveLength(20);
	});

	test('one slow job delays nobody, and the output keeps the order of the input', async () => {
		sandbox.faults.add({ method: 'POST', path: '/generate', url: 'slow', job: { endless: true } });
		const sites = Array.from({ length: 30 }, (_, i) => ({ url: `https://site${i}.example` }));
		const run = runNode(generate([{ url: 'https://slow.example' }, ...sites], { maxRequestsAtOnce: 1 }));
		await eventually(() => expect(jobs()).toHaveLength(31));
		sandbox.jobs.finish(jobs().find(({ site }) => site.url === 'https://slow.example')!);
		const { items } = await run;
		expect(items.map(({ json }) => json.url)).toEqual([
			'https://slow.example',
			...sites.map(({ url }) => url),
		]);
	});

	test('trouble while asking does not end a job, nor does a state that nobody documented', async () => {
		const path = '/generate/';
		sandbox.faults.add(
			{ method: 'POST', path: '/generate', job: { durationMs: 2500, states: ['crawling', 'summarizing'] } },
			{ method: 'GET', path, times: 5, status: 503 },
			{ method: 'GET', path, skip: 5, times: 1, reset: 'after' },
			{ method: 'GET', path, skip: 6, times: 1, status: 429, headers: { 'Retry-After': '0.1' } },
			{ method: 'GET', path, skip: 7, times: 1, rawBody: '<html>' },
		);
		const { items, error } = await runNode(generate([SITE]));
		expect(error?.message).toBeUndefined();
		expect(items[0].json.status).toBe('completed');
		expect(jobs()).toHaveLength(1);
	});

	test('a job that the API does not know any more is followed by its site', async () => {
		const job = { lost: true, durationMs: 1000 };
		sandbox.faults.add({ method: 'POST', path: '/generate', job });
		const { items, error } = await runNode(generate([SITE]));
		expect(error?.message).toBeUndefined();
		expect(items[0].json).toMatchObject({ jobId: jobs()[0].id, status: 'completed' });
		expect(jobs()).toHaveLength(1);
	});

	test('a job that the API did not know for a while is told in its words when it fails', async () => {
		const job = { fails: 'Site blocks crawlers', durationMs: 4000 };
		sandbox.faults.add(
			{ method: 'POST', path: '/generate', job },
			{ method: 'GET', path: '/generate/', times: 3, status: 404 },
		);
		expect((await runNode(generate([SITE]))).error?.message).toMatch(/“Site blocks crawlers”/);
	});

	test.each([
		[{ code: 'E1', message: 'Site blocks crawlers' }, null],
		[['Site blocks crawlers'], null],
		[null, { detail: 'Site blocks crawlers' }],
		['', 'Site blocks crawlers'],
	])('words are found wherever a job has them: %j, %j', async (error, message) => {
		const set = { status: 'Failed', error, message };
		sandbox.faults.add({ method: 'GET', path: '/generate/', set });
		expect((await runNode(generate([SITE]))).error?.message).toMatch(
			/^LLM Generator could not generate the file of https:\/\/example\.com: “Site blocks crawlers”/,
		);
	});

	test('Max Wait names job and site, and a retry goes on without paying', async () => {
		sandbox.generation.durationMs = 2500;
		const execution = createRunExecutionData();
		const options = { maxWaitMinutes: minutes(800) };
		const first = await attempt(generate([SITE], options), execution);
		const [job] = jobs();
		expect(first.message).toContain(job.id);
		expect(first.message).toContain(job.site.id);
		expect(first.message).toMatch(/not ready within 1 s.*Retry this execution.*Get Generation Status/);
		const second = await attempt(generate([SITE], { maxWaitMinutes: 1 }), saved(execution));
		expect(second.items[0]).toMatchObject({ jobId: job.id, status: 'completed' });
		expect(jobs()).toHaveLength(1);
	});

	test('with Continue the item says which job it was, and the others are unharmed', async () => {
		sandbox.faults.add({ method: 'POST', path: '/generate', url: 'slow', job: { endless: true } });
		const items = [{ url: 'https://slow.example' }, SITE];
		const result = await runNode(generate(items, { maxWaitMinutes: minutes(1500) }, CONTINUE));
		const [slow] = sandbox.jobs.list({ url: 'https://slow.example' });
		expect(result.items[0].json).toEqual({
			error: expect.stringContaining(slow.id) as string,
			jobId: slow.id,
			siteId: slow.site.id,
		});
		expect(result.items[1].json).toMatchObject({ status: 'completed', url: SITE.url });
	});

	test('the words of a job do not show the key', async () => {
		const job = { fails: 'Wrong: Bearer llmgen_sandbox_key' };
		sandbox.faults.add({ method: 'POST', path: '/generate', job });
		const { error, stored } = await runNode(generate([SITE]));
		expect(error?.message).toMatch(/“Wrong: Bearer \*\*\*”/);
		expect(stored).not.toContain('llmgen_sandbox_key');
	});

	test.each([
		['does not wait', { wait: false }],
		['waits less', { minutes: 0 }],
	])('of two items with the same address, one that %s does not end the other’s wait', async (_what, less) => {
		sandbox.generation.durationMs = 1200;
		const items = [
			{ ...SITE, wait: true, minutes: 1, ...less },
			{ ...SITE, wait: true, minutes: 1 },
		];
		const run = generate(items, { maxWaitMinutes: '={{ $json.minutes }}' }, CONTINUE);
		const parameters = { ...run.parameters, waitForCompletion: '={{ $json.wait }}' };
		const result = await runNode({ ...run, parameters });
		expect(result.items[0].json.status).not.toBe('completed');
		expect(result.items[1].json).toMatchObject({ jobId: jobs()[0].id, status: 'completed' });
		expect(jobs()).toHaveLength(1);
	});

	test('with an error output, a job that failed comes out there, and its message has the IDs', async () => {
		const job = { fails: 'Site blocks crawlers' };
		sandbox.faults.add({ method: 'POST', path: '/generate', url: 'blocked', job });
		const items = [{ url: 'https://blocked.example' }, SITE];
		const result = await runNode(generate(items, {}, { onError: 'continueErrorOutput' }));
		const [{ id, site }] = sandbox.jobs.list({ url: 'https://blocked.example' });
		expect(result.items.map(({ json }) => json.url)).toEqual([SITE.url]);
		const error = expect.stringMatching(`Site blocks crawlers.*job ${id}, site ${site.id}`) as string;
		expect(result.errorItems.map(({ json }) => json)).toEqual([{ ...items[0], error }]);
		expect(result.errorItems[0].pairedItem).toEqual({ item: 0 });
	});

	test('switched off, the job comes out at once', async () => {
		sandbox.faults.add({ method: 'POST', path: '/generate', job: { endless: true } });
		const run = generate([SITE]);
		const { items } = await runNode({ ...run, parameters: { ...run.parameters, waitForCompletion: false } });
		expect(items[0].json).toMatchObject({ jobId: jobs()[0].id, status: 'queued' });
	});

	test('the key that is taken back meanwhile ends it with the job named; a retry with another key goes on', async () => {
		sandbox.generation.durationMs = 500;
		sandbox.faults.add({ method: 'GET', path: '/generate/', times: 1, status: 401 });
		const execution = createRunExecutionData();
		const first = await attempt(generate([SITE]), execution);
		expect(first.message).toMatch(/did not accept the API key.*The generation goes on/);
		expect(first.message).toContain(jobs()[0].id);
		const second = await attempt(generate([SITE]), saved(execution));
		expect(second.items[0]).toMatchObject({ status: 'completed' });
		expect(jobs()).toHaveLength(1);
	});

	test('a question that hangs delays nobody, even where one request may be sent at once', async () => {
		sandbox.generation.durationMs = 600;
		const hanging = { method: 'GET', path: '/generate/', url: 'hangs', stall: 'headers' as const };
		sandbox.faults.add(hanging);
		const sites = [{ url: 'https://hangs.example' }, SITE, { url: 'https://other.example' }];
		const options = { maxRequestsAtOnce: 1, maxWaitMinutes: minutes(6000) };
		const { items } = await runNode(generate(sites, options, CONTINUE));
		expect(items.map(({ json }) => json.status)).toEqual([undefined, 'completed', 'completed']);
		expect(items[0].json.error).toMatch(/not ready within 6 s/);
	});

	test('a line in n8n’s log says what is waited for', async () => {
		const lines: string[] = [];
		const log = { info: (line: string) => lines.push(line), warn() {}, error() {}, debug() {} };
		Object.defineProperty(ExecuteContext.prototype, 'logger', { configurable: true, value: log });
		await runNode(generate([SITE]));
		Reflect.deleteProperty(ExecuteContext.prototype, 'logger');
		expect(lines).toContain(
			`Waiting for LLM Generator to generate the file of ${SITE.url} (job ${jobs()[0].id})`,
		);
	});

	test.each([
		['between two questions', {}],
		['while a question has no answer', { method: 'GET', path: '/generate/', stall: 'headers' as const }],
	])('stops within a second when the execution is stopped, %s', async (_when, fault) => {
		sandbox.faults.add({ method: 'POST', path: '/generate', job: { endless: true } }, fault);
		const run = await startNode(generate([SITE]));
		const ended = expect(run.finished).rejects.toThrow();
		while (!sandbox.requests.entries.some(({ path }) => path.startsWith('/generate/'))) await sleep(5);
		await sleep(300);
		run.stop();
		await ended;
		await sleep(300);
		const asked = sandbox.requests.entries.length;
		await sleep(1500);
		expect(sandbox.requests.entries).toHaveLength(asked);
	});
});

describe('Reuse', () => {
	const options = { reuseWithinHours: 24 };

	test('takes a file that was made with the same options, and pays nothing', async () => {
		sandbox.jobs.finish(sandbox.jobs.start(SITE));
		const { items } = await runNode(generate([{ url: 'https://EXAMPLE.com/' }], options));
		expect(items[0].json).toMatchObject({
			status: 'completed',
			creditsUsed: 0,
			fileUrl: expect.any(String) as string,
		});
		expect(posts()).toBe(0);
	});

	test('waits for one that is being made', async () => {
		sandbox.jobs.start(SITE, { durationMs: 800 });
		const { items } = await runNode(generate([SITE], options));
		expect(items[0].json).toMatchObject({ status: 'completed', creditsUsed: 0 });
		expect(posts()).toBe(0);
	});

	test('waits for one that is being made, also where the server’s clock is behind, and pays nothing', async () => {
		sandbox.faults.add({ clockSkewMs: -2 * 3_600_000 });
		sandbox.jobs.start(SITE, { durationMs: 3000 });
		const { items } = await runNode(generate([SITE], { reuseWithinHours: 1 }));
		expect(items[0].json).toMatchObject({ status: 'completed', creditsUsed: 0 });
		expect(posts()).toBe(0);
	});

	test('takes a file also where the API writes its options in other ways', async () => {
		sandbox.jobs.start({ ...SITE, options: { maxUrls: 7 } }, { durationMs: 0 });
		const lastGenerationOptions = { maxUrls: '7', generationMethod: 'SIMPLE', showFullText: 'false' };
		sandbox.faults.add({ path: '/sites/', set: { lastGenerationOptions } });
		await runNode(generate([SITE], { ...options, maxUrls: 7 }));
		expect(posts()).toBe(0);
	});

	test('of one item is not the wish of another one with the same address', async () => {
		sandbox.jobs.start(SITE, { durationMs: 0 });
		const items = [
			{ ...SITE, hours: 24 },
			{ ...SITE, hours: null },
		];
		const run = generate(items, { reuseWithinHours: '={{ $json.hours }}' });
		const { items: out } = await runNode(run);
		expect(out.map(({ json }) => json.jobId)).toEqual([undefined, jobs()[0]?.id]);
		expect(posts()).toBe(1);
	});

	test('a state is the same in capitals', async () => {
		sandbox.jobs.finish(sandbox.jobs.start(SITE));
		sandbox.faults.add({ path: '/sites', set: { status: 'COMPLETED' } });
		const { items } = await runNode(generate([SITE], { ...options, maxWaitMinutes: minutes(1000) }));
		expect(items[0].json).toMatchObject({ status: 'completed', creditsUsed: 0 });
	});

	test.each([
		['made with other options', { generationMethod: 'enhanced' as const }, options],
		['made longer ago', {}, { reuseWithinHours: 0 }],
	])('takes none that was %s', async (_what, made, set) => {
		sandbox.jobs.finish(sandbox.jobs.start({ ...SITE, options: made }));
		await sleep(5);
		const { items } = await runNode(generate([SITE], set));
		expect(items[0].json.status).toBe('completed');
		expect(jobs()).toHaveLength(1);
	});

	test('starts one where the one that was being made fails', async () => {
		sandbox.jobs.start(SITE, { durationMs: 800, fails: 'Site blocks crawlers' });
		const { items } = await runNode(generate([SITE], options));
		expect(items[0].json).toMatchObject({ status: 'completed', jobId: jobs()[0].id });
	});
});

describe('Get Generation Status', () => {
	const status = async (jobId: unknown) =>
		await runNode({
			...generate([{}]),
			parameters: { resource: 'file', operation: 'getStatus', jobId } as never,
		});

	test('says how far a job is', async () => {
		const job = sandbox.jobs.start(SITE, { endless: true });
		sandbox.jobs.advance(job, 40);
		const { items } = await status(job.id);
		expect(items[0].json).toMatchObject({
			jobId: job.id,
			siteId: job.site.id,
			url: SITE.url,
			status: 'processing',
		});
	});

	test('is no failure for a job that failed', async () => {
		const job = sandbox.jobs.start(SITE, { fails: 'Site blocks crawlers' });
		sandbox.jobs.fail(job, 'Site blocks crawlers');
		const { items, error } = await status(job.id);
		expect(error).toBeUndefined();
		expect(items[0].json).toMatchObject({ status: 'failed', errorMessage: 'Site blocks crawlers' });
		expect(items[0].json).not.toHaveProperty('error');
	});

	test('of a job that is not there says so', async () => {
		expect((await status('job_0')).error?.message).toMatch(
			/did not find.*no job job_0 in this account.*Use the jobId/,
		);
	});
});
