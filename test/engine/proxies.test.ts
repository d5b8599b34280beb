/** Proxies from n8n's environment variables, over real HTTP. */
import type { IExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect as connectTo, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { generateCACertificate } from 'mockttp';
import { LlmGeneratorApi } from '../../credentials/LlmGeneratorApi.credentials';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { prepare, runNode, searchPackages, startNode } from './n8n';
import { ActiveTrigger } from './trigger';

const KEY = 'llmgen_sandbox_key';
const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'];
const API = 'https://api.llmgenerator.invalid/api/v1';
const FATE_UNKNOWN = /It is not known whether the checkout was made/;
const packageId = { __rl: true, mode: 'id', value: 'pkg_pro' };

let sandbox: Sandbox;
const before = { ...process.env };

beforeAll(async () => {
	sandbox = await startSandbox();
});
beforeEach(() => {
	sandbox.reset();
	for (const name of VARIABLES) {
		delete process.env[name];
		delete process.env[name.toLowerCase()];
	}
});
afterEach(() => Object.assign(process.env, before));
afterAll(() => sandbox.close());

const get = async (baseUrl: string) =>
	await runNode({ parameters: { operation: 'getBalance' }, credential: { apiKey: KEY, baseUrl } });
const post = async (baseUrl: string) =>
	await runNode({
		parameters: { operation: 'createCheckout', packageId },
		credential: { apiKey: KEY, baseUrl },
	});

describe('a Base URL on this machine, and a proxy for the internet', () => {
	let proxy: Proxy;
	beforeEach(async () => {
		proxy = await startProxy((response) => response.writeHead(502).end('no'));
		process.env.HTTP_PROXY = process.env.ALL_PROXY = proxy.url;
	});
	afterEach(() => proxy.close());

	const local = (host: string) => sandbox.baseUrl.replace('127.0.0.1', host);

	test.each(['127.0.0.1', 'localhost', '127.1'])('requests to %s do not use the proxy', async (host) => {
		expect((await get(local(host))).items[0].json).toHaveProperty('balance');
		expect((await post(local(host))).items[0].json).toHaveProperty('url');
		expect((await searchPackages({ apiKey: KEY, baseUrl: local(host) })).results).not.toEqual([]);
		expect(sandbox.requests.entries.map(({ path, status }) => `${path} ${status}`)).toEqual([
			'/credits/balance/api 200',
			'/credits/checkout/api 200',
			'/credits/packages 200',
		]);
		expect(proxy.received.join()).not.toContain(KEY);
		expect(proxy.received.join()).not.toMatch(/credits/);
	});

	test('requests to an IPv6 address do not use it either', async () => {
		const six = await startSandbox({ host: '::1' }).catch(() => undefined);
		if (!six) return;
		expect((await get(six.baseUrl)).items[0].json).toHaveProperty('balance');
		await six.close();
		expect(proxy.received.join()).not.toMatch(/credits|llmgen/);
	});

	test('with many pages and input items, the node asks n8n for its proxy once', async () => {
		const { items } = await runNode({
			parameters: { operation: 'getHistory', returnAll: true },
			credential: { apiKey: KEY, baseUrl: sandbox.baseUrl },
			items: Array.from({ length: 20 }, () => ({})),
		});
		expect(items).toHaveLength(20 * 300);
		expect(proxy.received).toHaveLength(1);
		expect(proxy.received.join()).not.toMatch(/credits|llmgen/);
	});

	test('requests of the trigger do not use it either', async () => {
		await ActiveTrigger.of(sandbox, { event: 'lowBalance' }).activate();
		expect(sandbox.requests.entries).not.toEqual([]);
		expect(proxy.received.join()).not.toMatch(/credits|llmgen/);
	});

	test('the test of the credential does not use it either', async () => {
		expect(await testCredential(sandbox.baseUrl)).toHaveProperty('transactions');
		expect(proxy.received).toEqual([]);
	});

	test('also if the proxy is down', async () => {
		process.env.HTTP_PROXY = process.env.ALL_PROXY = await closedAddress();
		expect((await get(sandbox.baseUrl)).items[0].json).toHaveProperty('balance');
		expect(await testCredential(sandbox.baseUrl)).toHaveProperty('transactions');
	});

	test('also if the proxy does not respond', async () => {
		const silent = await startProxy(() => {});
		process.env.HTTP_PROXY = silent.url;
		expect((await get(sandbox.baseUrl)).items[0].json).toHaveProperty('balance');
		expect(silent.received.join()).not.toMatch(/credits|llmgen/);
		silent.close();
	});

	test('if NO_PROXY contains the address, the request is a usual one', async () => {
		process.env.NO_PROXY = '127.0.0.1';
		expect((await get(sandbox.baseUrl)).items[0].json).toHaveProperty('balance');
		expect(sandbox.requests.entries[0].headers).not.toHaveProperty('proxy-connection');
		expect(proxy.received).toEqual([]);
	});
});

test.each(['127.0.0.1', 'localhost'])('without a proxy, a request to %s is a usual one', async (host) => {
	expect((await get(sandbox.baseUrl.replace('127.0.0.1', host))).items[0].json).toHaveProperty('balance');
	expect(sandbox.requests.entries[0].headers).not.toHaveProperty('proxy-connection');
});

describe('a proxy that forwards nothing', () => {
	test('is named in the message if it is down, and nothing was sent', async () => {
		process.env.HTTPS_PROXY = await closedAddress();
		const { host } = new URL(process.env.HTTPS_PROXY);
		for (const run of [get, post]) {
			const { error } = await run(API);
			expect(error?.message).toMatch(
				new RegExp(
					`^The proxy ${host}, which n8n sends its requests through, cannot be reached\\. .*HTTPS_PROXY`,
				),
			);
			expect(error?.message).not.toMatch(FATE_UNKNOWN);
		}
	});

	test('is named in the message if its host name is unknown', async () => {
		process.env.HTTPS_PROXY = 'http://proxy.corp.invalid:3128';
		expect((await get(API)).error?.message).toMatch(/^The proxy proxy\.corp\.invalid, which n8n/);
	});

	test.each([407, 403])(
		'responds with %i: the message blames neither the key nor a value',
		async (status) => {
			const proxy = await startProxy((response) =>
				response
					.writeHead(status, { 'Content-Type': 'text/html', 'Proxy-Authenticate': 'Basic realm="corp"' })
					.end('<html><head><title>Access denied</title></head></html>'),
			);
			process.env.HTTPS_PROXY = proxy.url;
			for (const run of [get, post]) {
				const { error, stored } = await run(API);
				expect(error?.message).toMatch(
					/^Something between n8n and LLM Generator \(a proxy, CDN or firewall\) answered in its place with status \d+: “Access denied”\. /,
				);
				expect(error?.message).not.toMatch(/API key|values in this node/);
				expect(error?.message).not.toMatch(FATE_UNKNOWN);
				expect(stored).not.toContain(KEY);
			}
			expect(proxy.received.join()).not.toContain(KEY);
			proxy.close();
		},
	);

	test.each([502, 503, 504])(
		'responds with %i: a checkout was not sent, and is tried again',
		async (status) => {
			const proxy = await startProxy((response) => response.writeHead(status, {}).end('Bad Gateway'));
			process.env.HTTPS_PROXY = proxy.url;
			const { error, stored } = await post(API);
			expect(error?.message).toMatch(
				new RegExp(
					`^Something between n8n and LLM Generator .* with status ${status}: “Bad Gateway”\\. Run this again`,
				),
			);
			expect(error).toMatchObject({ fate: 'not sent' });
			expect(proxy.received).toHaveLength(4);
			expect(stored).not.toContain(KEY);
			proxy.close();
		},
		30_000,
	);

	test('closes the connection: nothing was sent', async () => {
		const proxy = await startProxy((response) => response.destroy());
		process.env.HTTPS_PROXY = proxy.url;
		const { error } = await post(API);
		expect(error?.message).toMatch(/^The proxy .*HTTPS_PROXY/);
		expect(error?.message).not.toMatch(FATE_UNKNOWN);
		proxy.close();
	});
});

describe('a proxy that connects to an API that is down', () => {
	test.each([500, 503, 408])('%i: a checkout may have been made, and is not sent again', async (status) => {
		const api = await startTlsApi(status);
		const proxy = await startTunnel(api.port);
		process.env.HTTPS_PROXY = proxy.url;
		// The certificate is one that nobody trusts.
		const connect = tls.connect;
		const trusting = jest
			.spyOn(tls, 'connect')
			.mockImplementation(((options: tls.ConnectionOptions) =>
				connect({ ...options, rejectUnauthorized: false })) as typeof tls.connect);
		const { error, stored } = await post(API);
		trusting.mockRestore();
		expect(error?.message).toMatch(FATE_UNKNOWN);
		expect(error).toMatchObject({ fate: 'unknown', httpCode: String(status) });
		expect(api.requests()).toBe(1);
		expect(stored).not.toContain(KEY);
		proxy.close();
		api.close();
	});
});

/** The test of the credential, as n8n sends it: its request, with the Base URL of the credential. */
async function testCredential(baseUrl: string): Promise<unknown> {
	let context: IExecuteFunctions | undefined;
	const { nodeType } = await prepare({ parameters: {}, credential: {} });
	const execute = jest.spyOn(nodeType, 'execute').mockImplementation(function (this: IExecuteFunctions) {
		// eslint-disable-next-line @typescript-eslint/no-this-alias
		context = this;
		return Promise.resolve([[]]);
	});
	await (
		await startNode({ parameters: { operation: 'getBalance' }, credential: { apiKey: KEY, baseUrl } })
	).finished;
	execute.mockRestore();
	const request = { ...new LlmGeneratorApi().test.request, baseURL: baseUrl } as IHttpRequestOptions;
	return await context!.helpers.httpRequestWithAuthentication.call(context!, 'llmGeneratorApi', request);
}

interface Proxy {
	url: string;
	/** All requests as text: first line and headers. */
	received: string[];
	close(): void;
}

async function startProxy(answer: (response: ServerResponse) => void): Promise<Proxy> {
	const received: string[] = [];
	const server: Server = createServer((request, response) => {
		received.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
		answer(response);
	});
	server.on('connect', (request, socket: Duplex) => {
		received.push(`CONNECT ${request.url} ${JSON.stringify(request.headers)}`);
		socket.on('error', () => {});
		const response = new ConnectResponse(socket);
		answer(response as unknown as ServerResponse);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	const close = () => {
		server.close();
		server.closeAllConnections();
	};
	return { url: `http://127.0.0.1:${port}`, received, close };
}

/** An API that answers everything with one status, over TLS. */
async function startTlsApi(status: number) {
	let requests = 0;
	const { key, cert } = await generateCACertificate({ subject: { commonName: 'api.llmgenerator.invalid' } });
	const server = createTlsServer({ key, cert }, (request, response) => {
		requests++;
		request.resume();
		response.writeHead(status, { 'Content-Type': 'application/json' }).end('{"message":"Oh no"}');
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	const close = () => {
		server.close();
		server.closeAllConnections();
	};
	return { port, requests: () => requests, close };
}

/** A proxy that connects whoever asks to one port of this machine. */
async function startTunnel(port: number) {
	const server = createServer();
	server.on('connect', (_request, socket: Duplex) => {
		const there = connectTo(port, '127.0.0.1', () => {
			socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
			there.pipe(socket).pipe(there);
		});
		for (const end of [socket, there]) end.on('error', () => {});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const close = () => {
		server.close();
		server.closeAllConnections();
	};
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** The part of a response that a rejected CONNECT needs. */
class ConnectResponse {
	private head = '';

	constructor(private readonly socket: Duplex) {}

	writeHead(status: number, headers: Record<string, string> = {}) {
		const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
		this.head = `HTTP/1.1 ${status} No\r\n${lines.join('')}Connection: close\r\n\r\n`;
		return this;
	}

	end(text: string) {
		this.socket.end(this.head + text);
	}

	destroy() {
		this.socket.destroy();
	}
}

/** An address where no server listens. */
async function closedAddress(): Promise<string> {
	const proxy = await startProxy(() => {});
	proxy.close();
	return proxy.url;
}
