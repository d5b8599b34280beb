import axios from 'axios';
import type { Sandbox } from '../../sandbox/server';
import { apiClient, type Fields, startAccount } from './sandboxAccount';

const KEY = 'llmgen_sandbox_key';

let sandbox: Sandbox;
const http = apiClient();

beforeEach(async () => {
	({ sandbox } = await startAccount(http, 1000, { apiKeys: [KEY, 'other'] }));
});
afterEach(() => sandbox.close());

test.each([
	['GET', '/credits/balance/api', 'credits:read'],
	['GET', '/credits/history/api', 'credits:read'],
	['GET', '/credits/packages', 'credits:read'],
	['POST', '/credits/checkout/api', 'credits:write'],
	['POST', '/generate', 'generate'],
	['GET', '/generate/none', 'generate'],
	['GET', '/sites', 'sites:read'],
	['GET', '/sites/none/urls', 'sites:read'],
	['POST', '/discovery', 'discovery'],
	['GET', '/discovery/none/urls', 'discovery'],
	['GET', '/subscriptions/current/api', 'subscriptions:read'],
	['POST', '/subscriptions/checkout/api', 'subscriptions:write'],
	['POST', '/subscriptions/portal/api', 'subscriptions:write'],
])('%s %s needs %s', async (method, url, permission) => {
	const ask = () => http.request<Fields>({ method, url, data: { url: 'https://example.com' } });
	sandbox.keyPermissions.set(KEY, []);
	const { status, data, headers } = await ask();
	expect(status).toBe(403);
	expect(data).toEqual({
		message: `Missing required permission: ${permission}`,
		error: 'Forbidden',
		statusCode: 403,
	});
	expect(headers['x-ratelimit-remaining']).toBeDefined();
	expect(sandbox.ledger.all('oldestFirst')).toEqual([]);

	sandbox.keyPermissions.set(KEY, [permission]);
	expect((await ask()).status).not.toBe(403);
});

test('other keys have all permissions; a file needs none, and what does not exist is not found', async () => {
	sandbox.keyPermissions.set(KEY, []);
	const [{ id }] = sandbox.sites.add(1);
	expect((await http.get(`/file/${id}`)).status).toBe(200);
	expect((await http.get('/nowhere')).status).toBe(404);
	expect((await http.get('/sites', { headers: { Authorization: 'Bearer other' } })).status).toBe(200);
	sandbox.reset({ rows: 0 });
	expect((await http.get('/sites')).status).toBe(200);
});

test('the control API limits a key, and gives everything back', async () => {
	const settings = async (permissions: string[] | null) =>
		(
			await axios.put<Fields>(`${sandbox.origin}/sandbox/settings`, {
				keyPermissions: { [KEY]: permissions },
			})
		).data.keyPermissions;
	expect(await settings(['sites:read'])).toEqual({ [KEY]: ['sites:read'] });
	expect((await http.get('/sites')).status).toBe(200);
	expect((await http.get('/credits/balance/api')).status).toBe(403);
	expect(await settings(null)).toEqual({});
	expect((await http.get('/credits/balance/api')).status).toBe(200);
});
