/**
 * A local mock of the LLM Generator API: one account with a realistic ledger, the endpoints of the API reference under
 * /api/v1, pages for people (the account and the payment page), and faults that can be turned on. The demo, the tests
 * and the benchmark all use it. No real money is involved.
 *
 *   /            the account: balance, jobs, sites, ledger, a button that uses credits
 *   /sites       all sites, with their files
 *   /pay/…       the page that a checkout link opens
 *   /billing     the subscription: the page that a billing portal link opens
 *   /api/v1/…    the API: credits (api.ts); generation, sites and files, discovery, subscriptions (…/api.ts)
 *   /sandbox/…   the control API for tests in other processes (control.ts, …/control.ts)
 *
 * No website is visited: what jobs find depends on the address only (generation/website.ts), until a test changes a
 * website (generation/websites.ts). What the sandbox decides where the API reference is silent is in generation/settings.ts,
 * options.ts and address.ts, discovery/settings.ts and permissions.ts. Faults are rules for requests (faults.ts); a rule
 * for a POST that starts a job can also say how the job goes (`job`).
 */
import { fastify } from 'fastify';
import type { AddressInfo } from 'node:net';
import { api } from './api';
import { control } from './control';
import { pages } from './pages';
import { API_PREFIX } from './paths';
import { SandboxState, type StateOptions } from './state';

export interface SandboxOptions extends StateOptions {
	/** Default 0: any free port. */
	port?: number;
	/** Default 127.0.0.1. */
	host?: string;
	/** The start of checkout links, if browsers cannot use the origin. */
	publicUrl?: string;
}

/** A running sandbox. The fields of SandboxState can be read and changed at any time. */
export interface Sandbox extends SandboxState {
	/** E.g. http://127.0.0.1:4010 */
	readonly origin: string;
	/** The Base URL for the credential. */
	readonly baseUrl: string;
	/** Stops it immediately and closes open connections. */
	close(): Promise<void>;
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
	const { port = 0, host = '127.0.0.1', publicUrl } = options;
	const state = new SandboxState(options);
	const app = fastify({ forceCloseConnections: true });
	// A body that is not JSON counts as no body; fastify would reject it because of its type.
	app.addContentTypeParser('*', { parseAs: 'string' }, (_request, _body, parsed) => parsed(null));
	await app.register(api(state), { prefix: API_PREFIX });
	await app.register(control(state), { prefix: '/sandbox' });
	await app.register(pages(state));
	await app.listen({ port, host });

	const origin = `http://${host.includes(':') ? `[${host}]` : host}:${(app.server.address() as AddressInfo).port}`;
	state.publicUrl = publicUrl?.replace(/\/+$/, '') ?? origin;
	return Object.assign(state, { origin, baseUrl: origin + API_PREFIX, close: () => app.close() });
}
