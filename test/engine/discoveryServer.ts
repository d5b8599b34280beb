/** A stand-in for the API's discoveries, over real HTTP, in both shapes and both manners of the reference. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Faults, type FaultEffect, type FaultRule } from '../../sandbox/faults';

/** How a discovery goes. */
interface Course {
	durationMs?: number;
	endless?: boolean;
	/** It fails with these words. */
	fails?: string;
	/** The states before its end. */
	states?: string[];
	/** How many URLs it finds, if not as many as it may. */
	finds?: number;
}

/** `olderShape` (of FaultEffect): in the words of the older reference. */
export type DiscoveryRule = FaultRule & { discovery?: Course };

interface Discovery extends Course {
	id: string;
	url: string;
	maxUrls?: number;
	discoveryType?: string;
	createdAt: number;
}

type Answer = Record<string, unknown>;

export async function startDiscoveryServer() {
	const state = {
		settings: { manner: 'queued' as 'queued' | 'synchronous', durationMs: 300 },
		started: [] as Discovery[],
		requests: [] as Array<{ method: string; path: string }>,
		faults: new Faults(),
	};
	const server = createServer((request, response) => void respond(state, request, response));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return Object.assign(state, {
		baseUrl: `http://127.0.0.1:${port}/api/v1`,
		addFaults: (...rules: DiscoveryRule[]) => state.faults.add(...rules),
		startedFor: (url: string) => state.started.filter((one) => one.url === url),
		reset() {
			Object.assign(state.settings, { manner: 'queued', durationMs: 300 });
			state.faults.clear();
			state.started.length = 0;
			state.requests.length = 0;
		},
		async close() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	});
}

export type DiscoveryServer = Awaited<ReturnType<typeof startDiscoveryServer>>;
type State = Pick<DiscoveryServer, 'settings' | 'started' | 'requests' | 'faults'>;

async function respond(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
	const { method = 'GET', url = '' } = request;
	const { pathname, searchParams } = new URL(url.replace('/api/v1', ''), 'http://localhost');
	state.requests.push({ method, path: pathname });
	let text = '';
	for await (const chunk of request) text += String(chunk);
	const body = (text ? JSON.parse(text) : {}) as { url?: string };
	const [, , id, part] = pathname.split('/');
	const known = state.started.find((one) => one.id === id);
	const about = body.url ?? known?.url;
	const effect = state.faults.take(method, pathname, about) as FaultEffect & { discovery?: Course };
	const { status, rawBody, afterProcessing, reset, headers = {} } = effect;
	const isReplaced = status !== undefined || rawBody !== undefined;
	if (reset === 'before') return void response.destroy();
	const replace = () => {
		response.writeHead(status ?? 200, { 'Content-Type': 'application/json', ...headers });
		response.end(rawBody ?? JSON.stringify(effect.body ?? { message: `Answer ${status}` }));
	};
	if (isReplaced && !afterProcessing) return replace();
	let answer: Answer | undefined;
	if (method === 'POST') answer = await start(state, body, effect);
	else if (known) answer = part === 'urls' ? urlsOf(known, searchParams) : statusOf(known, effect);
	if (reset === 'after') return void response.destroy();
	if (isReplaced) return replace();
	response.writeHead(answer ? 200 : 404, { 'Content-Type': 'application/json' });
	response.end(JSON.stringify(answer ? { ...answer, ...effect.set } : { message: 'Not found' }));
}

async function start(
	{ settings, started }: State,
	body: object,
	effect: FaultEffect & { discovery?: Course },
): Promise<Answer> {
	const { manner, durationMs } = settings;
	const id = `disc_${started.length + 1}`;
	const discovery = { id, createdAt: Date.now(), durationMs, ...effect.discovery, ...body } as Discovery;
	started.push(discovery);
	const isLost = effect.afterProcessing ?? effect.reset === 'after';
	while (manner === 'synchronous' && !isLost && !hasEnded(discovery)) await sleep(20);
	const status = stateOf(discovery);
	if (effect.olderShape) {
		const cost = { credits: 10 };
		const isQueued = status === 'started';
		return { discoveryId: id, status: isQueued ? 'queued' : status, ...failure(discovery), cost };
	}
	const { url, discoveryType = 'full', maxUrls = 50 } = discovery;
	const createdAt = new Date(discovery.createdAt).toISOString();
	const found = { progress: hasEnded(discovery) ? '100' : '0', totalUrlsFound: countOf(discovery) };
	return { id, url, status, discoveryType, maxUrls, ...found, createdAt, ...failure(discovery) };
}

function statusOf(discovery: Discovery, { olderShape }: FaultEffect): Answer {
	const { id, url, discoveryType = 'full', createdAt } = discovery;
	const named = olderShape ? { discoveryId: id } : { id };
	const status = stateOf(discovery);
	const completedAt = status === 'completed' ? new Date().toISOString() : null;
	const found = { type: discoveryType, urlsFound: countOf(discovery), completedAt };
	return {
		...named,
		url,
		status,
		...found,
		createdAt: new Date(createdAt).toISOString(),
		...failure(discovery),
	};
}

/** Newest shape of a page: by number, at most 100 rows. */
function urlsOf(discovery: Discovery, query: URLSearchParams): Answer {
	const [page, limit] = [Number(query.get('page') ?? 1), Math.min(100, Number(query.get('limit') ?? 50))];
	const total = countOf(discovery);
	const all = Array.from({ length: total }, (_, row) => ({
		url: `${discovery.url}/page-${row}`,
		title: `Page ${row}`,
		lastModified: row % 2 ? null : '2026-01-20T14:30:00.000Z',
	}));
	const urls = all.slice((page - 1) * limit, page * limit);
	return { urls, total, page, totalPages: Math.ceil(total / limit) };
}

function hasEnded({ endless, createdAt, durationMs = 0 }: Discovery): boolean {
	return !endless && Date.now() >= createdAt + durationMs;
}

function stateOf(discovery: Discovery): string {
	if (hasEnded(discovery)) return discovery.fails ? 'failed' : 'completed';
	const { states = ['started', 'processing'], createdAt, durationMs = 1 } = discovery;
	const share = Math.min(0.99, (Date.now() - createdAt) / durationMs);
	return states[Math.floor(share * states.length)];
}

function countOf(discovery: Discovery): number {
	return hasEnded(discovery) ? (discovery.finds ?? discovery.maxUrls ?? 50) : 0;
}

function failure(discovery: Discovery): Answer {
	return hasEnded(discovery) && discovery.fails ? { error: discovery.fails } : {};
}
