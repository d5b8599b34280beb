import axios from 'axios';
import { Faults, type FaultRule } from '../../sandbox/faults';
import { type Sandbox, startSandbox } from '../../sandbox/server';

interface HistoryPage {
	transactions: Array<{ id?: string; createdAt: string }>;
	total?: number;
	hasMore?: boolean;
}

const HISTORY = '/credits/history/api';

let sandbox: Sandbox;
let stalling: Sandbox | undefined;
const http = axios.create({
	headers: { Authorization: 'Bearer llmgen_sandbox_key' },
	validateStatus: () => true,
	maxRedirects: 0,
});
const text = { responseType: 'text', transformResponse: (received: string) => received } as const;

beforeAll(async () => {
	sandbox = await startSandbox();
	http.defaults.baseURL = sandbox.baseUrl;
});
beforeEach(() => sandbox.reset({ rows: 50 }));
afterEach(() => stalling?.close());
afterAll(() => sandbox.close());

async function history(rule: FaultRule, query = ''): Promise<HistoryPage> {
	sandbox.faults.add(rule);
	return (await http.get<HistoryPage>(HISTORY + query)).data;
}

describe('a rule applies to', () => {
	const appliesTo = (rule: FaultRule, requests: number) => {
		const faults = new Faults();
		faults.add({ ...rule, status: 503 });
		return Array.from({ length: requests }, () => faults.take('GET', HISTORY).status === 503);
	};

	test('requests with its method and path', () => {
		expect(appliesTo({ method: 'get', path: '/credits/history' }, 1)).toEqual([true]);
		expect(appliesTo({ method: 'POST' }, 1)).toEqual([false]);
		expect(appliesTo({ path: '/credits/balance' }, 1)).toEqual([false]);
	});

	test('requests after the skipped ones, as often as allowed', () => {
		expect(appliesTo({ skip: 1, times: 2 }, 5)).toEqual([false, true, true, false, false]);
	});

	test('a share of the requests, the same ones for the same seed', () => {
		const some = appliesTo({ probability: 0.5, seed: 9 }, 200);
		expect(appliesTo({ probability: 0.5, seed: 9 }, 200)).toEqual(some);
		expect(appliesTo({ probability: 0.5, seed: 10 }, 200)).not.toEqual(some);
		expect(some.filter(Boolean).length).toBeGreaterThan(60);
		expect(some.filter(Boolean).length).toBeLessThan(140);
	});

	test('the same request as other rules; if they conflict, the first one wins', () => {
		const faults = new Faults();
		faults.add({ status: 503, times: 1 }, { status: 500, delayMs: 5 });
		expect(faults.take('GET', '/')).toMatchObject({ status: 503, delayMs: 5 });
		expect(faults.take('GET', '/')).toMatchObject({ status: 500, delayMs: 5 });
		faults.clear();
		expect(faults.take('GET', '/')).toEqual({});
	});
});

describe('responses of a rule', () => {
	test('a status, with a JSON body in the style of the API or with the one given, and headers', async () => {
		sandbox.faults.add({ status: 503, headers: { 'Retry-After': '7' }, times: 1 });
		const { status, data, headers } = await http.get<unknown>(HISTORY);
		expect([status, headers['retry-after']]).toEqual([503, '7']);
		expect(data).toEqual({ error: 'Service Unavailable', message: 'Service Unavailable' });
		expect(headers['x-ratelimit-reset']).toBeUndefined();

		sandbox.faults.add({ status: 500, body: { msg: 'Out of order' }, times: 1 });
		expect((await http.get(HISTORY)).data).toEqual({ msg: 'Out of order' });
		sandbox.faults.add({ status: 502, body: '', times: 1 });
		expect((await http.get(HISTORY)).data).toBe('');
		expect((await http.get(HISTORY)).status).toBe(200);
	});

	test.each(['<html>Hello</html>', '{"transactions":[{"id', '[]', 'null', ''])(
		'200 with %s',
		async (rawBody) => {
			sandbox.faults.add({ rawBody });
			const { status, data, headers } = await http.get<string>(HISTORY, text);
			expect([status, data]).toEqual([200, rawBody]);
			expect(headers['content-type']).toContain(rawBody.startsWith('<') ? 'text/html' : 'application/json');
		},
	);

	test('a redirect', async () => {
		sandbox.faults.add({ redirectTo: 'http://127.0.0.1:9/elsewhere' });
		const { status, headers } = await http.get(HISTORY);
		expect([status, headers.location]).toEqual([302, 'http://127.0.0.1:9/elsewhere']);
	});

	test('a refusal that repeats the key, from the rule and from the API', async () => {
		sandbox.faults.add({ echoKey: true }, { status: 500, body: '<h1>Out of order</h1>', times: 1 });
		expect((await http.get(HISTORY, text)).data).toContain('llmgen_sandbox_key');
		expect((await http.get<{ message: string }>(`${HISTORY}?limit=0`)).data.message).toMatch(
			/^limit must .* \(Authorization: Bearer llmgen_sandbox_key\)$/,
		);
		expect((await http.get(HISTORY, text)).data).not.toContain('llmgen_sandbox_key');
	});

	test('they do not count for the rate limit', async () => {
		sandbox.faults.add({ status: 500, times: 3 });
		for (let count = 0; count < 3; count++) await http.get(HISTORY);
		const { headers } = await http.get(HISTORY);
		expect(Number(headers['x-ratelimit-remaining'])).toBe(Number(headers['x-ratelimit-limit']) - 1);
	});
});

describe('bad connections', () => {
	const CHECKOUT = '/credits/checkout/api';

	test('cut before the request was processed: there is no session', async () => {
		sandbox.faults.add({ reset: 'before' });
		await expect(http.post(CHECKOUT, { packageId: 'pkg_pro' })).rejects.toMatchObject({ code: 'ECONNRESET' });
		expect(sandbox.sessions.size).toBe(0);
		expect(sandbox.requests.entries).toMatchObject([{ body: { packageId: 'pkg_pro' }, status: undefined }]);
	});

	test('cut after the request was processed, before the response: there is a session', async () => {
		sandbox.faults.add({ reset: 'after' });
		await expect(http.post(CHECKOUT, { packageId: 'pkg_pro' })).rejects.toMatchObject({ code: 'ECONNRESET' });
		expect(sandbox.sessions.size).toBe(1);
		expect(sandbox.requests.entries).toMatchObject([{ status: undefined }]);
	});

	test('delayed: a later request gets its response first', async () => {
		sandbox.faults.add({ delayMs: 400, jitterMs: 50, times: 1 });
		const answered: string[] = [];
		const slow = http.get(HISTORY).then(() => answered.push('slow'));
		while (sandbox.requests.entries.length === 0) await new Promise(setImmediate);
		await http.get(HISTORY).then(() => answered.push('quick'));
		await slow;
		expect(answered).toEqual(['quick', 'slow']);
	});

	test('dripping: all bytes arrive, slowly', async () => {
		sandbox.faults.add({ drip: { bytes: 700, everyMs: 1 } });
		const { data } = await http.get<NodeJS.ReadableStream>(HISTORY, { responseType: 'stream' });
		const pieces: Buffer[] = [];
		for await (const piece of data) pieces.push(Buffer.from(piece));
		expect(pieces.length).toBeGreaterThan(1);
		expect(JSON.parse(Buffer.concat(pieces).toString())).toMatchObject({ total: 50 });
	});

	test.each(['headers', 'body'] as const)(
		'stalled %s: no more bytes arrive until the sandbox closes',
		async (stall) => {
			stalling = await startSandbox();
			stalling.faults.add({ stall });
			const answer = axios.get<NodeJS.ReadableStream>(stalling.baseUrl + HISTORY, {
				headers: { Authorization: 'Bearer llmgen_sandbox_key' },
				responseType: 'stream',
			});
			const ended = answer.then(async ({ data, headers }) => {
				let received = 0;
				try {
					for await (const piece of data) received += piece.length;
				} finally {
					expect(received).toBeGreaterThan(0);
					expect(received).toBeLessThan(Number(headers['content-length']));
				}
			});
			const outcome = expect(ended).rejects.toThrow(/hang up|aborted/);
			if (stall === 'body') await answer;
			else while (stalling.requests.entries.length === 0) await new Promise((done) => setTimeout(done, 5));
			await stalling.close();
			await outcome;
		},
	);
});

describe('a faulty history', () => {
	test('fewer rows than requested', async () => {
		const page = await history({ pageCap: 7 }, '?limit=30');
		expect([page.transactions.length, page.hasMore, page.total]).toEqual([7, true, 50]);
	});

	test('total and hasMore missing or wrong', async () => {
		expect(await history({ total: 'omit', hasMore: 'omit', times: 1 })).toEqual({
			transactions: sandbox.ledger.recent(20),
		});
		expect(await history({ total: 9999, hasMore: false, times: 1 })).toMatchObject({
			total: 9999,
			hasMore: false,
		});
	});

	test('an empty page, rows without ID', async () => {
		expect(await history({ emptyPage: true, times: 1 })).toEqual({
			transactions: [],
			total: 50,
			hasMore: true,
		});
		const { transactions } = await history({ dropRowId: true });
		expect(transactions.map(({ id }) => id)).toEqual(Array(20).fill(undefined));
	});

	test('rows that are added before or after the response was created', async () => {
		expect(await history({ arrivals: { count: 2, when: 'before' }, times: 1 })).toMatchObject({ total: 52 });
		expect(await history({ arrivals: { count: 2, when: 'after' }, times: 1 })).toMatchObject({ total: 52 });
		expect(await history({})).toMatchObject({ total: 54 });
	});

	test('rows that are added with the same time', async () => {
		const { transactions } = await history({
			arrivals: { count: 2, when: 'before', ties: true, type: 'refund' },
		});
		expect(transactions[0]).toMatchObject({ type: 'refund', createdAt: transactions[2].createdAt });
	});

	test('rows that are removed', async () => {
		const [first, second] = sandbox.ledger.recent(2);
		const page = await history({ remove: { count: 1, when: 'before' }, times: 1 });
		expect([page.transactions[0].id, page.total]).toEqual([second.id, 49]);
		expect(sandbox.ledger.all('newestFirst')).not.toContainEqual(first);
		expect(await history({ remove: { count: 1, when: 'after' } })).toMatchObject({ total: 49 });
		expect(sandbox.ledger.all('newestFirst')).toHaveLength(48);
	});

	test.each(['before', 'after'] as const)('no row is added %s a request that is refused', async (when) => {
		sandbox.faults.add({ arrivals: { count: 1, when } });
		await http.get(HISTORY, { headers: { Authorization: 'Bearer other' } });
		expect(sandbox.ledger.all('newestFirst')).toHaveLength(50);
	});
});

test('packages are sent as a list or in an object', async () => {
	sandbox.faults.add({ packagesShape: 'list', times: 1 });
	expect((await http.get('/credits/packages')).data).toHaveLength(3);
	expect((await http.get<{ packages: unknown[] }>('/credits/packages')).data.packages).toHaveLength(3);
});
