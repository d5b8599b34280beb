import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { createHash } from 'node:crypto';
import type { FaultRule } from '../../sandbox/faults';
import { Ledger } from '../../sandbox/ledger';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { bytesOf, keepFilesInMemory, keepFilesOnDisk, keepFilesWith, storedFiles } from './binaryData';
import { runNode, searchSites, startNode, type NodeRun } from './n8n';
import { toolOf } from './tool';

const KEY = 'llmgen_sandbox_key';
const SITE = 'https://harbour-coffee.example';
const MEGABYTE = 1024 * 1024;
let sandbox: Sandbox;
let siteId: string;

jest.setTimeout(60_000);
beforeAll(async () => {
	await keepFilesOnDisk();
});
beforeEach(async () => {
	sandbox = await startSandbox({ ledger: new Ledger() });
	siteId = generated(SITE, { showFullText: true });
});
afterEach(() => sandbox.close());

function generated(url: string, options = {}): string {
	return sandbox.jobs.start({ url, options }, { durationMs: 0 }).site.id;
}

const byId = (value: string) => ({ __rl: true, mode: 'id', value });
const byUrl = (value: string) => ({ __rl: true, mode: 'url', value });
const fault = (rule: FaultRule) => sandbox.faults.add({ path: '/file', ...rule });
const fileRequests = () => sandbox.requests.entries.filter(({ path }) => path.startsWith('/file'));

const downloadOf = (parameters: INodeParameters = {}): NodeRun => ({
	parameters: { resource: 'file', operation: 'download', siteId: byId(siteId), ...parameters },
	credential: { apiKey: KEY, baseUrl: sandbox.baseUrl },
});

async function download(parameters: INodeParameters = {}, more: Partial<NodeRun> = {}) {
	return await runNode({ ...downloadOf(parameters), ...more });
}

/** The file as the API serves it. */
async function served(query = ''): Promise<Buffer> {
	const answer = await fetch(`${sandbox.baseUrl}/file/${siteId}${query}`);
	return Buffer.from(await answer.arrayBuffer());
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe.each([
	['on disk', keepFilesOnDisk],
	['in memory', keepFilesInMemory],
])('a file, which n8n keeps %s', (_where, keep) => {
	beforeAll(keep);
	afterAll(keepFilesOnDisk);

	test.each([
		['llms.txt', {}, ''],
		['llms-full.txt', { fullText: true }, '?full=true'],
	])('%s comes out as binary data, with its size and hash', async (fileName, parameters, query) => {
		const bytes = await served(query);
		const { items, error } = await download(parameters);
		expect(error?.message).toBeUndefined();
		const [{ json, binary, pairedItem }] = items;
		expect(json).toEqual({ siteId, fileName, fileSize: bytes.length, sha256: sha256(bytes) });
		expect(binary!.data).toMatchObject({ fileName, mimeType: 'text/plain', fileExtension: 'txt' });
		expect(await bytesOf(binary!.data)).toEqual(bytes);
		expect(pairedItem).toEqual({ item: 0 });
	});

	test('byte order mark, Windows line ends and broken UTF-8 stay as they are', async () => {
		fault({ file: { bom: true, crlf: true, bytes: 70_001 } });
		const bytes = await served();
		const [{ json, binary }] = (await download()).items;
		expect(await bytesOf(binary!.data)).toEqual(bytes);
		expect(json).toMatchObject({ fileSize: 70_001, sha256: sha256(bytes) });
	});

	test.each<[string, FaultRule]>([
		['cut in the middle', { file: { bytes: 3_000_000 }, reset: 'middle' }],
		['cut before the first byte', { reset: 'after' }],
		['stalled', { file: { bytes: 3_000_000 }, stall: 'body' }],
		['not served because the server is down', { status: 503 }],
		['rejected by the rate limit', { status: 429, headers: { 'Retry-After': '0.01' } }],
	])('a file that is %s is read again from the start, and nothing half is left', async (_what, rule) => {
		fault({ ...rule, times: 2 });
		const before = storedFiles().length;
		const { items, error } = await download({ options: { timeoutSeconds: 1 } });
		expect(error?.message).toBeUndefined();
		const [{ json, binary }] = items;
		expect(sha256(await bytesOf(binary!.data))).toBe(json.sha256);
		expect(sha256(await served())).toBe(json.sha256);
		expect(fileRequests()).toHaveLength(4);
		expect(storedFiles().length - before).toBeLessThanOrEqual(1);
	});

	test.each<[string, FaultRule, RegExp]>([
		[
			'cut',
			{ file: { bytes: 300_000 }, reset: 'middle' },
			/cut before the answer was complete.*Run this again/,
		],
		['stalled', { stall: 'body' }, /did not answer within 0\.3 s/],
		['larger than announced', { headers: { 'Content-Length': '900000' } }, /cut before|did not answer/],
	])('one that is always %s does not come out', async (_what, rule, message) => {
		fault(rule);
		const { items, error } = await download({ options: { timeoutSeconds: 0.3 } });
		expect(error?.message).toMatch(message);
		expect(items).toEqual([]);
		expect(fileRequests()).toHaveLength(4);
	});
});

describe('as text', () => {
	const asText = async (more: INodeParameters = {}) => await download({ outputAs: 'text', ...more });

	test('it stands in "content", and no binary data comes out', async () => {
		const bytes = await served('?full=true');
		const { items } = await asText({ fullText: true });
		expect(items).toEqual([
			{
				json: {
					siteId,
					fileName: 'llms-full.txt',
					fileSize: bytes.length,
					sha256: sha256(bytes),
					content: bytes.toString(),
				},
				pairedItem: { item: 0 },
			},
		]);
	});

	test('byte order mark and Windows line ends stay', async () => {
		fault({ file: { bom: true, crlf: true } });
		const [{ json }] = (await asText()).items;
		expect(Buffer.from(json.content as string)).toEqual(await served());
		expect(json.content).toMatch(/^\uFEFF# Harbour Coffee\r\n/);
	});

	test('16 MB are the most, and the message says how to get more', async () => {
		fault({ file: { bytes: 16_000_000 } });
		expect((await asText()).items[0].json.content).toHaveLength(16_000_000);
		sandbox.faults.clear();
		fault({ file: { bytes: 16_000_001 } });
		const { error } = await asText();
		expect(error?.message).toBe(
			`The file of ${SITE} is larger than 16 MB, which is the most that comes out as text. Set "Output As" to File.`,
		);
		expect((await download()).items[0].json.fileSize).toBe(16_000_001);
	});

	test('an agent gets text whatever is set, and not more than a model can read', async () => {
		const call = await toolOf(downloadOf());
		const [answer] = JSON.parse(await call({})) as IDataObject[];
		expect(answer.content).toBe((await served()).toString());
		fault({ file: { bytes: 200_001 } });
		await expect(call({})).rejects.toThrow(
			/larger than 200 kB, which is too much for an AI model to read\. Download it in a step of the workflow/,
		);
		const callForAll = await toolOf(downloadOf({ fullText: true }));
		await expect(callForAll({})).rejects.toThrow(
			/too much for an AI model to read\. Download it without "Full Text"/,
		);
	});
});

describe('which site', () => {
	test('the output of Generate, by expression, as a field or as a whole', async () => {
		const items = [{ jobId: 'job_1', siteId, status: 'completed' }];
		for (const value of ['={{ $json.siteId }}', '={{ $json }}', '={{ JSON.stringify($json) }}']) {
			const { items: out, error } = await download({ siteId: byId(value) }, { items });
			expect(error?.message).toBeUndefined();
			expect(out[0].json.siteId).toBe(siteId);
		}
	});

	test.each([
		SITE,
		`${SITE}/`,
		'HTTPS://Harbour-Coffee.example:443/#top',
		' harbour-coffee.example ',
		'http://www.harbour-coffee.example',
	])('by its address: %s', async (address) => {
		generated('https://atlas-cycling.example');
		generated(`${SITE}/blog`);
		const { items, error } = await download({ siteId: byUrl(address) });
		expect(error?.message).toBeUndefined();
		expect(items[0].json.siteId).toBe(siteId);
	});

	test('an address is taken for one also where an ID is expected', async () => {
		expect((await download({ siteId: byId(SITE) })).items[0].json.siteId).toBe(siteId);
	});

	test('also on a later page of a list that has pages', async () => {
		sandbox.generation.pagesSites = true;
		for (let count = 0; count < 45; count++) generated(`https://site-${count}.example`);
		expect((await download({ siteId: byUrl(SITE) })).items[0].json.siteId).toBe(siteId);
	});

	test('an address that several sites may have is not guessed', async () => {
		generated('https://www.harbour-coffee.example');
		const { error } = await download({ siteId: byUrl('http://harbour-coffee.example') });
		expect(error?.message).toMatch(
			/^Several sites may have the address "http:\/\/harbour-coffee\.example": .*https:\/\/harbour-coffee\.example.*Enter the full address of one of them/,
		);
		expect((await download({ siteId: byUrl(SITE) })).items[0].json.siteId).toBe(siteId);
	});

	test.each([
		[
			byUrl('https://nobody.example'),
			/^This account has no site with the address "https:\/\/nobody\.example"\. .*Generate/,
		],
		[byUrl(`${SITE}/blog`), /^This account has no site with the address/],
		[
			byId('site-of-nobody'),
			/^This account has no site with the ID "site-of-nobody"\. Choose one in the field "Site"/,
		],
		[byId('={{ "" }}'), /^No site is given\. Choose one in the field "Site"/],
		[byId('={{ ({ name: "x" }) }}'), /^The site is an object\. /],
	])('%j: there is none', async (site, message) => {
		const { error } = await download({ siteId: site });
		expect(error?.message).toMatch(message);
		expect(fileRequests()).toEqual([]);
	});

	test('a number is an ID, and comes out as one', async () => {
		sandbox.faults.add({ numericIds: true });
		const { number } = sandbox.sites.find(siteId)!;
		const { items } = await download({ siteId: byId(`={{ ${number} }}`) });
		expect(items[0].json.siteId).toBe(number);
	});
});

describe('the list in the field "Site"', () => {
	const credential = () => ({ apiKey: KEY, baseUrl: sandbox.baseUrl });

	test('shows all sites, the one with the newest file first, and finds them by address', async () => {
		generated('https://atlas-cycling.example');
		sandbox.generation.sitesOrder = 'oldestFirst';
		sandbox.sites.at('https://atlas-cycling.example')!.updatedAt += 1000;
		// It is pending for a minute.
		sandbox.jobs.start({ url: 'https://new.example' }, { durationMs: 600_000 });
		sandbox.sites.at('https://new.example')!.updatedAt += 2000;
		const { results } = await searchSites(credential());
		expect(results.map(({ name }) => name)).toEqual([
			'https://new.example (pending)',
			'https://atlas-cycling.example',
			SITE,
		]);
		expect((await searchSites(credential(), ' HARBOUR')).results).toEqual([
			{ name: SITE, value: siteId, url: SITE },
		]);
	});

	test('says how to continue without it', async () => {
		sandbox.faults.add({ status: 401 });
		await expect(searchSites(credential())).rejects.toThrow(
			/To continue without the list, choose "By ID"\.$/,
		);
	});
});

describe('a file that is not there is told, with what to do', () => {
	test.each<[string, IDataObject, RegExp]>([
		[
			'processing',
			{ status: 'processing' },
			/^The file of \S+ is not there yet: it is being generated \(status “processing”\)\. .*Wait for Completion.*trigger File Generated.*again later/,
		],
		['pending', { status: 'pending' }, /not there yet: it is being generated \(status “pending”\)/],
		['a state that nobody documented', { status: 'Crawling' }, /being generated \(status “crawling”\)/],
		['failed', { status: 'failed' }, /its latest generation failed\. .*Generate/],
	])('its site is %s: an older file is not taken for it', async (_status, set, message) => {
		sandbox.faults.add({ path: '/sites', set });
		for (const site of [byId(siteId), byUrl(SITE)]) {
			const { error } = await download({ siteId: site });
			expect(error?.message).toMatch(message);
		}
		expect(fileRequests()).toEqual([]);
	});

	test('a site without the full text', async () => {
		siteId = generated('https://atlas-cycling.example');
		const { error } = await download({ fullText: true });
		expect(error?.message).toMatch(
			/was generated without the full text, so there is no llms-full\.txt\. Use Generate with the option "Show Full Text"/,
		);
		expect((await download()).items).toHaveLength(1);
	});

	test.each<[string, FaultRule]>([
		['404', { status: 404 }],
		['409', { status: 409 }],
		['202', { status: 202, body: { message: 'Accepted' } }],
		['JSON that says so', { rawBody: '{"status":"processing","progress":40}' }],
	])('the file answers with %s', async (_what, rule) => {
		fault(rule);
		const { error } = await download();
		expect(error?.message).toMatch(/^The file of \S+ is not there yet, .*Run this again in a minute/);
		expect(fileRequests()).toHaveLength(1);
	});

	test.each<[string, FaultRule, RegExp]>([
		[
			'a web page',
			{ rawBody: '<!doctype html><title>Log in</title>' },
			/sent a web page \(“Log in”\) in place of/,
		],
		[
			'a web page that calls itself text',
			{ rawBody: '\n<HTML>', headers: { 'content-type': 'text/plain' } },
			/sent a web page in/,
		],
		['JSON', { rawBody: '{"message":"Not now"}' }, /sent JSON \(“Not now”\) in place of/],
		[
			'JSON that calls itself text',
			{ rawBody: '{"a":1}', headers: { 'content-type': 'text/plain' } },
			/sent JSON in/,
		],
		['nothing', { rawBody: '' }, /sent an empty answer in/],
		['an empty text', { file: { bytes: 0 } }, /sent an empty answer in/],
	])('%s in its place does not come out', async (_what, rule, message) => {
		fault(rule);
		for (const outputAs of ['file', 'text']) {
			const { items, error } = await download({ outputAs });
			expect(error?.message).toMatch(message);
			expect(items).toEqual([]);
		}
		expect(fileRequests()).toHaveLength(2);
	});

	test.each(['<b>Bold</b> text', '[Link](https://x.example)', '{{ template }}'])(
		'a file may begin with %s',
		async (rawBody) => {
			fault({ rawBody, headers: { 'content-type': 'text/markdown' } });
			expect((await download({ outputAs: 'text' })).items[0].json.content).toBe(rawBody);
		},
	);

	test('n8n cannot store it: that is said, and it is not fetched again', async () => {
		keepFilesWith(() => Promise.reject(new Error('ENOSPC: no space left on device, write')));
		const { error } = await download();
		await keepFilesOnDisk();
		expect(error?.message).toMatch(
			/arrived, but this n8n could not store it: “ENOSPC: .*Ask whoever runs this n8n/,
		);
		expect(fileRequests()).toHaveLength(1);
	});
});

describe('with many items', () => {
	test('files come in input order, each paired, and an item that fails harms no other', async () => {
		const urls = Array.from({ length: 12 }, (_, index) => `https://site-${index}.example`);
		const ids = urls.map((url) => generated(url));
		sandbox.faults.add({ path: '/file', url: 'site-0', delayMs: 400 });
		sandbox.faults.add({ path: '/file', delayMs: 200 });
		sandbox.faults.add({ path: '/file', url: 'site-5', rawBody: '<html>' });
		const { items, error } = await download(
			{ siteId: byId('={{ $json.id }}') },
			{ items: ids.map((id) => ({ id })), onError: 'continueRegularOutput' },
		);
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json.siteId)).toEqual(ids);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual(ids.map((_, item) => ({ item })));
		expect(items.map(({ json }) => 'error' in json)).toEqual(ids.map((_, item) => item === 5));
		expect(items.map(({ binary }) => binary === undefined)).toEqual(ids.map((_, item) => item === 5));
		expect(sandbox.requests.maxInFlight).toBeGreaterThan(4);
	});

	test('within the rate limit', async () => {
		sandbox.rateLimit = { limit: 5, windowMs: 500 };
		const items = Array.from({ length: 12 }, () => ({}));
		const { items: out } = await download({}, { items });
		expect(out).toHaveLength(12);
		expect(sandbox.requests.entries.filter(({ status }) => status === 429).length).toBeLessThanOrEqual(2);
	});

	test.each<[string, FaultRule]>([
		['stalls', { file: { bytes: MEGABYTE }, stall: 'body' }],
		['drips', { drip: { bytes: 1, everyMs: 20 } }],
		['does not begin', { stall: 'headers' }],
	])('stopping the execution ends a file that %s', async (_what, rule) => {
		fault(rule);
		const run = await startNode(downloadOf());
		const ended = run.finished.then(
			() => 'It came to its end',
			(failure: Error) => failure.message,
		);
		while (fileRequests().length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
		await new Promise((resolve) => setTimeout(resolve, 50));
		run.stop();
		expect(await ended).not.toMatch(/came to its end|store/);
		expect(fileRequests()).toHaveLength(1);
	});
});

describe('200 MB', () => {
	afterEach(keepFilesOnDisk);

	test('go to the disk as they are', async () => {
		fault({ file: { bytes: 200 * MEGABYTE } });
		const { items, error } = await download();
		expect(error?.message).toBeUndefined();
		expect(items[0].json.fileSize).toBe(200 * MEGABYTE);
		expect(items[0].binary!.data.bytes).toBe(200 * MEGABYTE);
	});

	test('are not read faster than they are stored, so they never lie in memory', async () => {
		fault({ file: { bytes: 200 * MEGABYTE } });
		let [taken, resume] = [0, () => {}];
		const paused = new Promise<void>((resolve) => (resume = resolve));
		const reached = new Promise<void>((resolve) =>
			keepFilesWith(async (bytes) => {
				for await (const piece of bytes) {
					if (taken === 0) {
						resolve();
						await paused;
					}
					taken += piece.length;
				}
				return taken;
			}),
		);
		const running = download();
		await reached;
		const before = process.memoryUsage().arrayBuffers;
		await new Promise((resolve) => setTimeout(resolve, 500));
		// What the network and the streams hold; the whole file would be 200 MB.
		expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * MEGABYTE);
		resume();
		expect((await running).items[0].json.fileSize).toBe(200 * MEGABYTE);
	});
});
