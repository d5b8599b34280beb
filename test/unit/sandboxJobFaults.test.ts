import type { ManualClock } from '../../sandbox/clock';
import type { FaultRule } from '../../sandbox/faults';
import type { Transaction } from '../../sandbox/ledger';
import type { Sandbox } from '../../sandbox/server';
import { apiClient, type Fields, startAccount } from './sandboxAccount';

const URL = 'https://harbour-coffee.example';
const START = { method: 'POST', path: '/generate' };
const STATUS = { method: 'GET', path: '/generate/' };

let clock: ManualClock;
let sandbox: Sandbox;
const http = apiClient();

beforeEach(async () => {
	({ clock, sandbox } = await startAccount(http, 1000));
});
afterEach(() => sandbox.close());

function generate(url = URL) {
	return http.post<Fields>('/generate', { url, options: { maxUrls: 10 } });
}

/** Number of jobs, and how much their credits sum up to. */
const bought = () => [sandbox.jobs.list().length, sandbox.jobs.charged()];

describe('the response to a POST is lost', () => {
	describe.each(['queued', 'synchronous'] as const)('%s', (manner) => {
		beforeEach(() => (sandbox.generation.manner = manner));

		test('before the job begins: nothing is bought', async () => {
			sandbox.faults.add(
				{ ...START, reset: 'before', times: 1 },
				{ ...START, skip: 1, times: 1, status: 502 },
			);
			await expect(generate()).rejects.toMatchObject({ code: 'ECONNRESET' });
			expect((await generate()).status).toBe(502);
			expect(bought()).toEqual([0, 0]);
		});

		test('when the job has begun: connection cut', async () => {
			sandbox.faults.add({ ...START, reset: 'after' });
			await expect(generate()).rejects.toMatchObject({ code: 'ECONNRESET' });
			expect(bought()).toEqual([1, 10]);
			expect(sandbox.requests.entries).toMatchObject([{ status: undefined }]);
			expect(sandbox.jobs.list()[0].status).toBe('pending');
		});

		test.each<[string, number, FaultRule]>([
			['a proxy gives up', 524, { status: 524, body: '<html>A time-out occurred</html>' }],
			['a bad gateway', 502, { status: 502 }],
			['an internal error', 500, { status: 500 }],
			['HTML with 200', 200, { rawBody: '<html>' }],
			['half a JSON with 200', 200, { rawBody: '{"jobId":"' }],
			['nothing with 200', 200, { rawBody: '' }],
			['a redirect', 302, { redirectTo: 'http://127.0.0.1:9/' }],
		])('when the job has begun: %s', async (_name, status, rule) => {
			sandbox.faults.add({ ...START, ...rule, afterProcessing: true });
			const answer = await http.post(
				'/generate',
				{ url: URL, options: { maxUrls: 10 } },
				{ maxRedirects: 0 },
			);
			expect(answer.status).toBe(status);
			expect(bought()).toEqual([1, 10]);
			expect(sandbox.requests.entries).toMatchObject([{ status }]);
		});

		test('when the job has begun: no response at all', async () => {
			sandbox.faults.add({ ...START, stall: 'headers', afterProcessing: true });
			const controller = new AbortController();
			const answer = http.post('/generate', { url: URL }, { signal: controller.signal });
			while (sandbox.jobs.list().length === 0) await new Promise(setImmediate);
			controller.abort();
			await expect(answer).rejects.toThrow('canceled');
			expect(sandbox.requests.entries).toMatchObject([{ status: undefined }]);
		});

		test('and the job begins only some time later', async () => {
			sandbox.faults.add({ ...START, reset: 'during', delayMs: 1000 });
			await expect(generate()).rejects.toMatchObject({ code: 'ECONNRESET' });
			expect(bought()).toEqual([0, 0]);
			while (sandbox.jobs.list().length === 0) await new Promise(setImmediate);
			expect(bought()).toEqual([1, 10]);
		});

		test('some time after the job has begun', async () => {
			sandbox.faults.add({ ...START, status: 524, delayMs: 50, afterProcessing: true });
			const answer = generate();
			while (sandbox.jobs.list().length === 0) await new Promise(setImmediate);
			expect(sandbox.requests.entries[0].status).not.toBe(524);
			expect((await answer).status).toBe(524);
		});
	});

	test('a refused request buys nothing, whatever is sent in place of the refusal', async () => {
		sandbox.generation.plan = 'free';
		sandbox.faults.add({ ...START, status: 502, afterProcessing: true });
		const { status } = await http.post('/generate', { url: URL, options: { generationMethod: 'enhanced' } });
		expect([status, ...bought()]).toEqual([502, 0, 0]);
	});
});

describe('a job', () => {
	const details = async () => (await http.get<Fields>(`/generate/${sandbox.jobs.list()[0].id}`)).data;

	test('takes as long as it is told to, by address', async () => {
		sandbox.faults.add({ ...START, url: 'atlas', job: { durationMs: 60_000 } });
		await generate('https://ATLAS-cycling.example/');
		await generate();
		clock.advance(4000);
		expect(sandbox.jobs.list().map(({ status }) => status)).toEqual(['pending', 'completed']);
		clock.advance(56_000);
		expect(sandbox.jobs.list()[0].status).toBe('completed');
	});

	test('fails with words', async () => {
		sandbox.faults.add({ ...START, job: { fails: 'robots.txt forbids it' } });
		await generate();
		clock.advance(3999);
		const { progress } = await details();
		clock.advance(1);
		expect(await details()).toMatchObject({
			status: 'failed',
			error: 'robots.txt forbids it',
			progress,
			fileUrl: null,
			completedAt: '2026-03-01T12:00:04.000Z',
		});
	});

	test('never ends', async () => {
		sandbox.faults.add({ ...START, job: { endless: true } });
		await generate();
		clock.advance(1_000_000_000);
		const { status, progress } = await details();
		expect(status).toBe('processing');
		expect(progress).toBeGreaterThan(50);
		expect(progress).toBeLessThan(100);
	});

	test('has states that nobody documented', async () => {
		sandbox.faults.add({ ...START, job: { states: ['crawling', 'summarizing'] } });
		await generate();
		const seen = [];
		for (let second = 0; second <= 4; second++, clock.advance(1000)) seen.push((await details()).status);
		expect(seen).toEqual(['pending', 'crawling', 'crawling', 'summarizing', 'completed']);
	});

	test('is lost: its ID is not found, but it goes on', async () => {
		sandbox.faults.add({ ...START, job: { lost: true } });
		const { data } = await generate();
		clock.advance(4000);
		expect((await http.get(`/generate/${String(data.jobId)}`)).status).toBe(404);
		expect((await http.get(`/sites/${String(data.siteId)}`)).data).toMatchObject({ status: 'completed' });
	});

	test.each<[string, number, FaultRule]>([
		['404', 404, { status: 404 }],
		['500', 500, { status: 500 }],
		['429', 429, { status: 429, headers: { 'Retry-After': '1' } }],
	])('its status cannot be read: %s, a few times, by address', async (_name, expected, rule) => {
		await generate();
		sandbox.faults.add({ ...STATUS, ...rule, url: 'harbour', times: 2 });
		const { id } = sandbox.jobs.list()[0];
		const other = sandbox.jobs.start({ url: 'https://atlas-cycling.example' });
		const statusOf = async (jobId: string) => (await http.get(`/generate/${jobId}`)).status;
		expect([await statusOf(other.id), await statusOf(id), await statusOf(id), await statusOf(id)]).toEqual([
			200,
			expected,
			expected,
			200,
		]);
	});

	test('its status cannot be read: no response', async () => {
		await generate();
		sandbox.faults.add({ ...STATUS, stall: 'headers' });
		await expect(http.get(`/generate/${sandbox.jobs.list()[0].id}`, { timeout: 50 })).rejects.toThrow(
			'timeout',
		);
	});
});

describe('somebody else', () => {
	test.each(['before', 'after'] as const)('starts a job for the same site %s the response', async (when) => {
		sandbox.faults.add({ ...START, otherJob: { when, options: { maxUrls: 3 }, course: { durationMs: 0 } } });
		const { data } = await generate();
		const [first, second] = sandbox.jobs.list();
		expect(sandbox.jobs.list().map(({ startedBy }) => startedBy)).toEqual(
			when === 'before' ? ['control', 'api'] : ['api', 'control'],
		);
		expect(first.site).toBe(second.site);
		expect(data.jobId).toBe((when === 'before' ? second : first).id);
		expect(sandbox.jobs.charged({ startedBy: 'api' })).toBe(10);
		expect(sandbox.jobs.charged({ startedBy: 'control', url: `${URL}/` })).toBe(3);
		expect((await http.get<{ sites: Fields[] }>('/sites')).data.sites).toMatchObject([
			{ status: when === 'before' ? 'pending' : 'completed' },
		]);
	});

	test('starts one for another site while the sites are listed', async () => {
		sandbox.faults.add({
			path: '/sites',
			otherJob: { when: 'after', url: 'https://Atlas-cycling.example/' },
			times: 1,
		});
		expect((await http.get('/sites')).data).toEqual({ sites: [], total: 0 });
		expect((await http.get('/sites')).data).toMatchObject({
			total: 1,
			sites: [{ url: 'https://atlas-cycling.example' }],
		});
	});
});

describe('responses that are not as documented', () => {
	test('the clock of the server is wrong, everywhere', async () => {
		await generate();
		sandbox.faults.add({ clockSkewMs: -300_000 });
		const { data, headers } = await http.get<{ sites: Fields[] }>('/sites');
		expect(data.sites).toMatchObject([
			{ createdAt: '2026-03-01T11:55:00.000Z', updatedAt: '2026-03-01T11:55:00.000Z' },
		]);
		expect(Date.parse(String(headers.date))).toBeLessThan(Date.now() - 290_000);
		expect(Number(headers['x-ratelimit-reset']) * 1000).toBeLessThan(Date.now() - 200_000);
		expect((await http.get(`/generate/${sandbox.jobs.list()[0].id}`)).data).toMatchObject({
			createdAt: '2026-03-01T11:55:00.000Z',
			completedAt: null,
		});
		const history = await http.get<{ transactions: Transaction[] }>('/credits/history/api');
		expect(history.data.transactions[0].createdAt).toBe('2026-03-01T11:55:00.000Z');
	});

	test('IDs are numbers, in the same way everywhere', async () => {
		sandbox.faults.add({ numericIds: true });
		const { data: started } = await generate();
		expect(started).toMatchObject({ jobId: 9001, siteId: 5001 });
		expect((await http.get('/generate/9001')).data).toMatchObject({ id: 9001, siteId: 5001 });
		expect((await http.get('/sites')).data).toMatchObject({ sites: [{ id: 5001 }] });
		expect((await http.get('/sites/5001')).data).toMatchObject({ id: 5001 });
		expect((await http.get('/sites/5001/urls')).data).toMatchObject({ urls: { 0: { siteId: 5001 } } });
		clock.advance(4000);
		expect((await http.get('/file/5001')).status).toBe(200);
		expect((await http.get('/credits/history/api')).data).toMatchObject({
			transactions: [{ id: expect.any(String) as unknown, siteId: 5001 }],
		});
	});

	test('fields are missing, have another name, or hold something else', async () => {
		await generate();
		sandbox.faults.add(
			{ path: '/sites', omit: ['createdAt'], rename: { id: 'siteId' } },
			{ path: '/generate', set: { status: 'waiting_for_worker' } },
		);
		const { data } = await http.get<{ sites: Fields[]; total: number }>('/sites');
		const [{ id, site }] = sandbox.jobs.list();
		expect(Object.keys(data.sites[0])).toEqual([
			'siteId',
			'url',
			'status',
			'fileUrl',
			'fullTextUrl',
			'updatedAt',
		]);
		expect(data).toMatchObject({ total: 1, sites: [{ siteId: site.id }] });
		expect((await http.get(`/generate/${id}`)).data).toMatchObject({ id, status: 'waiting_for_worker' });
		expect((await generate()).data).toMatchObject({ status: 'waiting_for_worker' });
	});

	test('a job as an older version of the API reference shows it', async () => {
		await generate();
		clock.advance(4000);
		sandbox.faults.add({ olderShape: true });
		const [{ id, site }] = sandbox.jobs.list();
		expect((await http.get(`/generate/${id}`)).data).toEqual({
			id,
			status: 'completed',
			progress: 100,
			url: URL,
			createdAt: '2026-03-01T12:00:00Z',
			completedAt: '2026-03-01T12:00:04Z',
			fileUrl: `${sandbox.baseUrl}/file/${site.id}`,
			error: null,
			processedUrls: expect.arrayContaining([`${URL}/`]) as unknown,
		});
	});
});
