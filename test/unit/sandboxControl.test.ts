import axios from 'axios';
import type { Transaction } from '../../sandbox/ledger';
import { type Sandbox, startSandbox } from '../../sandbox/server';

let sandbox: Sandbox;
const http = axios.create({ validateStatus: () => true });

beforeEach(async () => {
	sandbox = await startSandbox();
	http.defaults.baseURL = `${sandbox.origin}/sandbox`;
});
afterEach(() => sandbox.close());

function history() {
	return axios.get<{ transactions: Transaction[]; total: number }>(`${sandbox.baseUrl}/credits/history/api`, {
		headers: { Authorization: 'Bearer llmgen_sandbox_key' },
		validateStatus: () => true,
	});
}

test('faults can be added, one or several, and cleared', async () => {
	await http.post('/faults', { status: 500, times: 1 });
	await http.post('/faults', [
		{ status: 502, times: 2 },
		{ status: 503, times: 3 },
	]);
	expect((await history()).status).toBe(500);
	expect((await history()).status).toBe(502);
	expect((await history()).status).toBe(503);
	await http.delete('/faults');
	expect((await history()).status).toBe(200);
});

test('transactions can be added and removed', async () => {
	const { data } = await http.post<{ transactions: Transaction[] }>('/transactions', {
		type: 'purchase',
		amount: 7,
		count: 2,
	});
	expect(data.transactions).toEqual(sandbox.ledger.recent(2).reverse());
	expect(data.transactions[0]).toMatchObject({ type: 'purchase', amount: 7 });

	expect((await http.delete(`/transactions/${data.transactions[0].id}`)).status).toBe(200);
	expect((await http.delete(`/transactions/${data.transactions[0].id}`)).status).toBe(404);
	expect((await history()).data.total).toBe(301);
	await http.post('/transactions');
	expect((await history()).data.total).toBe(302);
});

test('order and rate limit can be set', async () => {
	await http.put('/settings', { order: 'oldestFirst', rateLimit: { limit: 1, windowMs: 60_000 } });
	expect((await history()).data.transactions[0]).toEqual(sandbox.ledger.all('oldestFirst')[0]);
	expect((await history()).status).toBe(429);
	await http.put('/settings', { rateLimit: null });
	expect((await history()).status).toBe(200);
	expect(sandbox.order).toBe('oldestFirst');
});

test('a reset creates a new account', async () => {
	sandbox.faults.add({ status: 500 });
	await history();
	const { data } = await http.post<unknown>('/reset', { rows: 12, seed: 2, order: 'oldestFirst' });
	expect(data).toEqual({ order: 'oldestFirst', rows: 12, balance: sandbox.ledger.balance });
	expect(sandbox.requests.entries).toEqual([]);
	expect((await history()).data.total).toBe(12);
});

test('the ledger and the requests can be read, and this is not logged', async () => {
	await history();
	const { data: ledger } = await http.get<unknown>('/ledger');
	expect(ledger).toEqual({
		order: 'newestFirst',
		balance: sandbox.ledger.balance,
		transactions: sandbox.ledger.all('newestFirst'),
	});
	const { data: requests } = await http.get<{ entries: unknown[] }>('/requests');
	expect(requests).toMatchObject({
		entries: [{ method: 'GET', path: '/credits/history/api', status: 200 }],
		maxInFlight: 1,
	});
	await http.delete('/requests');
	expect((await http.get<{ entries: unknown[] }>('/requests')).data.entries).toEqual([]);
});
