import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { drops, half } from './brokenBodies';
import { deviating, without } from './deviations';
import type { FaultEffect } from './faults';
import { seededRandom } from './random';
import type { SandboxState } from './state';

declare module 'fastify' {
	interface FastifyRequest {
		/** What the active faults do to this request. */
		effect: FaultEffect;
	}
}

/**
 * Applies the faults to the API. Faults work like a bad proxy in front of the API: their own responses need no key, do
 * not count for the rate limit, and have only the headers of the rule. All other requests first go through `admit`,
 * which throws if it does not accept a request.
 */
export function addFaults(
	app: FastifyInstance,
	state: SandboxState,
	admit: (request: FastifyRequest, reply: FastifyReply) => void,
): void {
	const random = seededRandom(1);
	const pause = async ({ delayMs = 0, jitterMs = 0 }: FaultEffect) => {
		if (delayMs || jitterMs) await sleep(delayMs + random() * jitterMs, undefined, { ref: false });
	};
	app.decorateRequest('effect');
	app.addHook('onRequest', (request, _reply, next) => {
		request.effect = {};
		next();
	});

	app.addHook('preHandler', async (request, reply) => {
		const { method, logged, body } = request;
		const effect = state.faults.take(method, logged.path, state.siteAddress(logged.path, body));
		request.effect = effect;
		if (effect.reset === 'during') request.raw.socket.destroy();
		if (!effect.afterProcessing) await pause(effect);
		if (effect.reset === 'before') return disconnect(request, reply);
		if (!effect.afterProcessing) {
			if (effect.stall === 'headers') return reply.hijack();
			if (answersItself(effect)) return reply.send(ownAnswer(effect, reply));
		}
		admit(request, reply);
		request.query = without(request.query as object, effect.ignoredQuery);
		change(state, request, 'before');
	});

	app.addHook('preSerialization', (request, reply, payload, next) => {
		if (reply.statusCode >= 400 || typeof payload !== 'object' || payload === null) {
			return next(null, payload);
		}
		change(state, request, 'after');
		next(null, Array.isArray(payload) ? payload : deviating(payload, request.effect, state));
	});

	app.addHook('onSend', async (request, reply, payload) => {
		const { effect } = request;
		let sent: unknown = payload;
		if (effect.afterProcessing) {
			await pause(effect);
			if (effect.stall === 'headers') return stall(request);
			if (answersItself(effect)) sent = ownAnswer(effect, reply);
			request.logged.status = reply.statusCode;
		}
		if (effect.reset === 'after' || effect.reset === 'during') {
			request.logged.status = undefined;
			request.raw.socket.destroy();
		}
		skewDate(reply, effect);
		void reply.headers(effect.headers ?? {});
		return broken(sent, request, reply);
	});
}

/** The payload, or a stream of it that does not end as it should. */
function broken(payload: unknown, { effect, headers, raw }: FastifyRequest, reply: FastifyReply): unknown {
	let body = payload instanceof Readable ? payload : typeof payload === 'string' ? payload : '';
	if (typeof body === 'string' && effect.echoKey && reply.statusCode >= 400) {
		body = withKey(body, headers.authorization ?? '');
	}
	const isHalved = effect.stall === 'body' || effect.reset === 'middle';
	if (!isHalved && !effect.drip) return body;

	const bytes =
		typeof body === 'string' ? Buffer.byteLength(body) : Number(reply.getHeader('content-length'));
	const stream = typeof body === 'string' ? Readable.from([Buffer.from(body)]) : body;
	void reply.header('content-length', bytes);
	const cut = effect.reset === 'middle' ? () => void raw.socket.destroy() : undefined;
	return isHalved ? half(stream, bytes, cut) : drops(stream, effect.drip ?? { bytes: 1, everyMs: 0 });
}

function disconnect(request: FastifyRequest, reply: FastifyReply): FastifyReply {
	void reply.hijack();
	request.raw.socket.destroy();
	return reply;
}

/** Never resolves, so that nothing is sent. */
function stall(request: FastifyRequest): Promise<never> {
	request.logged.status = undefined;
	return new Promise(() => {});
}

function answersItself({ status, rawBody, redirectTo }: FaultEffect): boolean {
	return status !== undefined || rawBody !== undefined || redirectTo !== undefined;
}

/** Sets status and type of the effect's own response; returns its text. */
function ownAnswer({ status, body, rawBody, redirectTo }: FaultEffect, reply: FastifyReply): string {
	if (redirectTo !== undefined) {
		void reply.code(status ?? 302).header('location', redirectTo);
		return '';
	}
	const code = status ?? 200;
	const content = rawBody ?? body ?? { error: STATUS_CODES[code], message: STATUS_CODES[code] };
	const text = typeof content === 'string' ? content : JSON.stringify(content);
	const type = text.startsWith('<') ? 'text/html' : 'application/json';
	void reply.code(code).type(`${type}; charset=utf-8`);
	return text;
}

/** Changes the account as the effect defines it for this moment. */
function change(state: SandboxState, { effect, logged, body }: FastifyRequest, when: 'before' | 'after') {
	const { ledger, order, jobs, discoveries } = state;
	const { arrivals, remove, otherJob, meanwhile } = effect;
	if (meanwhile?.when === when) meanwhile.run();
	if (arrivals?.when === when) {
		const newest = ledger.recent(1).at(0);
		const tie = arrivals.ties && newest ? { createdAt: newest.createdAt } : {};
		for (let count = 0; count < arrivals.count; count++)
			ledger.book({ type: arrivals.type ?? 'usage', ...tie });
	}
	if (remove?.when === when) {
		const { transactions } = ledger.page({ limit: remove.count, offset: 0, order });
		for (const { id } of transactions) ledger.remove(id);
	}
	if (otherJob?.when === when) {
		const { options, course, url = state.siteAddress(logged.path, body) } = otherJob;
		if (url === undefined) return;
		if (logged.path.startsWith('/discovery')) discoveries.start({ url, ...options }, course);
		else jobs.start({ url, options }, course);
	}
}

/** The server's clock is in two headers, too. */
function skewDate(reply: FastifyReply, { clockSkewMs }: FaultEffect): void {
	if (clockSkewMs === undefined) return;
	void reply.header('date', new Date(Date.now() + clockSkewMs).toUTCString());
	const resetAt = reply.getHeader('x-ratelimit-reset');
	if (resetAt !== undefined) {
		void reply.header('x-ratelimit-reset', Number(resetAt) + Math.round(clockSkewMs / 1000));
	}
}

/** Like an API that quotes the request in its response. */
function withKey(text: string, authorization: string): string {
	try {
		const body = JSON.parse(text) as { message?: string };
		return JSON.stringify({ ...body, message: `${body.message ?? ''} (Authorization: ${authorization})` });
	} catch {
		return `${text} (Authorization: ${authorization})`;
	}
}
