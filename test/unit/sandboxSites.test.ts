import axios from 'axios';
import { ManualClock } from '../../sandbox/clock';
import { normalizedAddress } from '../../sandbox/generation/address';
import { believableLedger } from '../../sandbox/ledger';
import { type Sandbox, startSandbox } from '../../sandbox/server';
import { apiClient, startAccount } from './sandboxAccount';

interface SitesPage {
	sites: Array<Record<string, unknown> & { url: string; createdAt: string; updatedAt: string }>;
	total: number;
	page?: number;
	totalPages?: number;
}

interface UrlsPage {
	urls: Array<
		Record<string, unknown> & { id: string; url: string; status: string; lastModified: string | null }
	>;
	total: number;
	page: number;
	totalPages: number;
}

let clock: ManualClock;
let sandbox: Sandbox;
const http = apiClient();

beforeEach(async () => {
	({ clock, sandbox } = await startAccount(http, 10_000));
});
afterEach(() => sandbox.close());

async function sites(query = ''): Promise<SitesPage> {
	return (await http.get<SitesPage>(`/sites${query}`)).data;
}

/** The moment in an answer, in milliseconds after the start of the clock. */
const START = new ManualClock().now();
const since = (time: string) => Date.parse(time) - START;

describe('one site for each normalized address', () => {
	test.each([
		['https://Example.COM', 'https://example.com'],
		['HTTPS://example.com/', 'https://example.com'],
		['https://example.com:443//', 'https://example.com'],
		['http://example.com:80/Docs/#top', 'http://example.com/Docs'],
		['https://me:secret@example.com:8443/a?b=1#c', 'https://example.com:8443/a?b=1'],
		['https://münchen.example/ä', 'https://xn--mnchen-3ya.example/%C3%A4'],
		['https://www.example.com', 'https://www.example.com'],
	])('%s is %s', (address, normalized) => {
		expect(normalizedAddress(address)).toBe(normalized);
		expect(normalizedAddress(normalized)).toBe(normalized);
	});

	test('however many addresses were normalized before', () => {
		const address = 'https://münchen.example/ä';
		const others = Array.from({ length: 30_000 }, () => normalizedAddress(address));
		expect(new Set(others)).toEqual(new Set(['https://xn--mnchen-3ya.example/%C3%A4']));
	});

	test('a second generation updates the site of the first', async () => {
		const { data: first } = await http.post<{ siteId: string }>('/generate', { url: 'https://Example.com/' });
		clock.advance(10_000);
		const { data: second } = await http.post<{ siteId: string; jobId: string }>('/generate', {
			url: 'https://example.com#top',
			options: { maxUrls: 5, generationMethod: 'enhanced' },
		});
		expect(second.siteId).toBe(first.siteId);
		expect(await sites()).toMatchObject({ total: 1, sites: [{ status: 'pending' }] });
		expect((await http.get(`/sites/${first.siteId}`)).data).toEqual({
			id: first.siteId,
			url: 'https://example.com',
			userId: 'user_sandbox',
			status: 'pending',
			fileUrl: `${sandbox.baseUrl}/file/${first.siteId}`,
			fullTextUrl: null,
			lastGenerationOptions: { maxUrls: 5, generationMethod: 'enhanced', showFullText: false },
			createdAt: '2026-03-01T12:00:00.000Z',
			updatedAt: '2026-03-01T12:00:10.000Z',
		});
	});
});

test('status and updatedAt of a site follow its job', async () => {
	await http.post('/generate', { url: 'https://example.com' });
	const look = async () => {
		const { status, fileUrl, createdAt, updatedAt } = (await sites()).sites[0];
		return [status, fileUrl === null, since(createdAt), since(updatedAt)];
	};
	expect(await look()).toEqual(['pending', true, 0, 0]);
	clock.advance(1000);
	expect(await look()).toEqual(['processing', true, 0, 0]);
	clock.advance(5000);
	expect(await look()).toEqual(['completed', false, 0, 4000]);
	sandbox.faults.add({ job: { fails: 'No access' } });
	await http.post('/generate', { url: 'https://example.com' });
	expect(await look()).toEqual(['pending', false, 0, 6000]);
	clock.advance(4000);
	expect(await look()).toEqual(['failed', false, 0, 10_000]);
});

test('the status is that of the job that was started last; each job that ends moves updatedAt', async () => {
	const first = sandbox.jobs.start({ url: 'https://example.com' });
	clock.advance(1000);
	sandbox.jobs.start({ url: 'https://example.com' });
	sandbox.jobs.finish(first);
	expect((await sites()).sites).toMatchObject([{ status: 'pending', updatedAt: '2026-03-01T12:00:01.000Z' }]);
	clock.advance(4000);
	expect((await sites()).sites).toMatchObject([
		{ status: 'completed', updatedAt: '2026-03-01T12:00:05.000Z' },
	]);
});

describe('the list', () => {
	const listed = async (query = '') => (await sites(query)).sites.map(({ url }) => url.slice(8, 9)).join('');

	beforeEach(() => {
		for (const host of ['b', 'c', 'a', 'd']) {
			sandbox.jobs.start({ url: `https://${host}.example` }, { durationMs: 0 });
			clock.advance(1000);
		}
		sandbox.jobs.start({ url: 'https://c.example' });
	});

	test('has all sites, newest first, whatever page is asked for', async () => {
		expect(await listed()).toBe('dacb');
		expect(await sites('?page=2&limit=1')).toMatchObject({ total: 4, sites: { length: 4 } });
		expect(await sites()).not.toHaveProperty('page');
	});

	test('can have another order', async () => {
		sandbox.generation.sitesOrder = 'oldestFirst';
		expect(await listed()).toBe('bcad');
		sandbox.generation.sitesOrder = 'byUrl';
		expect(await listed()).toBe('abcd');
		sandbox.generation.sitesOrder = 'updatedFirst';
		expect(await listed()).toBe('cdab');
	});

	test('can come in pages', async () => {
		sandbox.generation.pagesSites = true;
		expect(await listed('?limit=3')).toBe('dac');
		expect(await sites('?limit=3&page=2')).toMatchObject({
			total: 4,
			page: 2,
			totalPages: 2,
			sites: { length: 1 },
		});
		expect(await listed()).toBe('dacb');
		expect((await http.get('/sites?page=0')).status).toBe(400);
	});
});

describe('tests can', () => {
	test('add sites by the thousand, which were generated before', async () => {
		const added = sandbox.sites.add(1000, START);
		const { total, sites: listed } = await sites();
		expect(total).toBe(1000);
		expect(new Set(listed.map(({ id }) => id)).size).toBe(1000);
		expect(listed[0]).toMatchObject({
			id: added[999].id,
			url: 'https://site-1000.example',
			status: 'completed',
			fileUrl: `${sandbox.baseUrl}/file/${added[999].id}`,
			createdAt: '2026-03-01T12:00:00.000Z',
			updatedAt: '2026-03-01T12:00:00.000Z',
		});
		expect(since(listed[999].updatedAt)).toBe(-999_000);
		expect((await http.get(`/file/${added[0].id}`)).status).toBe(200);
		expect(sandbox.ledger.all('oldestFirst')).toEqual([]);
	});

	test('let a site vanish and come back, to its old place', async () => {
		const [first, second] = sandbox.sites.add(3);
		const before = await sites();
		sandbox.sites.remove(second);
		expect(await sites()).toMatchObject({ total: 2, sites: [{}, { id: first.id }] });
		for (const path of [`/sites/${second.id}`, `/sites/${second.number}`, `/file/${second.id}`]) {
			expect((await http.get(path)).status).toBe(404);
		}
		sandbox.sites.restore(second);
		expect(await sites()).toEqual(before);
		expect((await http.get(`/sites/${second.id}`)).status).toBe(200);
	});

	test('generate the website of a vanished site: this makes a new site', () => {
		const [site] = sandbox.sites.add(1);
		sandbox.sites.remove(site);
		const job = sandbox.jobs.start({ url: site.url });
		expect([job.site.id === site.id, job.site.number === site.number]).toEqual([false, false]);
		sandbox.sites.remove(site);
		expect(sandbox.sites.at(site.url)).toBe(job.site);
	});

	test('regenerate a site at any time, also at the same or at an earlier one', async () => {
		const { site } = sandbox.jobs.start({ url: 'https://example.com' });
		const look = async () => {
			const [{ status, updatedAt }] = (await sites()).sites;
			return [status, since(updatedAt), site.files?.revision];
		};
		sandbox.sites.regenerate(site, START - 5000);
		expect(await look()).toEqual(['completed', -5000, 1]);
		sandbox.sites.regenerate(site);
		expect(await look()).toEqual(['completed', -5000, 2]);
		sandbox.sites.regenerate(site, START + 1, 'failed');
		expect(await look()).toEqual(['failed', 1, 2]);
	});
});

test('the sites of a believable ledger are those that it names', async () => {
	await sandbox.close();
	sandbox = await startSandbox();
	http.defaults.baseURL = sandbox.baseUrl;
	const usages = believableLedger()
		.all('newestFirst')
		.filter(({ type }) => type === 'usage');
	const { total, sites: listed } = await sites();
	expect(total).toBe(new Set(usages.map(({ siteId }) => siteId)).size);
	const known = sandbox.sites.at('https://example.com');
	expect(listed).toContainEqual(
		expect.objectContaining({ id: known?.id, status: 'completed', fullTextUrl: null }),
	);
	expect((await axios.get<string>(`${sandbox.baseUrl}/file/${known?.id}`)).data).toMatch(/^# Example\n/);

	const { data } = await http.post<{ siteId: string }>('/generate', { url: 'https://example.com/' });
	expect(data.siteId).toBe(known?.id);
	sandbox.reset({ rows: 0 });
	expect(await sites()).toEqual({ sites: [], total: 0 });
});

describe('the URLs of a site', () => {
	const urls = async (query = '') => {
		const [{ id }] = sandbox.sites.all();
		return (await http.get<UrlsPage>(`/sites/${id}/urls${query}`)).data;
	};

	test('come in pages of 50, at most 100', async () => {
		const url = 'https://harbour-coffee.example';
		sandbox.jobs.start({ url, options: { maxUrls: 1000 } }, { durationMs: 0 });
		const { urls: found, ...position } = await urls('?limit=20&page=2');
		const total = sandbox.jobs.quote({ url, options: { maxUrls: 1000 } }).urls;
		expect(position).toEqual({ total, page: 2, totalPages: Math.ceil(total / 20) });
		expect(found).toHaveLength(20);
		expect(found[0]).toEqual({
			id: expect.stringMatching(/^url_[0-9a-f]{8}$/) as unknown,
			siteId: sandbox.sites.all()[0].id,
			url: expect.stringMatching(/^https:\/\/harbour-coffee\.example\/.+/) as unknown,
			title: expect.any(String) as unknown,
			description: expect.any(String) as unknown,
			status: 'scraped',
			lastModified: expect.anything() as unknown,
		});
		expect((await urls()).urls).toHaveLength(Math.min(total, 50));
		expect((await urls('?limit=500')).urls).toHaveLength(total);
		expect(new Set((await urls('?limit=100')).urls.map(({ id }) => id)).size).toBe(total);
		expect((await urls('?limit=100')).urls.map(({ lastModified }) => lastModified)).toContain(null);
	});

	test('are read while the job goes on; a few cannot be read', async () => {
		const job = sandbox.jobs.start({ url: 'https://harbour-coffee.example', options: { maxUrls: 40 } });
		expect(await urls('?status=pending')).toMatchObject({ total: 40 });
		expect((await urls()).urls[0]).toMatchObject({ title: null, status: 'pending' });
		sandbox.jobs.advance(job, 50);
		expect(await urls('?status=pending')).toMatchObject({ total: 20 });
		sandbox.jobs.finish(job);
		const [scraped, failed] = [await urls('?status=scraped'), await urls('?status=failed')];
		expect(scraped.total + failed.total).toBe(40);
		expect(failed.total).toBeGreaterThan(0);
	});

	test.each(['page=0', 'limit=x', 'limit=-1', 'status=done'])('%s is refused by name', async (query) => {
		sandbox.jobs.start({ url: 'https://example.com' });
		const { status, data } = await http.get<{ message: string[] }>(
			`/sites/${sandbox.sites.all()[0].id}/urls?${query}`,
		);
		expect(status).toBe(400);
		expect(data.message[0]).toContain(query.split('=')[0]);
	});
});

test.each(['/sites/none', '/sites/none/urls', '/file/none'])('%s is not found', async (path) => {
	const { status, data } = await http.get<Record<string, unknown>>(path);
	expect(status).toBe(404);
	expect(data).toEqual({ message: 'Site not found', error: 'Not Found', statusCode: 404 });
});
