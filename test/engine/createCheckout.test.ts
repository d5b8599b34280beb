import { startSandbox, type Sandbox } from '../../sandbox/server';
import { runNode, searchPackages, type NodeRun } from './n8n';

let sandbox: Sandbox;
const credential = () => ({ apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl });

const byId = (id: string) => ({ __rl: true, mode: 'id', value: id });

async function checkOut(parameters: object, more: Partial<NodeRun> = {}) {
	return await runNode({
		parameters: { operation: 'createCheckout', packageId: byId('pkg_pro'), ...parameters },
		credential: credential(),
		...more,
	});
}

beforeAll(async () => {
	sandbox = await startSandbox();
});
beforeEach(() => {
	sandbox.faults.clear();
	sandbox.requests.clear();
});
afterAll(() => sandbox.close());

test('the output is the response of the API, and its link opens the payment page', async () => {
	const { items, error } = await checkOut({});
	expect(error).toBeUndefined();
	const [{ json }] = items;
	expect(json).toEqual({
		sessionId: expect.stringMatching(/^cs_test_/) as string,
		url: expect.stringContaining('/pay/cs_test_') as string,
		package: { id: 'pkg_pro', name: 'Pro Pack', credits: 500, priceCents: 1999 },
	});
	expect(await (await fetch(json.url as string)).text()).toContain('Pro Pack');
});

test('both URLs are sent as typed, also Stripe’s placeholder with its braces', async () => {
	const urls = {
		successUrl: 'https://example.com/thanks?session_id={CHECKOUT_SESSION_ID}&from=n8n',
		cancelUrl: 'http://example.com/sorry',
	};
	await checkOut({ additionalFields: urls });
	expect(sandbox.requests.entries.map(({ body }) => body)).toEqual([{ packageId: 'pkg_pro', ...urls }]);
});

test('fields that are left out are not sent', async () => {
	await checkOut({ additionalFields: { successUrl: '', cancelUrl: ' ' } });
	expect(sandbox.requests.entries[0].body).toEqual({ packageId: 'pkg_pro' });
});

test('each input item creates its own checkout, and the results have the order of the items', async () => {
	sandbox.faults.add({ delayMs: 0, jitterMs: 30 });
	const ids = Array.from({ length: 30 }, (_, i) => (i % 2 ? 'pkg_pro' : 'pkg_starter'));
	const { items } = await checkOut(
		{ packageId: { __rl: true, mode: 'id', value: '={{ $json.id }}' } },
		{ items: ids.map((id) => ({ id })) },
	);
	expect(items.map(({ json }) => (json.package as { id: string }).id)).toEqual(ids);
	expect(items.map(({ pairedItem }) => pairedItem)).toEqual(ids.map((_, item) => ({ item })));
	expect(sandbox.requests.maxInFlight).toBeLessThanOrEqual(16);
});

describe('values that cannot be used are refused before a request is sent', () => {
	test.each([
		['no package', { packageId: byId('={{ "" }}') }, /No package is given.*Choose one/],
		[
			'a package from an expression that found nothing',
			{ packageId: byId('={{ null }}') },
			/No package is given/,
		],
		['a package that is only spaces', { packageId: byId('={{ "  " }}') }, /No package is given/],
		[
			'a success URL without a host',
			{ additionalFields: { successUrl: 'https://' } },
			/Success URL "https:\/\/"/,
		],
		[
			'a relative success URL',
			{ additionalFields: { successUrl: '/thanks' } },
			/Success URL "\/thanks".*https:\/\//,
		],
		['a script as success URL', { additionalFields: { successUrl: 'javascript:alert(1)' } }, /Success URL/],
		[
			'a cancel URL without a scheme',
			{ additionalFields: { cancelUrl: 'example.com' } },
			/Cancel URL "example.com"/,
		],
		['a URL without slashes', { additionalFields: { cancelUrl: 'https:example.com' } }, /Cancel URL/],
	])('%s', async (_what, parameters, message) => {
		const { error } = await checkOut(parameters);
		expect(error?.message).toMatch(message);
		expect(error?.context.itemIndex).toBe(0);
		expect(sandbox.requests.entries).toEqual([]);
	});
});

test('with Continue on error, a bad item has an error message and the others are not affected', async () => {
	const ids = ['pkg_pro', '', 'pkg_nothing', 'pkg_starter'];
	const { items, error } = await checkOut(
		{ packageId: { __rl: true, mode: 'id', value: '={{ $json.id }}' } },
		{ items: ids.map((id) => ({ id })), onError: 'continueRegularOutput' },
	);
	expect(error).toBeUndefined();
	expect(items.map(({ pairedItem }) => pairedItem)).toEqual([
		{ item: 0 },
		{ item: 1 },
		{ item: 2 },
		{ item: 3 },
	]);
	expect(items[0].json).toHaveProperty('url');
	expect(items[1].json).toEqual({ error: expect.stringMatching(/^No package is given/) as string });
	expect(items[2].json).toEqual({ error: expect.stringContaining('pkg_nothing') as string });
	expect(items[3].json).toHaveProperty('url');
});

test('the error names the input item that it belongs to', async () => {
	const { error } = await checkOut(
		{ packageId: { __rl: true, mode: 'id', value: '={{ $json.id }}' } },
		{ items: [{ id: 'pkg_pro' }, { id: 'pkg_nothing' }] },
	);
	expect(error?.context.itemIndex).toBe(1);
});

describe('a checkout that may have been created is not sent twice', () => {
	test.each([
		['status 500', { status: 500 }],
		['status 503', { status: 503 }],
		['a connection cut before the answer', { reset: 'after' as const }],
		['no response in time', { stall: 'headers' as const }],
		['a response that is not JSON', { rawBody: '<html>Welcome</html>' }],
	])('%s', async (_what, fault) => {
		sandbox.faults.add(fault);
		const { error } = await checkOut({ additionalFields: { timeoutSeconds: 1 } });
		expect(error?.message).toMatch(/It is not known whether the checkout was made, so it was not sent twice/);
		expect(sandbox.requests.entries).toHaveLength(1);
	});
});

test('a checkout that the rate limit rejected is sent again', async () => {
	sandbox.faults.add({ status: 429, times: 2, headers: { 'Retry-After': '0' } });
	const { items } = await checkOut({});
	expect(items[0].json).toHaveProperty('url');
	expect(sandbox.requests.entries.map(({ status }) => status)).toEqual([429, 429, 200]);
});

describe('the list of packages', () => {
	test.each(['list', 'object'] as const)('is filled from a response that is a %s', async (packagesShape) => {
		sandbox.faults.add({ path: '/credits/packages', packagesShape });
		const { results } = await searchPackages(credential());
		expect(results).toContainEqual({ name: 'Pro Pack, 500 credits, 19.99', value: 'pkg_pro' });
		expect(results.length).toBeGreaterThan(1);
	});

	test('shows the known values of a package, and its ID if it has no name', async () => {
		const packages = [{ id: 'pkg_small' }, { id: 'pkg_one', name: 'One', credits: 1 }];
		sandbox.faults.add({ path: '/credits/packages', rawBody: JSON.stringify(packages) });
		expect((await searchPackages(credential())).results).toEqual([
			{ name: 'pkg_small', value: 'pkg_small' },
			{ name: 'One, 1 credit', value: 'pkg_one' },
		]);
	});

	test('can be searched by name and by ID', async () => {
		expect((await searchPackages(credential(), 'PRO p')).results.map(({ value }) => value)).toEqual([
			'pkg_pro',
		]);
		expect((await searchPackages(credential(), 'pkg_pro')).results).toHaveLength(1);
		expect((await searchPackages(credential(), 'nothing like it')).results).toEqual([]);
	});

	test('does not wait for a rate limit that ends in a minute', async () => {
		sandbox.faults.add({ path: '/credits/packages', status: 429, headers: { 'Retry-After': '60' } });
		await expect(searchPackages(credential())).rejects.toThrow(/It works again at .* choose "By ID"/);
	});

	test('says how to continue if the API has no list', async () => {
		sandbox.faults.add({ path: '/credits/packages', status: 404 });
		await expect(searchPackages(credential())).rejects.toThrow(
			/To continue without the list, choose "By ID"/,
		);
	});
});
