import { fastify, type FastifyInstance } from 'fastify';
import type { IDataObject, INode } from 'n8n-workflow';
import { listSites, siteBy } from '../sites';
import { Account, StepRunner } from './account';
import type { RunningVersion } from './runningVersion';

const ONE = 'https://one.example';

/** The operations that have the field Site; `chosen` is the site in their output. */
const WITH_SITE: Record<string, { parameters: INode['parameters']; chosen: keyof IDataObject }> = {
	Download: { parameters: { resource: 'file', operation: 'download', outputAs: 'text' }, chosen: 'siteId' },
	'Get Site': { parameters: { resource: 'site', operation: 'get' }, chosen: 'id' },
	'Get URLs': { parameters: { resource: 'site', operation: 'getUrls', limit: 1 }, chosen: 'siteId' },
};

/** Tests of the sites of an account in a real n8n. */
export const testSites = (running: () => RunningVersion) =>
	describe('sites', () => {
		let account: Account;
		beforeAll(async () => {
			account = await Account.open(running(), 'Account of the sites');
			const { jobs } = account.sandbox;
			jobs.finish(jobs.start({ url: ONE }));
			jobs.fail(jobs.start({ url: 'https://two.example' }), 'Blocked');
		});
		afterEach(() => {
			account.sandbox.faults.clear();
			account.sandbox.generation.pagesSites = false;
		});
		afterAll(() => account.close());

		const getMany = async (parameters: INode['parameters']) => {
			const { status, items } = await account.run({ resource: 'site', operation: 'getAll', ...parameters });
			expect(status).toBe('success');
			return items.map(({ json }) => json);
		};
		const sites = async () => (await account.answer<{ sites: IDataObject[] }>('/sites')).sites;

		test('Return All returns every site once, whether the API serves all of them or pages', async () => {
			const all = await sites();
			expect(await getMany({ returnAll: true })).toEqual(all);
			account.sandbox.generation.pagesSites = true;
			expect(await getMany({ returnAll: true })).toEqual(all);
		});

		test('Status selects sites, and Limit counts the selected ones', async () => {
			const all = await sites();
			const completed = all.filter(({ status }) => status === 'completed');
			expect(await getMany({ limit: 3, filters: { status: 'completed' } })).toEqual(completed.slice(0, 3));
			const failed = all.filter(({ status }) => status === 'failed');
			expect(await getMany({ returnAll: true, filters: { status: 'failed' } })).toEqual(failed);
		});

		test('Get URLs returns each of 250 URLs once, also while others appear in front of them', async () => {
			const server = await startMovingList(250);
			const data = { apiKey: 'llmgen_key', baseUrl: server.listeningOrigin };
			const { n8n } = account;
			const credential = await n8n.api.saveCredential({ name: 'Moving', type: 'llmGeneratorApi', data });
			const getUrls = { resource: 'site', operation: 'getUrls', siteId: siteBy('id', 'site_1') };
			const { items } = await new StepRunner(n8n, credential).run({ ...getUrls, returnAll: true });
			await server.close();

			const ids = items.map(({ json }) => json.id as string);
			expect(new Set(ids).size).toBe(ids.length);
			expect(ids.filter((id) => id.startsWith('known'))).toHaveLength(250);
		});

		describe.each(Object.entries(WITH_SITE))('the field Site of %s', (_name, { parameters, chosen }) => {
			const { resource, operation } = parameters as { resource: string; operation: string };

			test('lists the sites, newest first, and can be searched by address', async () => {
				const { results } = await listSites(account.n8n.api, account.credential, { resource, operation });
				expect(results).toHaveLength((await sites()).length);
				expect(results.slice(0, 2).map(({ url }) => url)).toEqual(['https://two.example', ONE]);

				const filter = 'ONE.ex';
				const found = await listSites(account.n8n.api, account.credential, { resource, operation, filter });
				expect(found.results).toEqual([results[1]]);
			});

			test('takes a site of the list, an ID and an address', async () => {
				const { id } = account.sandbox.sites.at(ONE)!;
				for (const site of [siteBy('list', id), siteBy('id', id), siteBy('url', 'ONE.example/')]) {
					const { items } = await account.run({ ...parameters, siteId: site });
					expect(items.map(({ json }) => json[chosen])).toEqual([id]);
				}
			});

			test('says which site the account does not have', async () => {
				for (const site of [siteBy('id', 'not-there'), siteBy('url', 'https://not-there.example')]) {
					const { status, error } = await account.run({ ...parameters, siteId: site });
					expect(status).toBe('error');
					expect(error?.message).toMatch(/This account has no site .*not-there/);
				}
			});
		});
	});

/** A server with one site, which has so many URLs. With each page that it serves, one more appears in front of them. */
async function startMovingList(count: number): Promise<FastifyInstance> {
	const urls = Array.from({ length: count }, (_, row) => urlNamed(`known_${row}`));
	const server = fastify();
	server.get<{ Querystring: { page: string; limit: string } }>('/sites/site_1/urls', ({ query }) => {
		const [page, limit] = [Number(query.page), Number(query.limit)];
		const rows = urls.slice((page - 1) * limit, page * limit);
		const answer = { urls: rows, total: urls.length, page, totalPages: Math.ceil(urls.length / limit) };
		urls.unshift(urlNamed(`new_${urls.length}`));
		return answer;
	});
	await server.listen({ host: '127.0.0.1', port: 0 });
	return server;
}

function urlNamed(id: string) {
	return { id, siteId: 'site_1', url: `https://one.example/${id}`, title: id, status: 'scraped' };
}
