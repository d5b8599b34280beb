import axios from 'axios';
import { Ledger, type Order } from '../../sandbox/ledger';
import { PACKAGES } from '../../sandbox/packages';
import { type Sandbox, startSandbox } from '../../sandbox/server';

interface HistoryPage {
	transactions: Array<{ id: string }>;
	total: number;
	hasMore: boolean;
}

interface Refusal {
	error: string;
	message: string;
}

let sandbox: Sandbox;
/** More sandboxes that a test starts. */
let others: Sandbox[] = [];
const http = axios.create({
	headers: { Authorization: 'Bearer llmgen_sandbox_key' },
	validateStatus: () => true,
});

beforeEach(async () => {
	sandbox = await startSandbox({ ledger: { rows: 230, seed: 4 } });
	http.defaults.baseURL = sandbox.baseUrl;
});
afterEach(async () => {
	jest.restoreAllMocks();
	await Promise.all([sandbox, ...others].map((started) => started.close()));
	others = [];
});

describe('keys', () => {
	test.each([undefined, 'Bearer llmgen_other', 'llmgen_sandbox_key', 'Bearer '])(
		'%s is refused',
		async (key) => {
			for (const path of ['/credits/history/api', '/credits/balance/api', '/credits/packages', '/nowhere']) {
				const { status, data } = await axios.get<Refusal>(sandbox.baseUrl + path, {
					headers: { Authorization: key },
					validateStatus: () => true,
				});
				expect(status).toBe(401);
				expect(data).toEqual({ error: 'Unauthorized', message: 'Invalid API key' });
			}
		},
	);
});

describe('history', () => {
	test.each<Order>(['newestFirst', 'oldestFirst'])(
		'served %s, its pages together are the ledger',
		async (order) => {
			sandbox.order = order;
			const read: unknown[] = [];
			for (let more = true; more; ) {
				const { data } = await http.get<HistoryPage>('/credits/history/api', {
					params: { limit: 100, offset: read.length },
				});
				read.push(...data.transactions);
				expect(data.total).toBe(230);
				more = data.hasMore;
			}
			expect(read).toEqual(sandbox.ledger.all(order));
		},
	);

	test('has 20 rows per page by default, and never more than 100', async () => {
		const lengthOf = async (query: string) =>
			(await http.get<HistoryPage>(`/credits/history/api${query}`)).data.transactions.length;
		expect(await lengthOf('')).toBe(20);
		expect(await lengthOf('?limit=7')).toBe(7);
		expect(await lengthOf('?limit=500')).toBe(100);
		expect(await lengthOf('?offset=225')).toBe(5);
	});

	test('can be filtered by type', async () => {
		const { data } = await http.get<HistoryPage>('/credits/history/api?type=purchase&limit=100');
		const purchases = sandbox.ledger.all('newestFirst').filter(({ type }) => type === 'purchase');
		expect(data).toEqual({ transactions: purchases, total: purchases.length, hasMore: false });
	});

	test.each(['limit=0', 'limit=ten', 'limit=1.5', 'limit=1&limit=2', 'offset=-1', 'offset=', 'type=gift'])(
		'%s is refused, and the message names the parameter',
		async (query) => {
			const { status, data } = await http.get<Refusal>(`/credits/history/api?${query}`);
			expect(status).toBe(400);
			expect(data.message).toContain(query.split('=')[0]);
		},
	);
});

test('the balance has totals and the five newest transactions', async () => {
	const { data } = await http.get<Record<string, unknown>>('/credits/balance/api');
	const { balance, totalPurchased, totalUsed } = sandbox.ledger;
	expect(data).toEqual({
		balance,
		totalPurchased,
		totalUsed,
		recentTransactions: sandbox.ledger
			.recent(5)
			.map(({ id, type, amount, description, createdAt }) => ({ id, type, amount, description, createdAt })),
	});
});

test('the packages are listed', async () => {
	expect((await http.get('/credits/packages')).data).toEqual({ packages: PACKAGES });
});

describe('checkout', () => {
	test('responds with a link and adds no transaction', async () => {
		const { status, data } = await http.post<Record<string, unknown>>('/credits/checkout/api', {
			packageId: 'pkg_pro',
		});
		expect(status).toBe(200);
		expect(data).toEqual({
			sessionId: expect.stringMatching(/^cs_test_/) as unknown,
			url: `${sandbox.origin}/pay/${String(data.sessionId)}`,
			package: { id: 'pkg_pro', name: 'Pro Pack', credits: 500, priceCents: 1999 },
		});
		expect(sandbox.ledger.all('oldestFirst')).toHaveLength(230);
		expect(sandbox.sessions.size).toBe(1);
	});

	test.each([
		[400, 'packageId', {}],
		[400, 'packageId', undefined],
		[404, 'pkg_pro', { packageId: 'pkg_gold' }],
		[404, 'pkg_gold', { packageId: 'pkg_gold' }],
		[422, 'successUrl', { packageId: 'pkg_pro', successUrl: '/thanks' }],
		[422, 'successUrl', { packageId: 'pkg_pro', successUrl: 5 }],
		[422, 'cancelUrl', { packageId: 'pkg_pro', cancelUrl: 'javascript:alert(1)' }],
		[422, 'cancelUrl', { packageId: 'pkg_pro', cancelUrl: 'https://' }],
	])('is refused with %i, and the message names %s', async (expected, named, body) => {
		const { status, data } = await http.post<Refusal>('/credits/checkout/api', body);
		expect(status).toBe(expected);
		expect(data.message).toContain(named);
		expect(sandbox.sessions.size).toBe(0);
	});
});

test('anything else is not found', async () => {
	const { status, data } = await http.delete<Refusal>('/credits/balance/api');
	expect(status).toBe(404);
	expect(data).toEqual({ error: 'Not Found', message: 'There is no DELETE /credits/balance/api' });
});

describe('the rate limit', () => {
	test('if there is none, the headers contain a very high one', async () => {
		const { headers } = await http.get('/credits/balance/api');
		expect(Number(headers['x-ratelimit-remaining'])).toBe(Number(headers['x-ratelimit-limit']) - 1);
		expect(Number(headers['x-ratelimit-reset']) * 1000).toBeGreaterThanOrEqual(Date.now());
		expect(headers['x-ratelimit-reset']).toMatch(/^\d{10}$/);
	});

	test('counts down, rejects requests, and allows them again in the next window', async () => {
		const now = jest.spyOn(Date, 'now').mockReturnValue(1_772_366_400_250);
		sandbox.rateLimit = { limit: 2, windowMs: 60_000 };
		const answers = [];
		for (let count = 0; count < 3; count++) answers.push(await http.get<Refusal>('/credits/balance/api'));
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
		expect(answers.map(({ headers }) => String(headers['x-ratelimit-remaining']))).toEqual(['1', '0', '0']);
		expect(answers[2].headers['x-ratelimit-limit']).toBe('2');
		expect(answers[2].headers['retry-after']).toBeUndefined();
		expect(answers[2].data.error).toBe('Too Many Requests');

		expect(answers[2].headers['x-ratelimit-reset']).toBe('1772366461');

		now.mockReturnValue(1_772_366_461_000);
		expect((await http.get('/credits/balance/api')).status).toBe(200);
	});

	test('sends Retry-After if it is switched on', async () => {
		sandbox.rateLimit = { limit: 0, windowMs: 60_000 };
		sandbox.retryAfter = 'seconds';
		expect((await http.get('/credits/balance/api')).headers['retry-after']).toMatch(/^\d\d$/);
		sandbox.retryAfter = 'date';
		const { headers } = await http.get('/credits/balance/api');
		expect(Date.parse(String(headers['retry-after']))).toBe(Number(headers['x-ratelimit-reset']) * 1000);
	});

	test('counts each key separately, and does not count unknown keys', async () => {
		const two = await startSandbox({ apiKeys: ['a', 'b'], rateLimit: { limit: 1, windowMs: 60_000 } });
		others.push(two);
		const statusFor = async (key: string) =>
			(
				await axios.get(`${two.baseUrl}/credits/packages`, {
					headers: { Authorization: `Bearer ${key}` },
					validateStatus: () => true,
				})
			).status;
		expect([await statusFor('a'), await statusFor('a'), await statusFor('b')]).toEqual([200, 429, 200]);
		expect([await statusFor('c'), await statusFor('c')]).toEqual([401, 401]);
	});
});

test('every API request is logged', async () => {
	await http.get('/credits/history/api?limit=3');
	await http.post('/credits/checkout/api', { packageId: 'pkg_gold' });
	await axios.get(sandbox.origin);
	expect(sandbox.requests.entries).toMatchObject([
		{ method: 'GET', path: '/credits/history/api', query: { limit: '3' }, status: 200 },
		{ method: 'POST', path: '/credits/checkout/api', body: { packageId: 'pkg_gold' }, status: 404 },
	]);
	expect(sandbox.requests.entries[0].headers.authorization).toBe('Bearer llmgen_sandbox_key');
	expect(sandbox.requests.maxInFlight).toBe(1);

	sandbox.requests.clear();
	expect([sandbox.requests.entries.length, sandbox.requests.maxInFlight]).toEqual([0, 0]);
});

test('the sandbox counts how many requests were open at once', async () => {
	sandbox.faults.add({ delayMs: 1000 });
	await Promise.all([1, 2, 3, 4].map(() => http.get('/credits/balance/api')));
	expect(sandbox.requests.maxInFlight).toBe(4);
});

test('the sandbox can start with another account, e.g. an empty one, and with another public URL', async () => {
	const empty = await startSandbox({ ledger: new Ledger(), publicUrl: 'https://sandbox.example/' });
	others.push(empty);
	http.defaults.baseURL = empty.baseUrl;
	expect((await http.get('/credits/history/api')).data).toEqual({
		transactions: [],
		total: 0,
		hasMore: false,
	});
	expect((await http.get<{ balance: number }>('/credits/balance/api')).data.balance).toBe(0);
	const { data } = await http.post<{ url: string }>('/credits/checkout/api', { packageId: 'pkg_pro' });
	expect(data.url).toMatch(/^https:\/\/sandbox\.example\/pay\/cs_test_/);
});
