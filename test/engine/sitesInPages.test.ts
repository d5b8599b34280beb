/** How GET /sites pages, if it does, is not documented: whatever it does, no site is lost without a word. */
import fastify, { type FastifyInstance } from 'fastify';
import type { INodeParameters } from 'n8n-workflow';
import type { Sandbox } from '../../sandbox/server';
import { runNode, searchSites } from './n8n';
import { ActiveTrigger } from './trigger';

type Query = Partial<Record<'page' | 'limit' | 'offset', string>>;

/** The sites that the server has, and what it makes of a query: the first site that comes, and how many. */
let sites: Array<{ id: string; url: string; status: string }>;
let place: (query: Query) => { first: number; count: number } | undefined;
/** What happens after a request was answered. */
let afterwards: (answered: number) => void;
let asked: Query[];
let server: FastifyInstance;
let baseUrl: string;

beforeAll(async () => {
	server = fastify();
	server.get<{ Querystring: Query }>('/sites', async ({ query }, reply) => {
		asked.push(query);
		const found = place(query);
		if (!found) return await reply.code(400).send({ message: 'property page should not exist' });
		const answer = { sites: sites.slice(found.first, found.first + found.count), total: sites.length };
		afterwards(asked.length);
		return answer;
	});
	baseUrl = await server.listen({ host: '127.0.0.1', port: 0 });
});
beforeEach(() => {
	sites = Array.from({ length: 145 }, (_, at) => siteCalled(`s${at}`));
	afterwards = () => undefined;
	asked = [];
});
afterAll(() => server.close());

const siteCalled = (id: string) => ({ id, url: `https://${id}.example`, status: 'completed' });
const credential = () => ({ apiKey: 'llmgen_sandbox_key', baseUrl });
const getAll = async (parameters: INodeParameters) =>
	await runNode({
		parameters: { resource: 'site', operation: 'getAll', ...parameters },
		credential: credential(),
	});
const idsOf = ({ items }: { items: Array<{ json: object }> }) =>
	items.map(({ json }) => (json as { id: string }).id);

/** Servers that return 20 sites without a query. */
const byPage = ({ page = '1', limit = '20' }: Query) => {
	const count = Math.min(Number(limit), 100);
	return { first: (Number(page) - 1) * count, count };
};
const byFixedPage = ({ page = '1' }: Query) => ({ first: (Number(page) - 1) * 20, count: 20 });
const byOffset = ({ offset = '0', limit = '20' }: Query) => ({
	first: Number(offset),
	count: Math.min(Number(limit), 100),
});
const byFixedOffset = ({ offset = '0' }: Query) => ({ first: Number(offset), count: 20 });
const unpaged = () => ({ first: 0, count: 20 });
const strict = (query: Query) => (Object.keys(query).length > 0 ? undefined : unpaged());

const PAGED: Array<[string, typeof place]> = [
	['pages of any size', byPage],
	['pages of its own size', byFixedPage],
	['offsets', byOffset],
	['offsets, and a size of its own', byFixedOffset],
];

describe.each(PAGED)('a server with %s', (_what, served) => {
	beforeEach(() => (place = served));

	test('returns every site once, in its order', async () => {
		const result = await getAll({ returnAll: true });
		expect(result.error).toBeUndefined();
		expect(idsOf(result)).toEqual(sites.map(({ id }) => id));
	});

	test('is read no further than Limit', async () => {
		expect(idsOf(await getAll({ limit: 20 }))).toEqual(sites.slice(0, 20).map(({ id }) => id));
		expect(asked).toHaveLength(1);
		expect(idsOf(await getAll({ limit: 21 }))).toEqual(sites.slice(0, 21).map(({ id }) => id));
	});

	test('loses no site if another one is removed or added meanwhile', async () => {
		for (const change of [() => sites.splice(3, 1), () => sites.unshift(siteCalled('new'))]) {
			for (const moment of [1, 2, 3, 4, 5]) {
				sites = Array.from({ length: 145 }, (_, at) => siteCalled(`s${at}`));
				asked = [];
				afterwards = (answered) => answered === moment && change();
				const before = sites.map(({ id }) => id);
				const ids = idsOf(await getAll({ returnAll: true }));
				const stayed = before.filter((id) => sites.some((site) => site.id === id));
				expect(ids.filter((id) => stayed.includes(id))).toEqual(stayed);
				expect(new Set(ids).size).toBe(ids.length);
			}
		}
	});

	test('shows the trigger each generation once, wherever its site stands', async () => {
		const trigger = ActiveTrigger.of({ baseUrl } as Sandbox, { event: 'fileGenerated' });
		await trigger.activate();
		for (let polls = 0; polls < 8; polls++) expect(await trigger.poll()).toEqual([]);
		sites[131] = { ...sites[131], status: 'failed' };
		const emitted: object[] = [];
		for (let polls = 0; polls < 8; polls++) emitted.push(...(await trigger.poll()));
		expect(emitted).toEqual([sites[131]]);
	});

	test('shows all sites in the list of the field', async () => {
		expect((await searchSites(credential())).results).toHaveLength(145);
	});
});

describe.each([
	['takes no notice of a page', unpaged],
	['refuses every query', strict],
])('a server that counts more than it returns, and %s', (_what, served: typeof place) => {
	beforeEach(() => (place = served));

	test.each<[string, INodeParameters]>([
		['all', { returnAll: true }],
		['more than it returns', { limit: 21 }],
		['a status', { limit: 21, filters: { status: 'completed' } }],
	])('is not taken for whole, if the user wants %s', async (_wanted, parameters) => {
		const { items, error } = await getAll(parameters);
		expect(items).toEqual([]);
		expect(error?.message).toMatch(
			/^LLM Generator says that this account has 145 sites, but returned only 20/,
		);
		expect(asked.length).toBeLessThanOrEqual(3);
	});

	test('is good for a limit, also with a status', async () => {
		expect(idsOf(await getAll({ limit: 20 }))).toHaveLength(20);
		expect(idsOf(await getAll({ limit: 20, filters: { status: 'completed' } }))).toHaveLength(20);
	});

	test('shows what it returns in the list of the field', async () => {
		expect((await searchSites(credential())).results).toHaveLength(20);
	});
});
