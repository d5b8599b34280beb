import axios from 'axios';
import fc from 'fast-check';
import { ManualClock } from '../../sandbox/clock';
import { Ledger } from '../../sandbox/ledger';
import { type Sandbox, startSandbox } from '../../sandbox/server';
import { SandboxState } from '../../sandbox/state';

type Fields = Record<string, unknown>;

const URL = 'https://example.com';

describe('jobs, without HTTP', () => {
	const account = () => {
		const clock = new ManualClock();
		return { clock, state: new SandboxState({ ledger: new Ledger(), clock }) };
	};

	test('advance to a progress, and go on from there', () => {
		const { clock, state } = account();
		const job = state.jobs.start({ url: URL }, { durationMs: 10_000 });
		state.jobs.advance(job, 40);
		expect([job.status, job.progress]).toEqual(['processing', 40]);
		clock.advance(1000);
		expect(job.progress).toBe(51);
		state.jobs.advance(job, 20);
		expect(job.progress).toBe(20);
		clock.advance(6500);
		expect(job.status).toBe('processing');
		clock.advance(1000);
		expect(job.status).toBe('completed');
	});

	test('end at once, once', () => {
		const { clock, state } = account();
		const job = state.jobs.start({ url: URL });
		state.jobs.advance(job, 100);
		expect([job.status, job.progress, job.site.files?.revision]).toEqual(['completed', 100, 1]);
		state.jobs.fail(job, 'Too late');
		state.jobs.finish(job);
		clock.advance(10_000);
		expect([job.status, job.error, job.site.files?.revision]).toEqual(['completed', null, 1]);

		const failing = state.jobs.start({ url: URL });
		state.jobs.fail(failing, 'No access');
		state.jobs.finish(failing);
		expect([failing.status, failing.error, failing.site.files?.revision]).toEqual(['failed', 'No access', 1]);
		expect(state.ledger.balance).toBe(-job.credits);
	});

	test('that were forgotten change nothing any more', async () => {
		const { clock, state } = account();
		const job = state.jobs.start({ url: URL }, { fails: 'No access' });
		state.reset({ rows: 0 });
		await job.ended;
		clock.advance(10_000);
		state.jobs.finish(job);
		expect(state.ledger.all('oldestFirst')).toEqual([]);
		expect([state.jobs.list(), state.sites.all()]).toEqual([[], []]);
	});

	test('are charged once each, and the ledger says the same, whatever happens to them', () => {
		const action = fc.record({
			act: fc.constantFrom('start', 'advance', 'finish', 'fail', 'wait'),
			job: fc.nat(),
			progress: fc.integer({ min: 0, max: 110 }),
			fails: fc.boolean(),
		});
		const world = fc.tuple(
			fc.array(action, { maxLength: 30 }),
			fc.boolean(),
			fc.constantFrom('start', 'end'),
		);
		fc.assert(
			fc.property(world, ([actions, refundsFailed, chargedAt]) => {
				const { clock, state } = account();
				Object.assign(state.generation, { refundsFailed, chargedAt });
				const { jobs, ledger } = state;
				for (const { act, job: place, progress, fails } of actions) {
					const job = jobs.list()[place % jobs.list().length];
					if (act === 'start')
						jobs.start({ url: `https://${progress % 3}.example` }, fails ? { fails: 'No' } : {});
					else if (act === 'wait') clock.advance(progress * 50);
					else if (!job) continue;
					else if (act === 'advance') jobs.advance(job, progress);
					else if (act === 'finish') jobs.finish(job);
					else jobs.fail(job, 'No');
				}
				clock.advance(10_000);
				const rows = (type: string) => ledger.all('oldestFirst').filter((row) => row.type === type);
				const ended = (outcome: string) => jobs.list().filter((job) => job.outcome === outcome);
				expect(ended('completed').length + ended('failed').length).toBe(jobs.list().length);
				expect(rows('usage')).toHaveLength(
					chargedAt === 'start' ? jobs.list().length : ended('completed').length,
				);
				expect(rows('refund')).toHaveLength(
					chargedAt === 'start' && refundsFailed ? ended('failed').length : 0,
				);
				expect([jobs.charged(), jobs.refunded()]).toEqual([
					ledger.totalUsed,
					ledger.balance + ledger.totalUsed,
				]);
			}),
		);
	});

	test('never go back while time passes', () => {
		const course = fc.record({
			durationMs: fc.integer({ min: 0, max: 20_000 }),
			fails: fc.constantFrom(undefined, 'No'),
			endless: fc.boolean(),
		});
		fc.assert(
			fc.property(course, fc.array(fc.integer({ min: 0, max: 3000 })), (how, pauses) => {
				const { clock, state } = account();
				const job = state.jobs.start({ url: URL }, how);
				let before = 0;
				for (const pause of pauses) {
					clock.advance(pause);
					expect(job.progress).toBeGreaterThanOrEqual(before);
					expect(job.progress === 100).toBe(job.status === 'completed');
					before = job.progress;
				}
			}),
		);
	});
});

describe('through the control API', () => {
	let sandbox: Sandbox;
	const control = axios.create({ validateStatus: () => true });

	beforeEach(async () => {
		sandbox = await startSandbox({ ledger: new Ledger(), clock: new ManualClock() });
		sandbox.ledger.adjust(1000);
		control.defaults.baseURL = `${sandbox.origin}/sandbox`;
	});
	afterEach(() => sandbox.close());

	test('somebody else starts a job, which can be advanced and finished', async () => {
		const { data: started } = await control.post<Fields>('/jobs', {
			url: 'https://Example.com/',
			options: { maxUrls: 7 },
			job: { states: ['crawling'] },
		});
		const id = String(started.id);
		expect(started).toEqual({
			id,
			siteId: sandbox.sites.at(URL)?.id,
			url: URL,
			options: { maxUrls: 7, generationMethod: 'simple', showFullText: false },
			status: 'pending',
			progress: 0,
			startedBy: 'control',
			charged: 7,
			refunded: 0,
			error: null,
			isLost: false,
		});
		expect((await control.post(`/jobs/${id}/advance`, { progress: 30 })).data).toMatchObject({
			status: 'crawling',
			progress: 30,
		});
		expect((await control.post(`/jobs/${id}/finish`)).data).toMatchObject({ status: 'completed' });
		expect((await control.get('/jobs')).data).toMatchObject({
			jobs: [{ id, status: 'completed' }],
			charged: 7,
			refunded: 0,
		});
		expect((await control.get('/sites')).data).toMatchObject({ sites: [{ url: URL, status: 'completed' }] });
	});

	test('a job can fail and be lost', async () => {
		const { id } = sandbox.jobs.start({ url: URL });
		expect((await control.post(`/jobs/${id}/fail`, { error: 'No access' })).data).toMatchObject({
			status: 'failed',
			error: 'No access',
			refunded: 25,
		});
		expect((await control.post(`/jobs/${id}/lose`)).data).toMatchObject({ isLost: true });
		const { status } = await axios.get(`${sandbox.baseUrl}/generate/${id}`, {
			headers: { Authorization: 'Bearer llmgen_sandbox_key' },
			validateStatus: () => true,
		});
		expect(status).toBe(404);
	});

	test('unknown jobs and invalid addresses are refused', async () => {
		expect((await control.post('/jobs/none/finish')).status).toBe(404);
		expect((await control.post('/jobs', { url: 'example.com' })).status).toBe(400);
	});

	test('the settings can be changed one by one', async () => {
		const { data } = await control.put<{ generation: Fields }>('/settings', {
			generation: { manner: 'synchronous', plan: 'free' },
		});
		expect(data.generation).toMatchObject({ manner: 'synchronous', plan: 'free', durationMs: 4000 });
		expect(sandbox.generation.manner).toBe('synchronous');
	});
});
