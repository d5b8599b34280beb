import type { INodeParameters } from 'n8n-workflow';
import axios from 'axios';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { runNode, searchSites, type NodeRun } from './n8n';
import { toolOf } from './tool';

const KEY = 'llmgen_sandbox_key';
const [ONE, TWO, THREE] = ['https://one.example', 'https://two.example', 'https://three.example'];

let sandbox: Sandbox;
beforeAll(async () => {
	sandbox = await startSandbox({ ledger: { rows: 0 } });
});
beforeEach(() => {
	sandbox.reset({ rows: 0 });
	sandbox.ledger.book({ type: 'purchase', amount: 10_000 });
	Object.assign(sandbox.generation, { pagesSites: false, sitesOrder: 'newestFirst' });
	for (const url of [ONE, TWO]) sandbox.jobs.finish(sandbox.jobs.start({ url }));
	sandbox.jobs.fail(sandbox.jobs.start({ url: THREE }), 'Blocked');
});
afterAll(() => sandbox.close());

const credential = () => ({ apiKey: KEY, baseUrl: sandbox.baseUrl });
const run = async (operation: string, parameters: INodeParameters = {}, more: Partial<NodeRun> = {}) =>
	await runNode({
		parameters: { resource: 'site', operation, ...parameters },
		credential: credential(),
		...more,
	});
/** As the API answers. */
async function answer<T>(path: string): Promise<T> {
	const headers = { Authorization: `Bearer ${KEY}` };
	return (await axios.get<T>(`${sandbox.baseUrl}${path}`, { headers, proxy: false })).data;
}
const listed = async () =>
	(await answer<{ sites: Array<{ id: string; url: string; status: string }> }>('/sites')).sites;
/** More than the sandbox puts into a page, and ended, so that nothing changes any more. */
const makeMany = () => {
	for (let count = 0; count < 45; count++) {
		sandbox.jobs.finish(sandbox.jobs.start({ url: `https://site-${count}.example` }));
	}
};
const site = (mode: string, value: unknown) => ({ siteId: { __rl: true, mode, value } as never });
const jsons = ({ items }: { items: Array<{ json: object }> }) => items.map(({ json }) => json);

describe('Get', () => {
	test.each(['list', 'id', 'url'])('returns the site as the API answers, chosen by %s', async (mode) => {
		const { id } = sandbox.sites.at(ONE)!;
		const result = await run('get', site(mode, mode === 'url' ? 'ONE.example/' : id));
		expect(result.error).toBeUndefined();
		expect(jsons(result)).toEqual([await answer(`/sites/${id}`)]);
		expect(result.items[0].json).toHaveProperty('lastGenerationOptions');
	});

	test('a status comes out as the API spells it', async () => {
		const { id } = sandbox.sites.at(ONE)!;
		sandbox.faults.add({
			path: `/sites/${id}`,
			times: 1,
			status: 200,
			body: { id, url: ONE, status: 'Completed' },
		});
		expect(jsons(await run('get', site('id', id)))).toEqual([{ id, url: ONE, status: 'Completed' }]);
	});

	test('each input item gets its own site, and one that is not there harms no other', async () => {
		const ids = [ONE, TWO].map((url) => sandbox.sites.at(url)!.id);
		const { items } = await run('get', site('id', '={{ $json.siteId }}'), {
			items: [{ siteId: ids[0] }, { siteId: 'nobody' }, { siteId: ids[1] }],
			onError: 'continueRegularOutput',
		});
		expect(items.map(({ json, pairedItem }) => [json.id ?? json.error, pairedItem])).toEqual([
			[ids[0], { item: 0 }],
			[expect.stringMatching(/^This account has no site with the ID "nobody"\. /), { item: 1 }],
			[ids[1], { item: 2 }],
		]);
	});

	test('an address that is not there is told, with what to do', async () => {
		const { error } = await run('get', site('url', 'https://nobody.example'));
		expect(error?.message).toBe(
			'This account has no site with the address "https://nobody.example". Check the address, or use Generate to make its file.',
		);
	});

	test('a model gets the site, and the sentence if there is none', async () => {
		const { id } = sandbox.sites.at(ONE)!;
		const siteId = "={{ /*n8n-auto-generated-fromAI-override*/ $fromAI('Site') }}";
		const parameters = { resource: 'site', operation: 'get', ...site('url', siteId) };
		const call = await toolOf({ parameters, credential: credential() });
		expect(JSON.parse(await call({ Site: 'one.example' }))).toEqual([await answer(`/sites/${id}`)]);
		await expect(call({ Site: 'nobody.example' })).rejects.toThrow(
			/^This account has no site with the address "nobody\.example"\. Check the address/,
		);
	});

	test('nothing is sent where no site is given', async () => {
		const { error } = await run('get', site('id', '={{ "" }}'));
		expect(error?.message).toMatch(/^No site is given\. Choose one in the field "Site"/);
		expect(sandbox.requests.entries).toEqual([]);
	});
});

describe('Get Many', () => {
	test.each([false, true])(
		'returns every site once, as the API sends it (served in pages: %s)',
		async (paged) => {
			makeMany();
			const all = await listed();
			sandbox.generation.pagesSites = paged;
			expect(jsons(await run('getAll', { returnAll: true }))).toEqual(all);
		},
	);

	test('Limit ends it, also before the next page is read', async () => {
		makeMany();
		const all = await listed();
		sandbox.generation.pagesSites = true;
		sandbox.requests.clear();
		expect(jsons(await run('getAll', { limit: 20 }))).toEqual(all.slice(0, 20));
		expect(sandbox.requests.entries).toHaveLength(1);
		expect(jsons(await run('getAll', { limit: 21 }))).toEqual(all.slice(0, 21));
	});

	test.each([
		['completed', [TWO, ONE]],
		['Failed', [THREE]],
		['PENDING', []],
	])('Status %s selects, and Limit counts what is selected', async (status, urls) => {
		const result = await run('getAll', { limit: 2, filters: { status } });
		expect(result.error).toBeUndefined();
		expect(result.items.map(({ json }) => json.url)).toEqual(urls);
		const one = await run('getAll', { limit: 1, filters: { status } });
		expect(one.items.map(({ json }) => json.url)).toEqual(urls.slice(0, 1));
	});

	test('a status that does not exist is refused before a request is sent', async () => {
		const { error } = await run('getAll', { filters: { status: '={{ "done" }}' } });
		expect(error?.message).toBe(
			'"done" is not a valid status. The statuses are completed, failed, pending, processing.',
		);
		expect(sandbox.requests.entries).toEqual([]);
	});

	describe('where the API returns fewer sites than it counts', () => {
		const claims = (total: unknown) => {
			const sites = sandbox.sites.all().map(({ id, url }) => ({ id, url, status: 'completed' }));
			sandbox.faults.add({ path: '/sites', status: 200, body: { sites, total } });
		};

		test('it stops with a sentence, and does not pretend to be whole', async () => {
			claims(100);
			const { items, error } = await run('getAll', { returnAll: true });
			expect(items).toEqual([]);
			expect(error?.message).toMatch(
				/has 100 sites, but returned only 3 of them\. Run this again\. .*set "Limit" to at most 3\.$/,
			);
		});

		test('a limit that can be met is met', async () => {
			claims(100);
			expect((await run('getAll', { limit: 3 })).items).toHaveLength(3);
		});

		test.each([undefined, null, '3', 0, 'many', -1])(
			'a total of %j is not held against it',
			async (total) => {
				claims(total);
				expect((await run('getAll', { returnAll: true })).items).toHaveLength(3);
			},
		);
	});

	test('a site that is counted twice, because it is sent twice, comes once', async () => {
		const [one, two] = await listed();
		sandbox.faults.add({ path: '/sites', status: 200, body: { sites: [one, one, two], total: 3 } });
		expect(jsons(await run('getAll', { returnAll: true }))).toEqual([one, two]);
	});

	test('an account without sites has no items', async () => {
		sandbox.reset({ rows: 0 });
		const { items, error } = await run('getAll', { returnAll: true });
		expect(error).toBeUndefined();
		expect(items).toEqual([]);
	});
});

describe('Get Packages', () => {
	test.each(['list', 'object'] as const)('returns one item a package (%s)', async (packagesShape) => {
		sandbox.faults.add({ path: '/credits/packages', packagesShape });
		const { items, error } = await runNode({
			parameters: { resource: 'credit', operation: 'getPackages' },
			credential: credential(),
		});
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json)).toEqual([
			{ id: 'pkg_starter', name: 'Starter Pack', credits: 100, priceCents: 499 },
			{ id: 'pkg_pro', name: 'Pro Pack', credits: 500, priceCents: 1999 },
			{ id: 'pkg_business', name: 'Business Pack', credits: 2000, priceCents: 5999 },
		]);
	});
});

describe('the list in every field "Site"', () => {
	test('holds 10,000 sites, newest first; those without a date come last', async () => {
		const sites = Array.from({ length: 10_000 }, (_, index) => ({
			id: `s${index}`,
			url: `https://site-${index}.example`,
			status: 'Completed',
			...(index % 2 === 0 && { updatedAt: new Date(1_700_000_000_000 + index * 1000).toISOString() }),
		}));
		sandbox.faults.add({ path: '/sites', status: 200, body: { sites, total: sites.length } });
		const { results } = await searchSites(credential());
		expect(results).toHaveLength(10_000);
		expect(results.slice(0, 2).map(({ name }) => name)).toEqual([
			'https://site-9998.example',
			'https://site-9996.example',
		]);
		expect(results.at(-1)!.name).toBe('https://site-9999.example');
		expect((await searchSites(credential(), 'SITE-4711.')).results).toEqual([
			{ name: 'https://site-4711.example', value: 's4711', url: 'https://site-4711.example' },
		]);
	});

	test('puts sites that changed at the same time, or at no known time, in the order of the API', async () => {
		const updatedAt = '2026-01-20T14:30:00.000Z';
		const times = [
			{},
			{ updatedAt },
			{ updatedAt: null, createdAt: updatedAt },
			{ updatedAt: 'soon' },
			{ updatedAt },
		];
		const sites = times.map((time, at) => ({
			id: `s${at}`,
			url: `https://s${at}.example`,
			status: 'failed',
			...time,
		}));
		sandbox.faults.add({ path: '/sites', status: 200, body: { sites } });
		const { results } = await searchSites(credential());
		expect(results.map(({ value }) => value)).toEqual(['s1', 's2', 's4', 's0', 's3']);
		expect(results[0].name).toBe('https://s1.example (failed)');
	});

	test.each(['www.one.example', 'http://one.example/', 'ONE.example'])(
		'finds a site by %s',
		async (words) => {
			const { results } = await searchSites(credential(), words);
			expect(results.map(({ name }) => name)).toEqual([ONE]);
		},
	);
});
