import type { FaultEffect, FaultRule, GenerationEffect } from '../../../sandbox/faults';

/** What can happen to the requests that are made here. */
type Effect = Exclude<keyof FaultEffect, keyof GenerationEffect>;
/** One rule for each effect that the sandbox has: an effect that is not in here does not compile. */
type EveryEffect = { [Name in Effect]: FaultRule & Required<Pick<FaultEffect, Name>> };

/**
 * Servers that misbehave in every way the sandbox knows, and give the key away wherever a bad one could.
 *
 * Not among them is an answer as the API documents it whose fields hold the key, e.g. a transaction's description: that
 * is the API's own data, and comes out as such.
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
		// First, and so are those that stall: they take longest.
		'no answer at all': { stall: 'headers' },
		...effects,
		'the rate limit, for two hours': { status: 429, echoKey: true, headers: { 'Retry-After': '7200' } },
		'out of order, for two hours': { status: 503, echoKey: true, headers: { 'Retry-After': '7200' } },
		'a web page': { rawBody: page },
		'a web page that says no': { status: 404, body: page },
		'plain text that says no': { status: 402, body: message },
		'cut-off JSON': { rawBody: json.slice(0, -5) },
		'fields that hold something else': {
			rawBody: JSON.stringify({ transactions: key, balance: key, sessionId: key, packages: key }),
		},
		'a total that is none': { rawBody: JSON.stringify({ transactions: [], total: key, hasMore: key }) },
	};
}
