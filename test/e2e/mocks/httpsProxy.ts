import { generateCACertificate, getLocal, type CompletedRequest } from 'mockttp';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The parts of a request. */
export interface MockedRequest {
	method: string;
	/** E.g. /api/chat.postMessage, still percent-encoded. */
	path: string;
	query: URLSearchParams;
	headers: CompletedRequest['headers'];
	/** The token after “Bearer” or, for GitHub, “token”, if there is one. */
	token?: string;
	/** The body, if it is JSON. */
	json?: unknown;
	/** The body as text. */
	text: string;
}

export interface MockedResponse {
	status: number;
	json?: object;
	/** In place of `json`: any other body, e.g. a text file or a web page. Its type is in `headers`. */
	body?: string | Buffer;
	headers?: Record<string, string>;
}

/** What a mock does: it responds, or closes the connection without a response. */
export type Reaction = MockedResponse | 'close' | undefined;

/** Every request of an n8n to the internet ends here: a mock responds to it, or it is rejected and recorded. */
export interface HttpsProxy {
	/** Makes n8n use this proxy: `startDemo({ env: proxy.env })`. Requests to this computer do not use it. */
	env: Record<string, string>;
	/** Requests without a mock, e.g. “GET example.com/”. Each test checks that there are none. */
	unexpected: string[];
	/** Adds a mock for a host, e.g. slack.com. If it returns nothing, the request is unexpected. */
	mockHost(host: string, respond: (request: MockedRequest) => Reaction | Promise<Reaction>): Promise<void>;
	close(): Promise<void>;
}

export async function startHttpsProxy(): Promise<HttpsProxy> {
	const folder = await mkdtemp(join(tmpdir(), 'llmgenerator-proxy-'));
	const authority = await generateCACertificate({ subject: { commonName: 'Mocks of a test' } });
	const certificate = join(folder, 'authority.pem');
	await writeFile(certificate, authority.cert);

	const server = getLocal({ https: authority, recordTraffic: false });
	await server.start(somePorts());
	const unexpected: string[] = [];
	const rejectUnexpected = (what: string) => {
		unexpected.push(what);
		return { statusCode: 501, json: { error: `No mock responds to ${what}` } };
	};
	await server.forUnmatchedRequest().thenCallback((request) => rejectUnexpected(summary(request)));
	await server.forAnyWebSocket().thenRejectConnection(501);
	await server.on('websocket-request', (request) => void rejectUnexpected(summary(request)));
	await server.on('tls-client-error', ({ tlsMetadata, destination, failureCause }) => {
		const host = tlsMetadata.sniHostname ?? destination?.hostname;
		rejectUnexpected(`a connection to ${host} (${failureCause})`);
	});

	return {
		env: environment(`http://127.0.0.1:${server.port}`, certificate),
		unexpected,
		async mockHost(host, respond) {
			await server
				.forAnyRequest()
				.forHostname(host)
				.thenCallback(async (request) => {
					const response = await respond(await parsed(request));
					if (!response) return rejectUnexpected(summary(request));
					if (response === 'close') return response;
					const { status, json, body, headers } = response;
					return { statusCode: status, headers, ...(json ? { json } : { body: body ?? '' }) };
				});
		},
		async close() {
			await server.stop();
			await rm(folder, { recursive: true, force: true });
		},
	};
}

/** Not always the same ones, so that an n8n that another test left running does not reach this proxy. */
function somePorts() {
	const startPort = 20_000 + Math.floor(Math.random() * 10_000);
	return { startPort, endPort: startPort + 1_000 };
}

const THIS_COMPUTER = 'localhost,127.0.0.1';

function environment(proxy: string, certificate: string): Record<string, string> {
	return {
		HTTP_PROXY: proxy,
		HTTPS_PROXY: proxy,
		http_proxy: proxy,
		https_proxy: proxy,
		// Only this computer, whatever the environment of the tests says.
		NO_PROXY: THIS_COMPUTER,
		no_proxy: THIS_COMPUTER,
		// For fetch, which otherwise ignores a proxy.
		NODE_USE_ENV_PROXY: '1',
		NODE_EXTRA_CA_CERTS: certificate,
	};
}

/** Without the scheme, because mockttp confuses http and https inside a tunnel. */
function summary({ method, url }: { method: string; url: string }): string {
	const { hostname, pathname, search } = new URL(url);
	return `${method} ${hostname}${pathname}${search}`;
}

async function parsed(request: CompletedRequest): Promise<MockedRequest> {
	const { pathname, searchParams } = new URL(request.url);
	const [, token] = /^(?:Bearer|token) (.+)$/.exec(String(request.headers.authorization)) ?? [];
	const isJson = String(request.headers['content-type']).startsWith('application/json');
	const text = (await request.body.getText()) ?? '';
	return {
		method: request.method,
		path: pathname,
		query: searchParams,
		headers: request.headers,
		token,
		json: isJson && text !== '' ? JSON.parse(text) : undefined,
		text,
	};
}
