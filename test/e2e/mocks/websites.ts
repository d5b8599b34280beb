import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpsProxy, MockedRequest, MockedResponse, Reaction } from './httpsProxy';

/** A website as its web server answers. A test may change everything at any time. */
export interface WebsiteMock {
	host: string;
	/** By path: what it answers. Every other path is a web page. */
	paths: Record<string, Answer>;
	/** In the order in which they came. */
	requests: LoggedRequest[];
	/** The most requests that it had at the same time. */
	mostAtOnce: number;
}

export type Answer = Reaction | ((request: MockedRequest) => Reaction | Promise<Reaction>);

interface LoggedRequest {
	/** E.g. “HEAD /docs”. */
	line: string;
	headers: MockedRequest['headers'];
	/** Milliseconds since 1970. */
	at: number;
}

/** Some websites of the internet, by host. Their web servers take a moment for each answer. */
export async function mockWebsite(proxy: HttpsProxy, host: string, latencyMs = 20): Promise<WebsiteMock> {
	const website: WebsiteMock = { host, paths: {}, requests: [], mostAtOnce: 0 };
	let atOnce = 0;
	await proxy.mockHost(host, async (request) => {
		const line = `${request.method} ${request.path}`;
		website.requests.push({ line, headers: request.headers, at: Date.now() });
		website.mostAtOnce = Math.max(website.mostAtOnce, ++atOnce);
		await sleep(latencyMs);
		try {
			const answer = request.path in website.paths ? website.paths[request.path] : webPage(host);
			return typeof answer === 'function' ? await answer(request) : answer;
		} finally {
			atOnce--;
		}
	});
	return website;
}

/** A text file, as web servers send it. */
export function textFile(body: string | Buffer, type = 'text/plain; charset=utf-8'): MockedResponse {
	return { status: 200, body, headers: { 'Content-Type': type } };
}

export function webPage(title: string, status = 200): MockedResponse {
	const body = `<!doctype html><html><head><title>${title}</title></head><body></body></html>`;
	return { status, body, headers: { 'Content-Type': 'text/html; charset=utf-8' } };
}

export function redirect(location: string): MockedResponse {
	return { status: 301, headers: { Location: location } };
}
