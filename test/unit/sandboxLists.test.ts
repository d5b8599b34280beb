import type { FaultRule } from '../../sandbox/faults';
import type { Sandbox } from '../../sandbox/server';
import { apiClient, type Fields, startAccount } from './sandboxAccount';

const URL = 'https://harbour-coffee.example';

interface Page extends Fields {
	urls: Array<{ url: string; id?: string }>;
}

let sandbox: Sandbox;
let paths: Record<'site' | 'discovery', string>;
const http = apiClient();

/** A site and a discovery with the 130 URLs of the same website. */
beforeEach(async () => {
	({ sandbox } = await startAccount(http, 0));
	sandbox.websites.resize(URL, 130);
	const { site } = sandbox.jobs.start({ url: URL, options: { maxUrls: 1000 } }, { durationMs: 0 });
	const { id } = sandbox.discoveries.start({ url: URL, maxUrls: 1000 }, { durationMs: 0 });
	paths = { site: `/sites/${site.id}/urls`, discovery: `/discovery/${id}/urls` };
});
afterEach(() => sandbox.close());

describe.each(['site', 'discovery'] as const)('the URLs of a %s', (kind) => {
	const page = async (query = '', rule: FaultRule = {}) => {
		sandbox.faults.add(rule);
		return (await http.get<Page>(`${paths[kind]}?limit=60&${query}`)).data;
	};
	const addresses = ({ urls }: Page) => urls.map(({ url }) => url);
	const pages = () => sandbox.websites.pages(URL).map(({ url }) => url);

	test('are all at another address', () => expect(new Set(pages()).size).toBe(130));

	test('come in smaller pages than the limit', async () => {
		const second = await page('page=2', { pageCap: 40 });
		expect(addresses(second)).toEqual(pages().slice(40, 80));
		expect(second).toMatchObject({ total: 130, page: 2, totalPages: 4 });
	});

	test('come in pages of another size than the limit', async () => {
		expect(addresses(await page('', { pageSize: 125 }))).toEqual(pages().slice(0, 125));
		expect(addresses(await page('page=2'))).toEqual(pages().slice(125));
	});

	test.each<[FaultRule, Fields]>([
		[{ total: 5 }, { total: 5, totalPages: 3 }],
		[{ total: 9999 }, { total: 9999, totalPages: 3 }],
		[{ total: '130' }, { total: '130' }],
		[{ totalPages: 0 }, { total: 130, totalPages: 0 }],
		[
			{ totalPages: '3', page: '1' },
			{ totalPages: '3', page: '1' },
		],
		[{ page: 7 }, { page: 7 }],
	])('say about themselves what %j wants', async (rule, said) => {
		const wrong = await page('', rule);
		expect(wrong).toMatchObject(said);
		expect(addresses(wrong)).toEqual(pages().slice(0, 60));
	});

	test('say nothing about themselves; there is never a hasMore', async () => {
		const answer = await page('', { total: 'omit', totalPages: 'omit', page: 'omit', hasMore: true });
		expect(Object.keys(answer)).toEqual(['urls']);
	});

	test.each([
		['lastPage', 3],
		['lastPageAsWanted', 9],
	] as const)('past the end are the last page: %s', async (pastEnd, said) => {
		const answer = await page('page=9', { pastEnd });
		expect(answer.page).toBe(said);
		expect(addresses(answer)).toEqual(pages().slice(120));
	});

	test('past the end of an empty list are none, and so is an empty page', async () => {
		expect(await page('', { emptyPage: true, times: 1 })).toMatchObject({ urls: [], total: 130 });
		sandbox.websites.remove(URL, 130);
		expect(await page('page=3', { pastEnd: 'lastPage' })).toMatchObject({ urls: [], page: 1, totalPages: 0 });
	});

	test('are always the first page', async () => {
		expect(addresses(await page('page=2', { ignoredQuery: ['page'] }))).toEqual(pages().slice(0, 60));
		expect(sandbox.requests.entries.at(-1)?.query).toEqual({ limit: '60', page: '2' });
	});

	test('appear and vanish between two requests', async () => {
		const first = await page();
		sandbox.websites.add(URL, 2, 0);
		expect(addresses(await page('page=2'))).toEqual([
			...addresses(first).slice(58),
			...pages().slice(62, 120),
		]);
		const [gone] = sandbox.websites.remove(URL, 1, 1);
		expect(addresses(first)).not.toContain(gone.url);
		expect((await page()).total).toBe(131);
		expect(sandbox.websites.add(URL, 1)[0].url).toBe(pages().at(-1));
	});

	test.each([
		['before', 131],
		['after', 130],
	] as const)('appear %s the response is computed', async (when, total) => {
		const run = () => sandbox.websites.add(URL, 1);
		expect(await page('', { meanwhile: { when, run }, times: 1 })).toMatchObject({ total });
		expect(await page()).toMatchObject({ total: 131 });
	});

	test('keep their number, however many appear and vanish', () => {
		sandbox.websites.resize(URL, 10);
		sandbox.websites.resize(URL, 1000);
		expect(new Set(pages()).size).toBe(1000);
		sandbox.reset({ rows: 0 });
		expect(pages().length).toBeLessThanOrEqual(60);
	});
});

test('the ID of a URL of a site stays when others appear before it', async () => {
	const ids = async () => (await http.get<Page>(paths.site)).data.urls.map(({ id }) => id);
	const before = await ids();
	sandbox.websites.add(URL, 1, 0);
	expect((await ids()).slice(1)).toEqual(before.slice(0, 49));
});

test('the filter of the URLs of a site can be without effect', async () => {
	sandbox.faults.add({ ignoredQuery: ['status'] });
	const { data } = await http.get<Page>(`${paths.site}?status=failed&limit=100`);
	expect(data.total).toBe(130);
});

test('the sites that come in pages follow the same faults', async () => {
	sandbox.generation.pagesSites = true;
	sandbox.sites.add(50);
	sandbox.faults.add({ path: '/sites', pageCap: 10, total: 'omit', pastEnd: 'lastPage' });
	const { data } = await http.get<{ sites: Fields[]; total?: number }>('/sites?page=99&limit=100');
	expect(data).toMatchObject({ sites: { length: 1 }, page: 6, totalPages: 6 });
	expect(data.total).toBeUndefined();
});
