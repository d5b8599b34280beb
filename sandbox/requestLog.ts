import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';

export interface LoggedRequest {
	method: string;
	/** The part after /api/v1, e.g. '/credits/history/api'. */
	path: string;
	query: Record<string, unknown>;
	body: unknown;
	/** The headers as received, including the key. */
	headers: IncomingHttpHeaders;
	/** When it arrived, in milliseconds since 1970. */
	at: number;
	/** Status of the response; undefined if there is none (yet). */
	status: number | undefined;
}

/** All requests to the API, in the order they arrived. */
export class RequestLog {
	entries: LoggedRequest[] = [];
	/** Maximum number of requests that were open at the same time. */
	maxInFlight = 0;
	private inFlight = 0;

	/** Logs a request that has just arrived; the caller adds body and status when they are known. */
	add(request: FastifyRequest, reply: FastifyReply, path: string): LoggedRequest {
		this.inFlight += 1;
		this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
		reply.raw.once('close', () => (this.inFlight -= 1));

		const entry: LoggedRequest = {
			method: request.method,
			path,
			query: request.query as Record<string, unknown>,
			body: undefined,
			headers: request.headers,
			at: Date.now(),
			status: undefined,
		};
		this.entries.push(entry);
		return entry;
	}

	clear(): void {
		this.entries = [];
		this.maxInFlight = this.inFlight;
	}
}
