import type { INodeParameters } from 'n8n-workflow';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { runNode, searchPackages } from './n8n';
import { ActiveTrigger } from './trigger';

const KEY = 'llmgen_sandbox_key';
let sandbox: Sandbox;
/** Another origin, which would accept the key and respond like the real one. */
let elsewhere: Sandbox;

beforeAll(async () => {
	[sandbox, elsewhere] = await Promise.all([startSandbox(), startSandbox()]);
});
beforeEach(() => {
	sandbox.faults.clear();
	sandbox.requests.clear();
	elsewhere.requests.clear();
});
afterAll(() => Promise.all([sandbox.close(), elsewhere.close()]));

const NOT_FOLLOWED = /redirected the request to another address, which was not followed/;
const REDIRECTS = [301, 302, 303, 307, 308];
const OPERATIONS: Array<{ sent: string; path: string; parameters: INodeParameters }> = [
	{ sent: 'GET', path: '/credits/balance/api', parameters: { operation: 'getBalance' } },
	{ sent: 'GET', path: '/credits/history/api', parameters: { operation: 'getHistory' } },
	{
		sent: 'POST',
		path: '/credits/checkout/api',
		parameters: { operation: 'createCheckout', packageId: { __rl: true, mode: 'id', value: 'pkg_pro' } },
	},
];

describe.each(REDIRECTS)('%i to another origin: nothing is sent there', (status) => {
	const redirect = (path: string) => sandbox.faults.add({ status, redirectTo: elsewhere.baseUrl + path });

	test.each(OPERATIONS)('$sent $path', async ({ path, parameters }) => {
		redirect(path);
		const { error } = await runNode({ parameters, credential: { apiKey: KEY, baseUrl: sandbox.baseUrl } });
		expect(error?.message).toMatch(NOT_FOLLOWED);
		expect(sandbox.requests.entries.map((request) => request.path)).toEqual([path]);
		expect(elsewhere.requests.entries).toEqual([]);
	});

	test.each([
		['fileGenerated', '/sites'],
		['newTransaction', '/credits/history/api'],
		['lowBalance', '/credits/balance/api'],
	])('the trigger’s %s', async (event, path) => {
		redirect(path);
		await expect(ActiveTrigger.of(sandbox, { event }).activate()).rejects.toThrow(NOT_FOLLOWED);
		expect(elsewhere.requests.entries).toEqual([]);
	});

	test('the list of packages', async () => {
		redirect('/credits/packages');
		const list = searchPackages({ apiKey: KEY, baseUrl: sandbox.baseUrl });
		await expect(list).rejects.toThrow(NOT_FOLLOWED);
		expect(elsewhere.requests.entries).toEqual([]);
	});
});
