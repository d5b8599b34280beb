import type { IHttpRequestOptions } from 'n8n-workflow';
import { brokenBy } from './connection';
import { isLoopback } from './credential';
import type { ApiContext, Session } from './session';

/** How long a proxy may take to answer; without a proxy, the answer comes immediately. In milliseconds. */
const PROBE_DEADLINE_MS = 2_000;

/**
 * n8n sends requests through the proxy of its environment (HTTP_PROXY) even to this machine, unless NO_PROXY names it. An
 * http:// request would show the key to that proxy. n8n has no option for "no proxy", only for another proxy. So the
 * server itself is named as the proxy: it gets the request directly, with the whole address in the first line, which
 * every HTTP/1.1 server has to understand (RFC 9112, 3.2.2).
 *
 * @param address of the server, with its scheme
 */
export function directly(address: string): Pick<IHttpRequestOptions, 'proxy'> {
	const { protocol, hostname, port } = new URL(address);
	if (!isOpenToProxies(address)) return {};
	return { proxy: { protocol, host: hostname, port: Number(port || 80) } };
}

/** `directly`, but only if n8n would use a proxy: some simple servers do not understand such a first line. */
export async function directlyIfProxied(
	context: ApiContext,
	session: Session,
	baseUrl: string,
): Promise<Pick<IHttpRequestOptions, 'proxy'>> {
	if (!isOpenToProxies(baseUrl)) return {};
	const { hostname } = new URL(baseUrl);
	const isProxied = session.proxied.get(hostname) ?? wouldUseProxy(context, hostname);
	session.proxied.set(hostname, isProxied);
	return (await isProxied) ? directly(baseUrl) : {};
}

/** A proxy cannot read encrypted requests. */
function isOpenToProxies(address: string): boolean {
	const { protocol, hostname } = new URL(address);
	return protocol === 'http:' && isLoopback(hostname);
}

/**
 * Nodes cannot read n8n's proxy settings. So a request without the key is sent to port 1 of this machine, which no program
 * uses: without a proxy the connection is refused; any other result comes from a proxy.
 */
async function wouldUseProxy(context: ApiContext, hostname: string): Promise<boolean> {
	const abortSignal = AbortSignal.timeout(PROBE_DEADLINE_MS);
	try {
		await context.helpers.httpRequest({ url: `http://${hostname}:1/`, abortSignal });
		return true;
	} catch (failure) {
		return !/\bconnect E[A-Z]+ \S+:1\b/.test(brokenBy(failure as Error).message);
	}
}
