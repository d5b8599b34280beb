import axios from 'axios';
import type { ManualClock } from '../../sandbox/clock';
import type { FaultRule } from '../../sandbox/faults';
import type { Sandbox } from '../../sandbox/server';
import { apiClient, type Fields, startAccount } from './sandboxAccount';

const URL = 'https://harbour-coffee.example';
const START = { method: 'POST', path: '/discovery' };

let clock: ManualClock;
let sandbox: Sandbox;
const http = apiClient();

beforeEach(async () => {
	({ clock, sandbox } = await startAccount(http, 100));
	sandbox.websites.resize(URL, 30);
});
afterEach(() => sandbox.close());

function discover(body: Fields = {}) {
	return http.post<Fields>('/discovery', { url: URL, ...body });
}

async function read(path: string): Promise<Fields> {
	return (await http.get<Fields>(path)).data;
}

const rows = () => sandbox.ledger.all('oldestFirst');

describe('queued, which is the default', () => {
	test('a discovery starts, goes on and completes', async () => {
		const { status, data } = await discover({ url: 'https://HARBOUR-coffee.example/', maxUrls: 20 });
		expect(status).toBe(201);
		expect(data).toEqual({
			id: expect.stringMatching(/^disc_1772366400_[0-9a-f]{12}$/) as unknown,
			url: URL,
			status: 'started',
			discoveryType: 'full',
			maxUrls: 20,
			progress: '0',
			totalUrlsFound: 0,
			createdAt: '2026-03-01T12:00:00.000Z',
			estimatedCompletion: '2026-03-01T12:00:04.000Z',
		});
		const details = () => read(`/discovery/${String(data.id)}`);
		const waiting = {
			id: data.id,
			url: URL,
			type: 'full',
			status: 'pending',
			urlsFound: 0,
			createdAt: '2026-03-01T12:00:00.000Z',
			completedAt: null,
		};
		expect(await details()).toEqual(waiting);
		clock.advance(2000);
		expect(await details()).toEqual({ ...waiting, status: 'processing', urlsFound: 8 });
		clock.advance(2000);
		expect(await details()).toEqual({
			...waiting,
			status: 'completed',
			urlsFound: 20,
			completedAt: '2026-03-01T12:00:04.000Z',
		});
	});

	test('it costs 10 credits, in one row of the ledger, and makes no site', async () => {
		await discover();
		expect(rows()).toMatchObject([
			{
				type: 'usage',
				amount: -10,
				description: 'URL discovery for harbour-coffee.example',
				siteId: null,
				createdAt: '2026-03-01T12:00:00.000Z',
			},
		]);
		expect(sandbox.ledger.balance).toBe(90);
		expect(sandbox.sites.all()).toEqual([]);
	});
});

describe('settings', () => {
	test('a price of nothing books no row', async () => {
		sandbox.discovery.credits = 0;
		sandbox.ledger.adjust(-100);
		expect((await discover()).status).toBe(201);
		expect(rows()).toEqual([]);
	});

	test('the response comes when the discovery has ended', async () => {
		sandbox.discovery.manner = 'synchronous';
		const answer = discover();
		while (sandbox.discoveries.list().length === 0) await new Promise(setImmediate);
		clock.advance(4000);
		expect((await answer).data).toMatchObject({ status: 'completed', progress: '100', totalUrlsFound: 30 });
	});

	test('it has ended at once', async () => {
		Object.assign(sandbox.discovery, { manner: 'synchronous', durationMs: 0 });
		expect((await discover()).data).toMatchObject({ status: 'completed', totalUrlsFound: 30 });
	});

	test.each(['documented', 'older'] as const)(
		'it has failed, and the response says why: %s',
		async (shape) => {
			Object.assign(sandbox.discovery, { manner: 'synchronous', durationMs: 0, shape });
			sandbox.faults.add({ ...START, job: { fails: 'No access' } });
			expect((await discover()).data).toMatchObject({ status: 'failed', error: 'No access' });
			sandbox.discovery.manner = 'queued';
			expect(Object.keys((await discover()).data)).not.toContain('error');
		},
	);

	test.each([
		['queued', 'queued', 0],
		['synchronous', 'completed', 0],
		['queued', 'queued', 300_000],
	] as const)('an older response, %s', async (manner, status, durationMs) => {
		Object.assign(sandbox.discovery, { shape: 'older', manner, durationMs });
		const { data } = await discover();
		expect(data).toEqual({
			discoveryId: sandbox.discoveries.list()[0].id,
			status,
			estimatedTime: durationMs ? 'approx. 5 minutes' : 'approx. 1 minute',
			cost: { credits: 10 },
		});
		expect((await http.get(`/discovery/${String(data.discoveryId)}`)).status).toBe(200);
	});

	test.each([
		[true, [-10, 10]],
		[false, [-10]],
	])('a failed one is refunded: %s', async (refundsFailed, amounts) => {
		sandbox.discovery.refundsFailed = refundsFailed;
		sandbox.faults.add({ ...START, job: { fails: 'No access' } });
		await discover();
		clock.advance(4000);
		expect(rows().map(({ amount }) => amount)).toEqual(amounts);
		expect(rows().at(-1)?.description).toContain('URL discovery for harbour-coffee.example');
	});

	test('it is charged at its end', async () => {
		sandbox.discovery.chargedAt = 'end';
		await discover();
		expect(rows()).toEqual([]);
		clock.advance(4000);
		expect(rows()).toMatchObject([{ amount: -10 }]);
	});
});

describe('a refusal', () => {
	test.each([
		['url', {}],
		['url', { url: 'example.com' }],
		['url', { url: 'ftp://example.com' }],
		['maxUrls', { url: URL, maxUrls: 0 }],
		['maxUrls', { url: URL, maxUrls: 1001 }],
		['maxUrls', { url: URL, maxUrls: '50' }],
		['discoveryType', { url: URL, discoveryType: 'deep' }],
	])('400, and the message names %s', async (named, body) => {
		const { status, data } = await http.post<{ message: string[] }>('/discovery', body);
		expect(status).toBe(400);
		expect(data).toEqual({
			message: [expect.stringContaining(named)],
			error: 'Bad Request',
			statusCode: 400,
		});
		expect(rows()).toEqual([]);
	});

	test('402 if the balance is too low', async () => {
		sandbox.ledger.adjust(-91);
		const { status, data } = await discover();
		expect(status).toBe(402);
		expect(data.message).toBe('Insufficient credits. Required: 10, available: 9');
		expect(sandbox.discoveries.list()).toEqual([]);
	});

	test.each(['/discovery/none', '/discovery/none/urls'])('404 for %s', async (path) => {
		const { status, data } = await http.get<Fields>(path);
		expect(status).toBe(404);
		expect(data).toEqual({ message: 'Discovery not found', error: 'Not Found', statusCode: 404 });
	});
});

describe('the URLs', () => {
	const urls = async (query = '') => {
		const { id } = sandbox.discoveries.list().at(-1)!;
		return (await read(`/discovery/${id}/urls${query}`)) as { urls: Fields[]; total: number };
	};

	test('are those of the website, in pages, without IDs', async () => {
		sandbox.discoveries.start({ url: URL, maxUrls: 25 }, { durationMs: 0 });
		const { urls: listed, ...position } = await urls('?limit=10&page=3');
		expect(position).toEqual({ total: 25, page: 3, totalPages: 3 });
		expect(listed).toEqual(
			sandbox.websites
				.pages(URL)
				.slice(20, 25)
				.map(({ url, title, lastModified }) => ({ url, title, lastModified })),
		);
		expect((await urls('?page=4')).urls).toEqual([]);
	});

	test('are 50 a page, at most 100', async () => {
		sandbox.websites.resize(URL, 300);
		sandbox.discoveries.start({ url: URL, maxUrls: 1000 }, { durationMs: 0 });
		expect((await urls()).urls).toHaveLength(50);
		expect((await urls('?limit=500')).urls).toHaveLength(100);
		expect((await urls('?limit=100&page=3')).urls).toHaveLength(100);
	});

	test('of a sitemap have a date, those of a crawl have none', async () => {
		sandbox.discoveries.start({ url: URL, discoveryType: 'sitemap' }, { durationMs: 0 });
		const dates = async () => new Set((await urls()).urls.map(({ lastModified }) => lastModified));
		expect(await dates()).not.toContain(null);
		expect((await urls()).total).toBeLessThan(30);
		sandbox.discoveries.start({ url: URL, discoveryType: 'crawl' }, { durationMs: 0 });
		expect([...(await dates())]).toEqual([null]);
		expect((await urls()).total).toBe(30);
	});

	test('that were found so far can be read before it ends, or not', async () => {
		const job = sandbox.discoveries.start({ url: URL });
		sandbox.discoveries.advance(job, 50);
		expect((await urls()).total).toBe(15);
		sandbox.discovery.urlsWhileRunning = 409;
		expect(await urls()).toMatchObject({ statusCode: 409 });
		sandbox.discoveries.finish(job);
		expect((await urls()).total).toBe(30);
	});
});

describe('faults', () => {
	const details = async () => read(`/discovery/${sandbox.discoveries.list()[0].id}`);

	test.each<[string, FaultRule, number]>([
		['before it began', { reset: 'before' }, 0],
		['after it began', { reset: 'after' }, 1],
		['while it begins', { reset: 'during' }, 1],
	])('the connection is cut %s', async (_name, rule, started) => {
		sandbox.faults.add({ ...START, ...rule });
		await expect(discover()).rejects.toMatchObject({ code: 'ECONNRESET' });
		while (sandbox.discoveries.list().length < started) await new Promise(setImmediate);
		expect([sandbox.discoveries.list().length, sandbox.discoveries.charged()]).toEqual([
			started,
			started * 10,
		]);
	});

	test.each(['queued', 'synchronous'] as const)('the response is lost, %s', async (manner) => {
		sandbox.discovery.manner = manner;
		sandbox.faults.add({ ...START, url: 'harbour', status: 502, afterProcessing: true });
		expect((await discover()).status).toBe(502);
		expect(sandbox.discoveries.charged({ url: URL, startedBy: 'api' })).toBe(10);
	});

	test('it fails with words', async () => {
		sandbox.faults.add({ ...START, job: { fails: 'robots.txt forbids it' } });
		await discover();
		clock.advance(4000);
		expect(await details()).toMatchObject({ status: 'failed', error: 'robots.txt forbids it' });
		sandbox.faults.add({ path: '/discovery', omit: ['error'] });
		expect(Object.keys(await details())).not.toContain('error');
	});

	test('it never ends', async () => {
		sandbox.faults.add({ ...START, job: { endless: true } });
		await discover();
		clock.advance(1_000_000_000);
		expect((await details()).status).toBe('processing');
	});

	test('it has states that nobody documented', async () => {
		sandbox.faults.add({ ...START, job: { states: ['crawling'] } });
		await discover();
		clock.advance(2000);
		expect((await details()).status).toBe('crawling');
	});

	test('it is lost', async () => {
		sandbox.faults.add({ ...START, job: { lost: true } });
		const { data } = await discover();
		expect((await http.get(`/discovery/${String(data.id)}`)).status).toBe(404);
	});

	test('its status cannot be read, by address', async () => {
		await discover();
		sandbox.faults.add({ method: 'GET', url: 'harbour', status: 500, times: 1 });
		expect((await http.get(`/discovery/${sandbox.discoveries.list()[0].id}`)).status).toBe(500);
		expect(await details()).toMatchObject({ status: 'pending' });
	});

	test('somebody else starts one for the same website', async () => {
		sandbox.faults.add({ ...START, otherJob: { when: 'before', options: { maxUrls: 3 } } });
		const { data } = await discover();
		expect(sandbox.discoveries.list()).toMatchObject([
			{ startedBy: 'control', url: URL, urls: 3 },
			{ startedBy: 'api', id: data.id },
		]);
		expect(sandbox.jobs.list()).toEqual([]);
	});

	test('its ID is a number', async () => {
		sandbox.faults.add({ numericIds: true });
		expect((await discover()).data.id).toBe(7001);
		expect(await read('/discovery/7001')).toMatchObject({ id: 7001 });
		sandbox.discovery.shape = 'older';
		expect((await discover()).data.discoveryId).toBe(7002);
	});

	test('an older version of generation changes nothing here; the clock of the server does', async () => {
		await discover();
		sandbox.faults.add({ olderShape: true, clockSkewMs: 1000 });
		expect(await details()).toMatchObject({ type: 'full', createdAt: '2026-03-01T12:00:01.000Z' });
	});
});

describe('the control API', () => {
	const control = (path = '') => `${sandbox.origin}/sandbox/discoveries${path}`;

	test('starts a discovery as somebody else, and lists all', async () => {
		const job = { durationMs: 60_000 };
		const { data } = await axios.post<Fields>(control(), { url: `${URL}/`, maxUrls: 5, job });
		expect(data).toEqual({
			id: sandbox.discoveries.list()[0].id,
			url: URL,
			options: { maxUrls: 5, discoveryType: 'full' },
			urlsFound: 0,
			status: 'pending',
			progress: 0,
			startedBy: 'control',
			charged: 10,
			refunded: 0,
			error: null,
			isLost: false,
		});
		expect((await axios.get<Fields>(control())).data).toEqual({ jobs: [data], charged: 10, refunded: 0 });
		clock.advance(5000);
		expect(sandbox.discoveries.list()[0].outcome).toBeUndefined();
	});

	test('advances, fails, finishes and loses one', async () => {
		const [first, second] = [1, 2].map(() => sandbox.discoveries.start({ url: URL }));
		const act = async (path: string, body: object = {}) =>
			(await axios.post<Fields>(control(path), body)).data;
		expect(await act(`/${first.id}/advance`, { progress: 40 })).toMatchObject({ progress: 40 });
		expect(await act(`/${first.id}/fail`, { error: 'No' })).toMatchObject({ error: 'No', refunded: 10 });
		expect(await act(`/${second.id}/finish`)).toMatchObject({ status: 'completed', urlsFound: 30 });
		expect(await act(`/${second.id}/lose`)).toMatchObject({ isLost: true });
		await expect(act('/none/lose')).rejects.toMatchObject({ status: 404 });
	});

	test('changes the settings', async () => {
		const discovery = { shape: 'older', credits: 3 };
		const { data } = await axios.put<Fields>(`${sandbox.origin}/sandbox/settings`, { discovery });
		expect(data.discovery).toMatchObject({ ...discovery, manner: 'queued' });
		expect((await discover()).data).toMatchObject({ cost: { credits: 3 } });
	});
});

test('the account page shows discoveries, once there are any', async () => {
	const page = async () => (await axios.get<string>(sandbox.origin)).data;
	expect(await page()).not.toContain('Discoveries');
	sandbox.discoveries.start({ url: URL, discoveryType: 'crawl' });
	expect(await page()).toMatch(
		/Discoveries.*harbour-coffee\.example.*>crawl, 30 URLs, by somebody else<.*−10/s,
	);
	expect(await page()).toContain('http-equiv="refresh" content="2"');
	clock.advance(4000);
	expect(await page()).toMatch(/Completed.*>30 found</s);
	sandbox.reset({ rows: 0 });
	expect(await page()).not.toContain('Discoveries');
});
