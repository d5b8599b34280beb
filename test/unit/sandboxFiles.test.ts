import axios, { type AxiosRequestConfig } from 'axios';
import { fileBody } from '../../sandbox/generation/fileBody';
import { type FileVersion, llmsFullTxt, llmsTxt } from '../../sandbox/generation/files';
import { DEFAULT_OPTIONS } from '../../sandbox/generation/options';
import type { FaultEffect } from '../../sandbox/faults';
import { Ledger } from '../../sandbox/ledger';
import { type Sandbox, startSandbox } from '../../sandbox/server';

const URL = 'https://harbour-coffee.example';
const MEGABYTE = 1024 * 1024;

let sandbox: Sandbox;
let siteId: string;
/** Anybody: no key. */
const http = axios.create({ validateStatus: () => true, responseType: 'arraybuffer' });

beforeEach(async () => {
	sandbox = await startSandbox({ ledger: new Ledger() });
	http.defaults.baseURL = sandbox.baseUrl;
	siteId = generated({ showFullText: true });
});
afterEach(() => sandbox.close());

function generated(options = {}, url = URL): string {
	return sandbox.jobs.start({ url, options }, { durationMs: 0 }).site.id;
}

async function bytes(query = '', config?: AxiosRequestConfig): Promise<Buffer> {
	return (await http.get<Buffer>(`/file/${siteId}${query}`, config)).data;
}

async function text(query = ''): Promise<string> {
	return (await bytes(query)).toString();
}

describe('the text', () => {
	const version: FileVersion = {
		url: URL,
		options: { ...DEFAULT_OPTIONS, generationMethod: 'enhanced' },
		revision: 1,
	};

	test('has a title, a summary, and sections with links, as llmstxt.org wants it', () => {
		const [title, summary, details, ...sections] = llmsTxt(version).trimEnd().split('\n\n');
		expect(title).toBe('# Harbour Coffee');
		expect(summary).toMatch(/^> Harbour Coffee .*\.$/);
		expect(details).toMatch(/^\w.*\.$/);
		expect(sections.length).toBeGreaterThan(4);
		sections.forEach((section, index) => {
			const pattern =
				index % 2 === 0 ? /^## [\w ]+$/ : /^- \[[^\]]+\]\(https:\/\/harbour-coffee\.example\/[^)]*\): .+\.$/;
			for (const line of section.split('\n')) expect(line).toMatch(pattern);
		});
		expect(llmsTxt(version).match(/^- /gm)?.length).toBeLessThanOrEqual(25);
	});

	test('is always the same for the same generation, and another for another address', () => {
		expect(llmsTxt({ ...version })).toBe(llmsTxt(version));
		expect(llmsTxt({ ...version, url: 'https://atlas-cycling.example' })).not.toBe(llmsTxt(version));
	});

	test('is exactly what a test has set when the generation started', async () => {
		const set = '# Käse 🧀\r\n\r\n- [Ä](https://harbour-coffee.example/ä)';
		sandbox.websites.setText(`${URL}/`, set);
		generated({ showFullText: true });
		sandbox.websites.setText(URL, 'too late');
		expect(await text()).toBe(set);

		generated({ showFullText: true });
		expect(await text()).toBe('too late');
		sandbox.websites.setText(URL, undefined);
		generated({ showFullText: true });
		expect(await text()).toMatch(/^# Harbour Coffee\n/);
	});

	test('has descriptions only if it is enhanced', () => {
		const simple = llmsTxt({ ...version, options: DEFAULT_OPTIONS });
		expect(simple).toMatch(/^- \[[^\]]+\]\([^)]+\)$/m);
		expect(simple).not.toMatch(/\): /);
	});

	test('changes a little from one revision to the next', () => {
		const [before, after] = [1, 2].map((revision) => llmsTxt({ ...version, revision }).split('\n'));
		const changed = before.filter((line) => !after.includes(line)).length;
		expect(changed).toBeGreaterThan(0);
		expect(changed).toBeLessThan(before.length / 2);
		expect(llmsFullTxt({ ...version, revision: 2 })).not.toBe(llmsFullTxt(version));
	});

	test('is long in llms-full.txt, with the address of each page, and not only ASCII', () => {
		const full = llmsFullTxt(version);
		expect(full.length).toBeGreaterThan(20_000);
		expect(full.match(/^Source: https:/gm)?.length).toBe(llmsTxt(version).match(/^- /gm)?.length);
		expect(Buffer.byteLength(full)).toBeGreaterThan(full.length);
	});
});

describe('a file', () => {
	test('needs no key, counts for no limit, and can be read by any web page', async () => {
		sandbox.rateLimit = { limit: 0, windowMs: 60_000 };
		const { status, headers, data } = await http.get<Buffer>(`/file/${siteId}`);
		expect(status).toBe(200);
		expect(headers).toMatchObject({
			'content-type': 'text/plain; charset=utf-8',
			'content-length': String(data.length),
			'access-control-allow-origin': '*',
		});
		expect(data.toString()).toMatch(/^# Harbour Coffee\n/);
		expect(await text('?full=true')).toContain('Source: https://');
	});

	test('has a full text only if the last generation made one', async () => {
		generated();
		expect((await http.get(`/file/${siteId}?full=true`)).status).toBe(404);
		expect((await http.get(`/file/${siteId}?full=false`)).status).toBe(200);
	});

	test('changes with a new generation, unless it is to stay', async () => {
		const first = await text();
		generated({ showFullText: true });
		const second = await text();
		expect(second).not.toBe(first);
		sandbox.jobs.start({ url: URL }, { durationMs: 0, changesFiles: false });
		expect(await text()).toBe(second);
		sandbox.generation.changesFiles = false;
		generated();
		expect(await text()).toBe(second);
	});

	test('while a new one is generated: the one before, 404 or 409', async () => {
		sandbox.jobs.start({ url: URL });
		const status = async () => (await http.get(`/file/${siteId}`)).status;
		expect(await status()).toBe(200);
		sandbox.generation.fileWhileRunning = 409;
		expect(await status()).toBe(409);
		sandbox.generation.fileWhileRunning = 404;
		expect(await status()).toBe(404);
	});

	test('can be said to be on another host', async () => {
		sandbox.generation.fileOrigin = 'https://files.example';
		const { data } = await axios.get<{ fileUrl: string; fullTextUrl: string }>(
			`${sandbox.baseUrl}/sites/${siteId}`,
			{
				headers: { Authorization: 'Bearer llmgen_sandbox_key' },
			},
		);
		expect(data.fileUrl).toBe(`https://files.example/api/v1/file/${siteId}`);
		expect(data.fullTextUrl).toBe(`${data.fileUrl}?full=true`);
	});
});

describe('faults', () => {
	const add = (effect: FaultEffect, times?: number) =>
		sandbox.faults.add({ path: '/file', times, ...effect });

	test('byte order mark and Windows line ends', async () => {
		const plain = await text();
		add({ file: { bom: true, crlf: true } });
		const changed = await bytes();
		expect(changed.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
		expect(changed.subarray(3).toString()).toBe(plain.replaceAll('\n', '\r\n'));
	});

	test.each([0, 1, 100, 70_000, 200_001])('%i bytes, the same ones each time', async (size) => {
		add({ file: { bytes: size } });
		const first = await bytes();
		expect(first).toHaveLength(size);
		expect(await bytes()).toEqual(first);
	});

	test('200 MB without holding them in memory', async () => {
		add({ file: { bytes: 200 * MEGABYTE } });
		const { data, headers } = await http.get<NodeJS.ReadableStream>(`/file/${siteId}`, {
			responseType: 'stream',
		});
		let received = 0;
		for await (const piece of data) received += piece.length;
		expect(received).toBe(200 * MEGABYTE);
		expect(headers['content-length']).toBe(String(received));

		const memory = new Set<ArrayBufferLike>();
		for await (const piece of fileBody('Text', { bytes: 200 * MEGABYTE }).stream) {
			memory.add((piece as Buffer).buffer);
		}
		expect(memory.size).toBeLessThanOrEqual(2);
	});

	test('cut in the middle', async () => {
		add({ file: { bytes: 300_000 }, reset: 'middle' });
		await expect(bytes()).rejects.toThrow('aborted');
		const { data } = await http.get<NodeJS.ReadableStream>(`/file/${siteId}`, { responseType: 'stream' });
		let received = 0;
		const reading = (async () => {
			for await (const piece of data) received += piece.length;
		})();
		await expect(reading).rejects.toThrow('aborted');
		expect(received).toBe(150_000);
	});

	test('slow, piece by piece', async () => {
		const plain = await text();
		add({ drip: { bytes: 100, everyMs: 0 } });
		expect(await text()).toBe(plain);
	});

	test.each([
		['a web page', '<html>Log in</html>', 'text/html; charset=utf-8'],
		['JSON', '{"message":"Not now"}', 'application/json; charset=utf-8'],
		['nothing', '', 'application/json; charset=utf-8'],
	])('%s in its place', async (_name, rawBody, type) => {
		add({ rawBody });
		const { status, data, headers } = await http.get<Buffer>(`/file/${siteId}`);
		expect([status, data.toString(), headers['content-type']]).toEqual([200, rawBody, type]);
	});

	test('an empty file that calls itself text', async () => {
		add({ rawBody: '', headers: { 'Content-Type': 'text/plain' } });
		expect((await http.get(`/file/${siteId}`)).headers['content-type']).toBe('text/plain');
	});

	test('not there yet, although its job has completed', async () => {
		add({ status: 409 }, 2);
		expect((await http.get(`/file/${siteId}`)).status).toBe(409);
		expect((await http.get(`/file/${siteId}`)).status).toBe(409);
		expect((await http.get(`/file/${siteId}`)).status).toBe(200);
	});

	test('only for some addresses', async () => {
		const other = generated({}, 'https://atlas-cycling.example');
		sandbox.faults.add({ path: '/file', url: 'atlas', status: 404 });
		expect((await http.get(`/file/${other}`)).status).toBe(404);
		expect((await http.get(`/file/${siteId}`)).status).toBe(200);
	});
});
