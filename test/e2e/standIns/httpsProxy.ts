import { generateCACertificate, getLocal, type CompletedRequest } from 'mockttp';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What one request asked, taken apart. */
export interface Asked {
	method: string;
	/** E.g. /api/chat.postMessage, still percent-encoded. */
	path: string;
	query: URLSearchParams;
	/** The token after “Bearer”, if one was sent. */
	token?: string;
	/** The body, where it is JSON. */
	json?: unknown;
	/** The body as it came. */
	text: string;
}

export interface Answer {
	status: number;
	json: object;
	headers?: Record<string, string>;
}

/** Everything an n8n asks of the internet ends here: a stand-in answers it, or it is refused and written down. */
export interface HttpsProxy {
	/** Leads n8n here: `startDemo({ env: proxy.env })`. What is on this computer is still asked directly. */
	env: Record<string, string>;
	/** What no stand-in answered, e.g. “GET example.com/”. A test that is right leaves it empty. */
	unexpected: string[];
	/** Lets a stand-in answer for a host, e.g. slack.com. Where it gives no answer, the request is unexpected. */
	standInFor(host: string, answer: (asked: Asked) => Answer | undefined): Promise<void>;
	close(): Promise<void>;
}

export async function startHttpsProxy(): Promise<HttpsProxy> {
	const folder = await mkdtemp(join(tmpdir(), 'llmgenerator-proxy-'));
	const authority = await generateCACertificate({ subject: { commonName: 'Stand-ins of a test' } });
	const certificate = join(folder, 'authority.pem');
	await writeFile(certificate, authority.cert);

	const server = getLocal({ https: authority, recordTraffic: false });
	await server.start();
	const unexpected: string[] = [];
	const refuse = (what: string) => {
		unexpected.push(what);
		return { statusCode: 501, json: { error: `Nothing stands in for ${what}` } };
	};
	await server.forUnmatchedRequest().thenCallback((request) => refuse(named(request)));
	await server.forAnyWebSocket().thenRejectConnection(501);
	await server.on('websocket-request', (request) => void refuse(named(request)));
	await server.on('tls-client-error', ({ tlsMetadata, destination, failureCause }) => {
		const host = tlsMetadata.sniHostname ?? destination?.hostname;
		refuse(`a connection to ${host} (${failureCause})`);
	});

	return {
		env: environment(`http://127.0.0.1:${server.port}`, certificate),
		unexpected,
		async standInFor(host, answer) {
			await server
				.forAnyRequest()
				.forHostname(host)
				.thenCallback(async (request) => {
					const answered = answer(await takenApart(request));
					if (!answered) return refuse(named(request));
					const { status, json, headers } = answered;
					return { statusCode: status, json, headers };
				});
		},
		async close() {
			await server.stop();
			await rm(folder, { recursive: true, force: true });
		},
	};
}

const THIS_COMPUTER = 'localhost,127.0.0.1';

function environment(proxy: string, certificate: string): Record<string, string> {
	return {
		HTTP_PROXY: proxy,
		HTTPS_PROXY: proxy,
		http_proxy: proxy,
		https_proxy: proxy,
		// Only what is on this computer, whatever else its own settings ask directly.
		NO_PROXY: THIS_COMPUTER,
		no_proxy: THIS_COMPUTER,
		// For fetch, which otherwise takes no notice of a proxy.
		NODE_USE_ENV_PROXY: '1',
		NODE_EXTRA_CA_CERTS: certificate,
	};
}

/** Without http or https, which mockttp confuses inside a tunnel. */
function named({ method, url }: { method: string; url: string }): string {
	const { hostname, pathname, search } = new URL(url);
	return `${method} ${hostname}${pathname}${search}`;
}

async function takenApart(request: CompletedRequest): Promise<Asked> {
	const { pathname, searchParams } = new URL(request.url);
	const [, token] = /^Bearer (.+)$/.exec(String(request.headers.authorization)) ?? [];
	const isJson = String(request.headers['content-type']).startsWith('application/json');
	const text = (await request.body.getText()) ?? '';
	return {
		method: request.method,
		path: pathname,
		query: searchParams,
		token,
		json: isJson && text !== '' ? JSON.parse(text) : undefined,
		text,
	};
}
