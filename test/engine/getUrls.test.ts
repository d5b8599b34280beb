import fastify, { type FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import { until } from '../until';
import { runNode, type NodeRun } from './n8n';

interface Query {
	page: number;
	limit: number;
	status?: string;
}

const urlsOf = (count: number) =>
	Array.from({ length: count }, (_, place) => ({
		id: `url_${place}`,
		siteId: 'site_1',
		url: `https://example.com/${place}`,
		title: place % 3 ? `Page ${place}` : null,
		description: null,
		status: ['scraped', 'pending', 'failed'][place % 3],
		lastModified: null,
	}));

type Url = ReturnType<typeof urlsOf>[number];

/** The rows, what the server makes of them, and what it was asked for. */
let all: Url[];
let serve: (query: Query, rows: Url[]) => object | undefined;
let asked: Array<Record<string, string>>;
let [inFlight, mostInFlight] = [0, 0];
/** Whether the pages after the first wait for each other: a reader that asks for one at a time gets none of them. */
let pagesWait = false;
let server: FastifyInstance;
let baseUrl: string;

const documented = ({ page, limit }: Query, rows: Url[]) => ({
	urls: rows.slice((page - 1) * limit, page * limit),
	total: rows.length,
	page,
	totalPages: Math.ceil(rows.length / limit),
});

beforeAll(async () => {
	server = fastify();
	server.get('/sites', () => ({
		sites: [{ id: 'site_1', url: 'https://example.com', status: 'completed' }],
		total: 1,
	}));
	server.get('/sites/:siteId/urls', async (request, reply) => {
		const query = request.query as Record<string, string>;
		asked.push(query);
		mostInFlight = Math.max(mostInFlight, ++inFlight);
		if (pagesWait && query.page !== '1')
			await until(() => mostInFlight > 1, 'Each page was asked for alone.');
		inFlight--;
		if ((request.params as { siteId: string }).siteId !== 'site_1')
			return await reply.code(404).send({ message: 'Site not found' });
		const rows = all.filter(({ status }) => query.status === undefined || status === query.status);
		const answer = serve({ page: Number(query.page), limit: Math.min(100, Number(query.limit)) }, rows);
		return answer ?? (await reply.code(404).send({ message: 'Page not found' }));
	});
	await server.listen({ port: 0, host: '127.0.0.1' });
	baseUrl = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
});
beforeEach(() => {
	all = urlsOf(250);
	serve = documented;
	asked = [];
	mostInFlight = 0;
	pagesWait = false;
});
afterAll(async () => await server.close());

async function getUrls(parameters: object = {}, more: Partial<NodeRun> = {}) {
	const siteId = { __rl: true, mode: 'id', value: 'site_1' };
	return await runNode({
		parameters: { resource: 'site', operation: 'getUrls', siteId, returnAll: true, ...parameters },
		credential: { apiKey: 'llmgen_key', baseUrl },
		...more,
	});
}

const rowsOf = async (parameters: object = {}) => {
	const { items, error } = await getUrls(parameters);
	expect(error?.message).toBeUndefined();
	return items.map(({ json }) => json);
};

test.each([
	[250, 3],
	[1000, 12],
])(
	'Return All: %i URLs come out as the API sends them, side by side, with %i requests',
	async (count, requests) => {
		all = urlsOf(count);
		pagesWait = true;
		expect(await rowsOf()).toEqual(all);
		expect(asked).toHaveLength(requests);
		expect(asked[0]).toEqual({ page: '1', limit: '100' });
	},
);

test.each([
	[1, 1],
	[50, 1],
	[100, 1],
	[150, 2],
	[400, 3],
])('a limit of %i needs %i requests', async (limit, requests) => {
	expect(await rowsOf({ returnAll: false, limit })).toEqual(all.slice(0, limit));
	expect(asked).toHaveLength(requests);
	expect(asked[0]).toEqual({ page: '1', limit: String(Math.min(limit, 100)) });
});

test('by default, up to 50 URLs come out', async () => {
	expect(await rowsOf({ returnAll: false })).toEqual(all.slice(0, 50));
});

test.each([0, 1, 2, 3, 20])('a site with %i URLs', async (count) => {
	all = urlsOf(count);
	expect(await rowsOf()).toEqual(all);
	expect(asked.length).toBeLessThanOrEqual(2);
});

test.each(['failed', 'Failed', ' FAILED '])('the API filters by the status %j', async (status) => {
	const expected = all.filter((row) => row.status === 'failed');
	expect(await rowsOf({ filters: { status } })).toEqual(expected);
	expect(asked.every((query) => query.status === 'failed')).toBe(true);
});

const missing = (query: Query, rows: Url[]) => ({ urls: documented(query, rows).urls });

describe('every URL comes out once, although the server', () => {
	test.each<[string, typeof serve]>([
		['counts nothing', missing],
		['counts zero', (query, rows) => ({ ...missing(query, rows), total: 0, totalPages: 0 })],
		['counts too few', (query, rows) => ({ ...missing(query, rows), total: 3, page: 1, totalPages: 1 })],
		['counts too many', (query, rows) => ({ ...missing(query, rows), total: 9999, totalPages: 100 })],
		['counts with words', (query, rows) => ({ ...missing(query, rows), total: 'many', totalPages: '?' })],
		[
			'counts only one page, and sends at most 40 rows',
			({ page, limit }, rows) => {
				const { urls } = documented({ page, limit: Math.min(40, limit) }, rows);
				return { urls, total: urls.length, page, totalPages: page };
			},
		],
		['takes no notice of the limit', ({ page }, rows) => documented({ page, limit: 50 }, rows)],
		[
			'sends the last page again past the end',
			({ page, limit }, rows) =>
				documented({ page: Math.min(page, Math.ceil(rows.length / limit)), limit }, rows),
		],
		[
			'has 50 rows in each page and sends the last one again past the end',
			({ page }, rows) => documented({ page: Math.min(page, 5), limit: 50 }, rows),
		],
	])('%s', async (_what, sent) => {
		serve = sent;
		expect(await rowsOf()).toEqual(all);
	});

	test('loses rows at the front after each of its first answers', async () => {
		const stayed = all.slice(20);
		let answers = 0;
		serve = (query, rows) => {
			const page = documented(query, rows);
			if (answers++ < 4) all = all.slice(5);
			return page;
		};
		const rows = await rowsOf();
		const ids = rows.map(({ id }) => id);
		expect(new Set(ids).size).toBe(ids.length);
		expect(ids).toEqual(expect.arrayContaining(stayed.map(({ id }) => id)));
	});
});

test('a server that takes no notice of the page stops the item with a message', async () => {
	serve = ({ limit }, rows) => ({ ...documented({ page: 1, limit }, rows), total: 250 });
	const { items, error } = await getUrls();
	expect(items).toEqual([]);
	expect(error?.message).toContain('LLM Generator sent the same rows again and again');
});

test('an answer that is not a page of URLs is named', async () => {
	serve = () => ({ urls: [{ title: 'no address' }] });
	const { error } = await getUrls();
	expect(error?.message).toContain('a URL without an ID');
});

test('a page in the middle that is not found does not count as the end', async () => {
	all = urlsOf(450);
	serve = (query, rows) => (query.page === 1 ? documented(query, rows) : undefined);
	const { items, error } = await getUrls();
	expect(items).toEqual([]);
	expect(error?.message).toMatch(/did not find page \d of the list of URLs, although it has 5/);
});

test('an unknown site is named, and a site can be chosen by its address', async () => {
	const { error } = await getUrls({ siteId: { __rl: true, mode: 'id', value: 'site_9' } });
	expect(error?.message).toMatch(/^This account has no site with the ID "site_9"\. /);
	const siteId = { __rl: true, mode: 'url', value: 'https://example.com/' };
	expect(await rowsOf({ siteId })).toEqual(all);
});

test.each([
	[{ returnAll: false, limit: 0 }, /^The limit is 0\. /],
	[{ filters: { status: 'done' } }, /^"done" is not a valid status\. /],
])('%j is refused before a request is sent', async (parameters, message) => {
	const { error } = await getUrls(parameters);
	expect(error?.message).toMatch(message);
	expect(asked).toEqual([]);
});

test('with Continue, an item that fails leaves the others unharmed, each URL paired with its item', async () => {
	const siteId = { __rl: true, mode: 'id', value: '={{ $json.siteId }}' };
	const items = ['site_1', 'site_9', 'site_1'].map((id) => ({ siteId: id, status: 'pending' }));
	const parameters = { siteId, filters: { status: '={{ $json.status }}' } };
	const result = await getUrls(parameters, { items, onError: 'continueRegularOutput' });
	const pending = all.filter(({ status }) => status === 'pending');
	const of = (item: number) =>
		result.items.filter(({ pairedItem }) => (pairedItem as { item: number }).item === item);
	expect(of(0).map(({ json }) => json)).toEqual(pending);
	expect(of(1).map(({ json }) => json)).toEqual([{ error: expect.stringContaining('site_9') as string }]);
	expect(of(2).map(({ json }) => json)).toEqual(pending);
});
