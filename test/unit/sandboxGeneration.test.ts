import axios from 'axios';
import type { ManualClock } from '../../sandbox/clock';
import { priceOf } from '../../sandbox/generation/options';
import type { Sandbox, SandboxOptions } from '../../sandbox/server';
import { apiClient, type Fields, startAccount } from './sandboxAccount';

const URL = 'https://harbour-coffee.example';
const ENHANCED = { generationMethod: 'enhanced' };

let clock: ManualClock;
let sandbox: Sandbox;
const http = apiClient();

/** An account with 200 credits and no sites. */
async function start(options: SandboxOptions = {}): Promise<void> {
	({ clock, sandbox } = await startAccount(http, 0, options));
	sandbox.ledger.book({ type: 'purchase', amount: 200 });
}

beforeEach(() => start());
afterEach(() => sandbox.close());

function generate(body: unknown) {
	return http.post<Fields>('/generate', body);
}

async function read(path: string): Promise<Fields> {
	return (await http.get<Fields>(path)).data;
}

describe('queued, which is the default', () => {
	test('a job is queued, waits, goes on and completes; its files appear only then', async () => {
		const { status, data } = await generate({ url: URL, options: { maxUrls: 10, showFullText: true } });
		expect(status).toBe(201);
		expect(data).toEqual({
			jobId: expect.any(String) as unknown,
			status: 'queued',
			progress: 0,
			message: 'Generation queued',
			fileUrl: null,
			fullTextUrl: null,
			siteId: expect.any(String) as unknown,
			creditsUsed: 20,
		});
		const job = () => read(`/generate/${String(data.jobId)}`);
		const waiting = {
			id: data.jobId,
			siteId: data.siteId,
			status: 'pending',
			progress: 0,
			url: URL,
			options: { maxUrls: 10, generationMethod: 'simple', showFullText: true },
			fileUrl: null,
			fullTextUrl: null,
			error: null,
			createdAt: '2026-03-01T12:00:00.000Z',
			completedAt: null,
		};
		expect(await job()).toEqual(waiting);
		expect((await http.get(`/file/${String(data.siteId)}`)).status).toBe(404);

		clock.advance(2000);
		expect(await job()).toEqual({ ...waiting, status: 'processing', progress: 44 });
		clock.advance(1999);
		expect(await job()).toMatchObject({ status: 'processing', progress: 98 });
		clock.advance(1);
		const fileUrl = `${sandbox.baseUrl}/file/${String(data.siteId)}`;
		expect(await job()).toEqual({
			...waiting,
			status: 'completed',
			progress: 100,
			fileUrl,
			fullTextUrl: `${fileUrl}?full=true`,
			completedAt: '2026-03-01T12:00:04.000Z',
		});
		expect((await axios.get<string>(fileUrl)).data).toMatch(/^# Harbour Coffee\n/);
	});

	test('only a job with the full text has an address of it', async () => {
		const { data } = await generate({ url: URL });
		clock.advance(4000);
		expect(await read(`/generate/${String(data.jobId)}`)).toMatchObject({ fullTextUrl: null });
	});
});

describe('synchronous', () => {
	test('the response comes when the job has ended, with its files', async () => {
		sandbox.generation.manner = 'synchronous';
		const answers: Fields[] = [];
		const answered = generate({ url: URL, options: { maxUrls: 5 } }).then(({ data }) => answers.push(data));
		while (sandbox.jobs.list().length === 0) await new Promise(setImmediate);
		clock.advance(3999);
		await read('/sites');
		expect(answers).toEqual([]);
		clock.advance(1);
		await answered;
		const [{ id, site }] = sandbox.jobs.list();
		expect(answers).toEqual([
			{
				jobId: id,
				status: 'completed',
				progress: 100,
				message: 'File generated successfully',
				fileUrl: `${sandbox.baseUrl}/file/${site.id}`,
				fullTextUrl: null,
				siteId: site.id,
				creditsUsed: 5,
			},
		]);
		expect(await read(`/generate/${id}`)).toMatchObject({ status: 'completed' });
	});

	test('a job that fails says so in its words', async () => {
		sandbox.generation.manner = 'synchronous';
		sandbox.faults.add({ path: '/generate', job: { fails: 'The website does not respond', durationMs: 0 } });
		expect((await generate({ url: URL })).data).toMatchObject({
			status: 'failed',
			message: 'The website does not respond',
			fileUrl: null,
			creditsUsed: 0,
		});
	});

	test('works with the real clock', async () => {
		await sandbox.close();
		await start({ clock: undefined, generation: { manner: 'synchronous', durationMs: 30 } });
		expect((await generate({ url: URL })).data).toMatchObject({ status: 'completed' });
	});
});

describe('prices', () => {
	test.each([
		[{ maxUrls: 10 }, 10],
		[{ maxUrls: 10, generationMethod: 'enhanced' }, 20],
		[{ maxUrls: 10, showFullText: true }, 20],
		[{ maxUrls: 10, generationMethod: 'enhanced', showFullText: true }, 30],
		[{}, 25],
	])('%j costs %i credits, taken when the job starts', async (options, credits) => {
		const { data } = await generate({ url: URL, options });
		expect(data.creditsUsed).toBe(credits);
		expect(sandbox.ledger.balance).toBe(200 - credits);
		expect(sandbox.ledger.recent(1)).toMatchObject([
			{
				type: 'usage',
				amount: -credits,
				description: `llms.txt generation for harbour-coffee.example (${sandbox.jobs.list()[0].options.generationMethod})`,
				siteId: data.siteId,
				createdAt: '2026-03-01T12:00:00.000Z',
			},
		]);
	});

	test('a website has only so many URLs, always the same', async () => {
		const { urls, credits } = sandbox.jobs.quote({ url: URL, options: { maxUrls: 1000 } });
		expect(credits).toBe(urls);
		expect((await generate({ url: URL, options: { maxUrls: 1000 } })).data.creditsUsed).toBe(urls);
		expect((await generate({ url: `${URL}/`, options: { maxUrls: 1000 } })).data.creditsUsed).toBe(urls);
	});

	test('the example of the API reference: 50 credits for an enhanced generation of example.com', () => {
		const { credits } = sandbox.jobs.quote({
			url: 'https://example.com',
			options: { generationMethod: 'enhanced' },
		});
		expect(credits).toBe(50);
		expect(priceOf({ maxUrls: 25, generationMethod: 'enhanced', showFullText: false }, 25)).toBe(50);
	});

	test('a failed job is refunded once, if refunds are on', async () => {
		sandbox.faults.add({ path: '/generate', job: { fails: 'No access' } });
		await generate({ url: URL, options: ENHANCED });
		expect(sandbox.ledger.balance).toBe(150);
		clock.advance(4000);
		expect(sandbox.ledger.balance).toBe(200);
		const [job] = sandbox.jobs.list();
		expect(sandbox.ledger.recent(1)).toMatchObject([
			{
				type: 'refund',
				amount: 50,
				description: 'Refund: llms.txt generation for harbour-coffee.example (enhanced)',
				siteId: job.site.id,
			},
		]);
		expect([sandbox.jobs.charged(), sandbox.jobs.refunded()]).toEqual([50, 50]);
		expect(await read(`/generate/${job.id}`)).toMatchObject({ status: 'failed', error: 'No access' });

		sandbox.generation.refundsFailed = false;
		await generate({ url: URL, options: ENHANCED });
		clock.advance(4000);
		expect(sandbox.ledger.balance).toBe(150);
	});

	test('credits can be taken at the end, and then only for what completes', async () => {
		sandbox.generation.chargedAt = 'end';
		await generate({ url: URL, options: { maxUrls: 5 } });
		expect(sandbox.ledger.balance).toBe(200);
		clock.advance(4000);
		expect(sandbox.ledger.balance).toBe(195);
		sandbox.faults.add({ job: { fails: 'No access' } });
		await generate({ url: URL, options: { maxUrls: 5 } });
		clock.advance(4000);
		expect(sandbox.ledger.balance).toBe(195);
		expect(sandbox.jobs.refunded()).toBe(0);
	});
});

describe('what is refused starts nothing', () => {
	afterEach(() =>
		expect([sandbox.jobs.list(), sandbox.sites.all(), sandbox.ledger.balance]).toEqual([[], [], 200]),
	);

	test.each([
		['url', undefined],
		['url', {}],
		['url', { url: 'example.com' }],
		['url', { url: 'ftp://example.com' }],
		['url', { url: 'https://' }],
		['url', { url: 'http://localhost' }],
		['url', { url: ['https://example.com'] }],
		['options must', { url: URL, options: 'enhanced' }],
		['options.maxUrls', { url: URL, options: { maxUrls: 0 } }],
		['options.maxUrls', { url: URL, options: { maxUrls: 1001 } }],
		['options.maxUrls', { url: URL, options: { maxUrls: 2.5 } }],
		['options.maxUrls', { url: URL, options: { maxUrls: '25' } }],
		['options.generationMethod', { url: URL, options: { generationMethod: 'best' } }],
		['options.showFullText', { url: URL, options: { showFullText: 'yes' } }],
	])('400 names %s in %j', async (named, body) => {
		const { status, data } = await generate(body);
		expect(status).toBe(400);
		expect(data).toEqual({
			message: [expect.stringMatching(new RegExp(`^${named} `)) as unknown],
			error: 'Bad Request',
			statusCode: 400,
		});
	});

	test('400 names everything that is invalid', async () => {
		const { data } = await generate({ url: 5, options: { maxUrls: -1, showFullText: 1 } });
		expect(data.message).toHaveLength(3);
	});

	test('402 if the balance is too low', async () => {
		sandbox.ledger.adjust(-180);
		const { status, data } = await generate({ url: URL, options: { maxUrls: 21 } });
		expect(status).toBe(402);
		expect(data).toEqual({
			message: 'Insufficient credits. Required: 21, available: 20',
			error: 'Payment Required',
			statusCode: 402,
		});
		sandbox.ledger.adjust(180);
	});

	test('403 for an enhanced generation on the free plan', async () => {
		sandbox.generation.plan = 'free';
		const { status, data } = await generate({ url: URL, options: ENHANCED });
		expect([status, data.error]).toEqual([403, 'Forbidden']);
	});

	test('401 without the key', async () => {
		const { status } = await http.post('/generate', { url: URL }, { headers: { Authorization: undefined } });
		expect(status).toBe(401);
	});
});

test('the free plan has simple generation', async () => {
	sandbox.generation.plan = 'free';
	expect((await generate({ url: URL })).status).toBe(201);
});

test('the whole balance can be used', async () => {
	expect((await generate({ url: URL, options: { maxUrls: 40, generationMethod: 'enhanced' } })).status).toBe(
		201,
	);
	sandbox.ledger.adjust(-sandbox.ledger.balance + 12);
	expect((await generate({ url: URL, options: { maxUrls: 12 } })).status).toBe(201);
	expect(sandbox.ledger.balance).toBe(0);
});

test('an unknown job is not found', async () => {
	const { status, data } = await http.get<Fields>('/generate/none');
	expect(status).toBe(404);
	expect(data).toEqual({ message: 'Generation job not found', error: 'Not Found', statusCode: 404 });
});
