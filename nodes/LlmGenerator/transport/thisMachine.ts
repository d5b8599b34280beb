import type { IHttpRequestOptions } from 'n8n-workflow';
import { brokenBy } from './connection';
import { isLoopback } from './credential';
import type { ApiContext, Session } from './session';

/** As long as a proxy may take to say anything; without one, the answer comes at once. In milliseconds. */
const PROBE_DEADLINE_MS = 2_000;

/**
 * n8n sends requests through the proxy of its environment (HTTP_PROXY) even where they are for this machine, unless
 * NO_PROXY names it. An http:// request would show the key to that proxy. n8n has no option that leaves a proxy out, but
 * one that names another: the server itself is named, which then gets the request directly, with the whole address in
 * its first line, as every HTTP/1.1 server has to understand (RFC 9112, 3.2.2).
 *
 * @param address of the server, with its scheme
 */
export function directly(address: string): Pick<IHttpRequestOptions, 'proxy'> {
	const { protocol, hostname, port } = new URL(address);
	if (!isOpenToProxies(address)) return {};
	return { proxy: { protocol, host: hostname, port: Number(port || 80) } };
}

/** `directly`, only where n8n would use a proxy: simple servers do not understand such a first line after all. */
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

/** What travels encrypted is safe in a proxy. */
function isOpenToProxies(address: string): boolean {
	const { protocol, hostname } = new URL(address);
	return protocol === 'http:' && isLoopback(hostname);
}

/**
 * n8n does not tell nodes of its proxies. So a request without key asks a port of this machine at which nobody listens
 * (that of a service of 1983): without a proxy it is refused there, and anything else comes from one.
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
