/** Files that are not on the API's own server. */
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import type { INodeParameters } from 'n8n-workflow';
import { generateCACertificate } from 'mockttp';
import { Ledger } from '../../sandbox/ledger';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { runNode } from './n8n';

const KEY = 'llmgen_sandbox_key';
const FILE = '# A file on another host\n';
let sandbox: Sandbox;
let siteId: string;
/** Another host, with https. */
let elsewhere: Server;
let origin: string;
let answer: (response: ServerResponse, request: IncomingMessage) => void;
let received: IncomingMessage[];

jest.setTimeout(60_000);
beforeAll(async () => {
	const connect = tls.connect;
	jest
		.spyOn(tls, 'connect')
		.mockImplementation(((options: tls.ConnectionOptions) =>
			connect({ ...options, rejectUnauthorized: false })) as typeof tls.connect);
	const { key, cert } = await generateCACertificate({ subject: { commonName: 'localhost' } });
	elsewhere = createServer({ key, cert }, (request, response) => {
		received.push(request);
		answer(response, request);
	});
	await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
	origin = `https://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
});
beforeEach(async () => {
	sandbox = await startSandbox({ ledger: new Ledger() });
	sandbox.generation.fileOrigin = origin;
	const options = { showFullText: true };
	siteId = sandbox.jobs.start({ url: 'https://harbour-coffee.example', options }, { durationMs: 0 }).site.id;
	received = [];
	answer = (response) => response.writeHead(200, { 'content-type': 'text/plain' }).end(FILE);
});
afterEach(() => sandbox.close());
afterAll(() => {
	jest.restoreAllMocks();
	elsewhere.closeAllConnections();
	elsewhere.close();
});

const ofFiles = () => sandbox.requests.entries.filter(({ path }) => path.startsWith('/file'));

async function download(parameters: INodeParameters = {}, credential = {}) {
	return await runNode({
		parameters: {
			resource: 'file',
			operation: 'download',
			siteId: { __rl: true, mode: 'id', value: siteId },
			outputAs: 'text',
			...parameters,
		},
		credential: { apiKey: KEY, baseUrl: sandbox.baseUrl, ...credential },
	});
}

test.each([
	[{}, ''],
	[{ fullText: true }, '?full=true'],
])('a file on another host is read there, without the key: %j', async (parameters, query) => {
	const { items, error } = await download(parameters);
	expect(error?.message).toBeUndefined();
	expect(items[0].json.content).toBe(FILE);
	expect(received.map(({ url }) => url)).toEqual([`/api/v1/file/${siteId}${query}`]);
	expect(JSON.stringify(received[0].headers)).not.toContain(KEY);
	expect(received[0].headers).not.toHaveProperty('authorization');
	expect(ofFiles()).toEqual([]);
});

test.each([
	'http://files.example',
	'ftp://files.example',
	'https://user:password@files.example',
	'file://',
	'',
])(
	'an address that begins with %j is not used: the file is read from its documented address, with the key',
	async (fileOrigin) => {
		sandbox.generation.fileOrigin = fileOrigin;
		const { items, error } = await download();
		expect(error?.message).toBeUndefined();
		expect(items[0].json.content).toMatch(/^# Harbour Coffee/);
		const [{ headers }] = ofFiles();
		expect(headers.authorization).toBe(`Bearer ${KEY}`);
	},
);

test('so is a file of which the API gives no address', async () => {
	sandbox.faults.add({ path: '/sites', omit: ['fileUrl', 'fullTextUrl'] });
	for (const fullText of [true, false]) expect((await download({ fullText })).items).toHaveLength(1);
	expect(ofFiles().map(({ query }) => query)).toEqual([{ full: 'true' }, {}]);
});

describe('redirects', () => {
	beforeEach(() => {
		sandbox.generation.fileOrigin = undefined;
	});

	test.each([301, 302, 303, 307, 308])('%i to another host: without the key', async (status) => {
		sandbox.faults.add({ path: '/file', status, redirectTo: `${origin}/moved?signature=1` });
		const { items, error } = await download();
		expect(error?.message).toBeUndefined();
		expect(items[0].json.content).toBe(FILE);
		expect(received.map(({ url }) => url)).toEqual(['/moved?signature=1']);
		expect(JSON.stringify(received[0].headers)).not.toContain(KEY);
	});

	test('from there back to the API, with the key', async () => {
		sandbox.faults.add({ path: '/file', times: 1, redirectTo: origin });
		answer = (response) => response.writeHead(302, { location: `${sandbox.baseUrl}/file/${siteId}` }).end();
		expect((await download()).items[0].json.content).toMatch(/^# Harbour Coffee/);
		expect(ofFiles().map(({ headers }) => headers.authorization)).toEqual([`Bearer ${KEY}`, `Bearer ${KEY}`]);
	});

	test('on the same host, by a path', async () => {
		sandbox.faults.add({ path: '/file', redirectTo: `${origin}/a` });
		answer = (response, { url }) =>
			url === '/a' ? response.writeHead(302, { location: 'b' }).end() : response.end(FILE);
		expect((await download()).items[0].json.content).toBe(FILE);
		expect(received.map(({ url }) => url)).toEqual(['/a', '/b']);
	});

	test.each(['http://files.example/x', 'http://127.0.0.1:1/', 'ftp://x', 'javascript:x'])(
		'to %s are not followed',
		async (redirectTo) => {
			sandbox.faults.add({ path: '/file', redirectTo });
			const { error } = await download();
			expect(error?.message).toMatch(
				/^LLM Generator redirected the download to ".*", which was not followed, because/,
			);
			expect(ofFiles()).toHaveLength(1);
		},
	);

	test('that lead in a circle end with a sentence', async () => {
		sandbox.faults.add({ path: '/file', redirectTo: `${sandbox.baseUrl}/file/${siteId}` });
		const { error } = await download();
		expect(error?.message).toMatch(
			/^The file was not found: its address leads from one to the next, more than 5 times/,
		);
		expect(ofFiles()).toHaveLength(6);
	});
});

describe('trouble of the other host', () => {
	const cut = (response: ServerResponse) => {
		response.writeHead(200, { 'content-length': 1000 }).write('# Half');
		setTimeout(() => response.destroy(), 20);
	};

	test.each<[string, (response: ServerResponse) => void]>([
		['503', (response) => response.writeHead(503).end()],
		['429', (response) => response.writeHead(429, { 'retry-after': '1' }).end()],
		['a cut connection', cut],
	])('%s: it is asked again, and the API is not kept waiting', async (_what, trouble) => {
		let left = 2;
		answer = (response) => (left-- > 0 ? trouble(response) : response.end(FILE));
		const { items, hints, error } = await download();
		expect(error?.message).toBeUndefined();
		expect(items[0].json.content).toBe(FILE);
		expect(received).toHaveLength(3);
		expect(hints).toEqual([]);
	});

	test.each<[string, (response: ServerResponse) => void, RegExp]>([
		['403', (response) => response.writeHead(403).end('<Error>'), /answered 403/],
		['a connection that is always cut', cut, /ended with ECONNRESET/],
		['a web page', (response) => response.writeHead(200).end('<html>'), /answered with a web page/],
	])('%s: the message names the host, and not the Base URL', async (_what, trouble, words) => {
		answer = trouble;
		const { items, error } = await download();
		expect(items).toEqual([]);
		expect(error?.message).toMatch(
			/^The file is at 127\.0\.0\.1, and could not be read there: GET https:\/\/127\.0\.0\.1/,
		);
		expect(error?.message).toMatch(words);
		expect(error?.message).not.toContain('Base URL');
	});

	test('429 for a day: that is not waited for, nor does it keep the API waiting', async () => {
		answer = (response) => response.writeHead(429, { 'retry-after': '86400' }).end();
		const { error } = await download();
		expect(error?.message).toMatch(
			/^The file is at 127\.0\.0\.1, and could not be read there: GET \S+ answered 429\. /,
		);
		expect(received).toHaveLength(1);
	});

	test('404: it is not there yet', async () => {
		answer = (response) => response.writeHead(404).end();
		expect((await download()).error?.message).toMatch(/^The file of \S+ is not there yet/);
	});
});

describe('Allowed Domains of the credential', () => {
	const only = (allowedDomains: string) => ({ allowedHttpRequestDomains: 'domains', allowedDomains });

	test('another host has to be among them', async () => {
		sandbox.generation.fileOrigin = 'https://files.example';
		const { error } = await download({}, only('127.0.0.1'));
		expect(error?.message).toMatch(
			/^The file is at files\.example, which is not one of the Allowed Domains .*Add files\.example to them/,
		);
		sandbox.generation.fileOrigin = origin;
		expect((await download({}, only('127.0.0.1'))).items).toHaveLength(1);
	});

	test('also where a redirect leads there', async () => {
		sandbox.generation.fileOrigin = undefined;
		sandbox.faults.add({ path: '/file', redirectTo: 'https://files.example/x' });
		const { error } = await download({}, only('127.0.0.1'));
		expect(error?.message).toMatch(/^The file is at files\.example, which is not one of the Allowed Domains/);
	});
});
