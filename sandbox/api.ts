import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES } from 'node:http';
import { addDiscovery } from './discovery/api';
import { addGeneration } from './generation/api';
import { type TransactionType, TRANSACTION_TYPES } from './ledger';
import { addFaults } from './misbehave';
import { PACKAGES } from './packages';
import { API_PREFIX } from './paths';
import { requirePermission } from './permissions';
import { refusal, type Refusal } from './refusal';
import type { LoggedRequest } from './requestLog';
import type { SandboxState } from './state';
import { addSubscriptions } from './subscription/api';
import { optionalAddress } from './webAddress';

declare module 'fastify' {
	interface FastifyRequest {
		logged: LoggedRequest;
	}
}

/** The API itself, as the API reference describes it. Every refusal has a JSON body with `error` and `message`. */
export function api(state: SandboxState) {
	return (app: FastifyInstance, _options: object, done: () => void) => {
		app.decorateRequest('logged');
		app.addHook('onRequest', (request, reply, next) => {
			// Clients that name the server as their own proxy send the whole address.
			const [address] = request.url.split('?', 1);
			const path = address.replace(/^https?:\/\/[^/]*/, '').slice(API_PREFIX.length);
			request.logged = state.requests.add(request, reply, path);
			next();
		});
		app.addHook('preHandler', (request, _reply, next) => {
			request.logged.body = request.body;
			next();
		});
		app.addHook('onSend', (request, reply, _payload, next) => {
			request.logged.status = reply.statusCode;
			next();
		});
		addFaults(app, state, (request, reply) => admit(request, reply, state));
		app.setErrorHandler((thrown: Partial<Refusal>, _request, reply) => {
			const status = thrown.statusCode ?? 500;
			const { body = { error: STATUS_CODES[status], message: thrown.message } } = thrown;
			void reply.code(status).send(body);
		});

		app.post('/credits/checkout/api', (request) => checkout(request.body, state));
		app.get('/credits/history/api', (request) => history(request, state));
		app.get('/credits/balance/api', () => balance(state));
		app.get('/credits/packages', (request) =>
			request.effect.packagesShape === 'list' ? PACKAGES : { packages: PACKAGES },
		);
		addGeneration(app, state);
		addDiscovery(app, state);
		addSubscriptions(app, state);
		app.all('/*', (request) => {
			throw refusal(404, `There is no ${request.method} ${request.logged.path}`);
		});
		done();
	};
}

const DEFAULT_PAGE = 20;
const LARGEST_PAGE = 100;

function checkout(body: unknown, state: SandboxState) {
	const { packageId, successUrl, cancelUrl } = (body ?? {}) as Record<string, unknown>;
	if (typeof packageId !== 'string' || packageId === '') throw refusal(400, 'packageId is required');

	const ordered = PACKAGES.find(({ id }) => id === packageId);
	if (!ordered) {
		const known = PACKAGES.map(({ id }) => id).join(', ');
		throw refusal(404, `There is no package ${packageId}. The packages are ${known}.`);
	}
	const session = state.openSession({
		package: ordered,
		successUrl: optionalAddress('successUrl', successUrl),
		cancelUrl: optionalAddress('cancelUrl', cancelUrl),
	});
	return { sessionId: session.id, url: `${state.publicUrl}/pay/${session.id}`, package: ordered };
}

function history(request: FastifyRequest, { ledger, order }: SandboxState) {
	const { limit, offset, type } = request.query as Record<string, unknown>;
	if (type !== undefined && !TRANSACTION_TYPES.includes(type as TransactionType)) {
		throw refusal(400, `type must be one of ${TRANSACTION_TYPES.join(', ')}`);
	}
	return ledger.page({
		limit: Math.min(
			wholeNumber('limit', limit, 1) ?? DEFAULT_PAGE,
			LARGEST_PAGE,
			request.effect.pageCap ?? Infinity,
		),
		offset: wholeNumber('offset', offset, 0) ?? 0,
		type: type as TransactionType | undefined,
		order,
	});
}

function balance({ ledger }: SandboxState) {
	return {
		balance: ledger.balance,
		totalPurchased: ledger.totalPurchased,
		totalUsed: ledger.totalUsed,
		recentTransactions: ledger
			.recent(5)
			.map(({ id, type, amount, description, createdAt }) => ({ id, type, amount, description, createdAt })),
	};
}

/**
 * Accepts a request if it needs no key, or if its key is known, its rate limit allows one more request, and it has the
 * permission; throws otherwise.
 */
function admit(request: FastifyRequest, reply: FastifyReply, state: SandboxState): void {
	if (request.logged.path.startsWith('/file/')) return;
	const key = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
	if (key === undefined || !state.apiKeys.includes(key)) throw refusal(401, 'Invalid API key');

	const { allowed, limit, remaining, resetAt } = state.countRequest(key);
	void reply.headers({
		'X-RateLimit-Limit': limit,
		'X-RateLimit-Remaining': remaining,
		'X-RateLimit-Reset': Math.ceil(resetAt / 1000),
	});
	if (allowed) return requirePermission(state.keyPermissions.get(key), request.method, request.logged.path);

	if (state.retryAfter === 'seconds') {
		void reply.header('Retry-After', Math.ceil((resetAt - Date.now()) / 1000));
	}
	if (state.retryAfter === 'date') {
		void reply.header('Retry-After', new Date(Math.ceil(resetAt / 1000) * 1000).toUTCString());
	}
	throw refusal(429, `Rate limit of ${limit} requests exceeded`);
}

function wholeNumber(name: string, text: unknown, least: number): number | undefined {
	if (text === undefined) return undefined;
	if (typeof text !== 'string' || !/^\d{1,15}$/.test(text) || Number(text) < least) {
		throw refusal(400, `${name} must be a whole number, ${least} or more`);
	}
	return Number(text);
}
