import type { FaultEffect, FaultRule, GenerationEffect } from '../../../sandbox/faults';

/** What can happen to the requests that are made here. */
type Effect = Exclude<keyof FaultEffect, keyof GenerationEffect>;
/** One rule for each effect of the sandbox: if an effect is missing here, this file does not compile. */
type EveryEffect = { [Name in Effect]: FaultRule & Required<Pick<FaultEffect, Name>> };

/**
 * Servers with every fault that the sandbox can simulate. They repeat the key wherever a server could.
 *
 * One case is left out: a documented response with the key in a field, e.g. in the description of a transaction. This is
 * the data of the API, and the node outputs it.
 *
 * @param key the API key that was sent to them
 * @param elsewhere an address of another origin
 */
export function badServers(key: string, elsewhere: string): Record<string, FaultRule> {
	const message = `Authorization: Bearer ${key} is not good enough`;
	const page = `<!doctype html><title>${key}</title><p>${message}`;
	const json = JSON.stringify({ message, [key]: key });
	const effects: EveryEffect = {
		stall: { stall: 'body', body: { message, more: message }, status: 400 },
		status: { status: 400, echoKey: true },
		body: { body: { message, error: { message }, msg: key, [key]: key }, status: 422 },
		rawBody: { rawBody: json },
		redirectTo: { redirectTo: `${elsewhere}/credits/history/api?key=${key}` },
		headers: {
			headers: {
				'Retry-After': key,
				'X-RateLimit-Remaining': key,
				'X-RateLimit-Reset': key,
				'X-Echo': message,
			},
		},
		delayMs: { delayMs: 200, status: 401, echoKey: true },
		jitterMs: { jitterMs: 200, status: 403, echoKey: true },
		afterProcessing: { afterProcessing: true, status: 500, echoKey: true },
		reset: { reset: 'after', headers: { 'X-Echo': message } },
		drip: { drip: { bytes: 50, everyMs: 5 }, status: 409, echoKey: true },
		echoKey: { echoKey: true, status: 500 },
		pageCap: { pageCap: 30 },
		total: { total: 'omit' },
		hasMore: { hasMore: true },
		emptyPage: { emptyPage: true },
		dropRowId: { dropRowId: true },
		arrivals: { arrivals: { count: 3, when: 'before' } },
		remove: { remove: { count: 3, when: 'before' } },
		packagesShape: { packagesShape: 'object' },
		clockSkewMs: { clockSkewMs: 300_000 },
		omit: { omit: ['createdAt'] },
		rename: { rename: { id: '_id' } },
		set: { set: { createdAt: 'soon' } },
	};
	return {
		// The servers that stall are first, because they take longest.
		'no response at all': { stall: 'headers' },
		...effects,
		'the rate limit, for two hours': { status: 429, echoKey: true, headers: { 'Retry-After': '7200' } },
		'not working, for two hours': { status: 503, echoKey: true, headers: { 'Retry-After': '7200' } },
		'a web page': { rawBody: page },
		'a web page with status 404': { status: 404, body: page },
		'plain text with status 402': { status: 402, body: message },
		'cut-off JSON': { rawBody: json.slice(0, -5) },
		'fields with the wrong types': {
			rawBody: JSON.stringify({ transactions: key, balance: key, sessionId: key, packages: key }),
		},
		'a total that is not a number': {
			rawBody: JSON.stringify({ transactions: [], total: key, hasMore: key }),
		},
	};
}
