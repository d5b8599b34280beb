import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
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
	app.decorateRequest('effect');
	app.addHook('onRequest', (request, _reply, next) => {
		request.effect = state.faults.take(request.method, request.logged.path);
		next();
	});

	app.addHook('preHandler', async (request, reply) => {
		const { effect } = request;
		const { delayMs = 0, jitterMs = 0 } = effect;
		if (delayMs || jitterMs) await sleep(delayMs + random() * jitterMs, undefined, { ref: false });
		if (effect.reset === 'before') return disconnect(request, reply);
		if (effect.stall === 'headers') return reply.hijack();
		if (answersItself(effect)) return answer(effect, reply);
		admit(request, reply);
		change(state, effect, 'before');
	});

	app.addHook('preSerialization', (request, reply, payload, next) => {
		if (reply.statusCode >= 400) return next(null, payload);
		change(state, request.effect, 'after');
		next(null, isPage(payload) ? disfigured(payload, request.effect) : payload);
	});

	app.addHook('onSend', (request, reply, payload, next) => {
		const { effect } = request;
		if (effect.reset === 'after') {
			request.logged.status = undefined;
			request.raw.socket.destroy();
		}
		void reply.headers(effect.headers ?? {});
		let text = typeof payload === 'string' ? payload : '';
		if (effect.echoKey && reply.statusCode >= 400) text = withKey(text, request.headers.authorization ?? '');
		if (effect.stall !== 'body' && !effect.drip) return next(null, text);

		void reply.header('content-length', Buffer.byteLength(text));
		next(null, effect.stall === 'body' ? half(text) : drops(text, effect.drip ?? { bytes: 1, everyMs: 0 }));
	});
}

interface PageLike {
	transactions: object[];
}

function isPage(payload: unknown): payload is PageLike {
	return typeof payload === 'object' && payload !== null && 'transactions' in payload;
}

function disconnect(request: FastifyRequest, reply: FastifyReply): FastifyReply {
	void reply.hijack();
	request.raw.socket.destroy();
	return reply;
}

function answersItself({ status, rawBody, redirectTo }: FaultEffect): boolean {
	return status !== undefined || rawBody !== undefined || redirectTo !== undefined;
}

function answer({ status, body, rawBody, redirectTo }: FaultEffect, reply: FastifyReply): FastifyReply {
	if (redirectTo !== undefined)
		return reply
			.code(status ?? 302)
			.header('location', redirectTo)
			.send();
	const code = status ?? 200;
	const content = rawBody ?? body ?? { error: STATUS_CODES[code], message: STATUS_CODES[code] };
	const text = typeof content === 'string' ? content : JSON.stringify(content);
	const type = text.startsWith('<') ? 'text/html' : 'application/json';
	return reply.code(code).type(`${type}; charset=utf-8`).send(text);
}

/** Adds and removes the rows that the effect defines for this moment. */
function change(
	{ ledger, order }: SandboxState,
	{ arrivals, remove }: FaultEffect,
	when: 'before' | 'after',
) {
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
}

function disfigured(page: PageLike, { total, hasMore, emptyPage, dropRowId }: FaultEffect): object {
	const rows = emptyPage ? [] : page.transactions;
	return {
		...page,
		transactions: dropRowId ? rows.map((row) => ({ ...row, id: undefined })) : rows,
		...(total !== undefined && { total: total === 'omit' ? undefined : total }),
		...(hasMore !== undefined && { hasMore: hasMore === 'omit' ? undefined : hasMore }),
	};
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

function half(text: string): Readable {
	const stream = new Readable({ read() {} });
	stream.push(text.slice(0, text.length / 2));
	return stream;
}

function drops(text: string, { bytes, everyMs }: { bytes: number; everyMs: number }): Readable {
	const whole = Buffer.from(text);
	return Readable.from(
		(async function* () {
			for (let at = 0; at < whole.length; at += bytes) {
				if (at > 0) await sleep(everyMs, undefined, { ref: false });
				yield whole.subarray(at, at + bytes);
			}
		})(),
	);
}
