/**
 * A local stand-in for the LLM Generator API: one account with a believable ledger, the endpoints of the API
 * reference under /api/v1, pages for people (the account, and where a checkout is paid), and faults that can be
 * switched on. The demo, the tests and the benchmark all talk to this one. No money moves anywhere in it.
 *
 *   /            the account: balance, ledger, a button that uses credits
 *   /pay/…       the page a checkout link opens
 *   /api/v1/…    the API
 *   /sandbox/…   what tests in other processes steer it with (control.ts)
 */
import { fastify } from 'fastify';
import type { AddressInfo } from 'node:net';
import { api, API_PREFIX } from './api';
import { control } from './control';
import { pages } from './pages';
import { SandboxState, type StateOptions } from './state';

export interface SandboxOptions extends StateOptions {
	/** Default 0: any free port. */
	port?: number;
	/** Default 127.0.0.1. */
	host?: string;
	/** Where people reach it, if not at its origin: checkout links begin with this. */
	publicUrl?: string;
}

/** A running sandbox; what SandboxState offers can be read and changed at any time. */
export interface Sandbox extends SandboxState {
	/** E.g. http://127.0.0.1:4010 */
	readonly origin: string;
	/** What goes into the credential's Base URL. */
	readonly baseUrl: string;
	/** Ends it at once, open connections included. */
	close(): Promise<void>;
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
	const { port = 0, host = '127.0.0.1', publicUrl } = options;
	const state = new SandboxState(options);
	const app = fastify({ forceCloseConnections: true });
	// A body that is no JSON counts as none, instead of being refused for its type.
	app.addContentTypeParser('*', { parseAs: 'string' }, (_request, _body, parsed) => parsed(null));
	await app.register(api(state), { prefix: API_PREFIX });
	await app.register(control(state), { prefix: '/sandbox' });
	await app.register(pages(state));
	await app.listen({ port, host });

	const origin = `http://${host.includes(':') ? `[${host}]` : host}:${(app.server.address() as AddressInfo).port}`;
	state.publicUrl = publicUrl?.replace(/\/+$/, '') ?? origin;
	return Object.assign(state, { origin, baseUrl: origin + API_PREFIX, close: () => app.close() });
}
