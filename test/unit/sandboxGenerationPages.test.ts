import axios from 'axios';
import { ManualClock } from '../../sandbox/clock';
import { type Sandbox, startSandbox } from '../../sandbox/server';

const URL = 'https://new-site.example';

let clock: ManualClock;
let sandbox: Sandbox;
const http = axios.create({ validateStatus: () => true });

beforeEach(async () => {
	clock = new ManualClock(Date.now());
	sandbox = await startSandbox({ clock });
	http.defaults.baseURL = sandbox.origin;
});
afterEach(() => sandbox.close());

async function read(path = '/'): Promise<string> {
	return (await http.get<string>(path)).data;
}

/** How soon a browser loads the page again, in seconds. */
function refreshOf(page: string): string | undefined {
	return /<meta http-equiv="refresh" content="(\d+)"/.exec(page)?.[1];
}

describe('a generation on the account page', () => {
	test('has a bar that moves on until the job ends', async () => {
		const job = sandbox.jobs.start({ url: URL, options: { maxUrls: 10 } }, {}, 'api');
		expect(await read()).toMatch(
			/pending, 0&nbsp;%.*width: 0%; --to: 100%; animation: fill 3600ms linear 400ms/s,
		);
		sandbox.jobs.advance(job, 40);
		const page = await read();
		expect(page).toContain('processing, 40&nbsp;%');
		expect(page).toMatch(/aria-valuenow="40".*width: 40%; --to: 100%; animation: fill 2\d{3}ms linear 0ms/s);
		expect(page).toContain('>simple, 10 URLs<');
		expect(page).toContain('−10');
		expect(page).not.toContain('by somebody else');
		expect(refreshOf(page)).toBe('2');
	});

	test('has the files when it is completed', async () => {
		const { site } = sandbox.jobs.start({ url: URL, options: { showFullText: true } });
		expect(await read()).toContain('none yet');
		clock.advance(4000);
		const page = await read();
		expect(page).toContain('Completed');
		expect(page).toContain('in 4.0 s');
		expect(page).not.toContain('progressbar');
		expect(refreshOf(page)).toBe('5');
		for (const path of [`/api/v1/file/${site.id}`, `/api/v1/file/${site.id}?full=true`]) {
			expect(page).toContain(`href="${path}"`);
			expect(await read(path)).toMatch(/^# New Site\n/);
		}
	});

	test('says why it failed, in escaped words, and what came back', async () => {
		const job = sandbox.jobs.start({ url: URL });
		sandbox.jobs.fail(job, '<b>No access</b>');
		const page = await read();
		expect(page).toContain('Failed');
		expect(page).toContain('&lt;b&gt;No access&lt;/b&gt;');
		expect(page).toContain(`+${job.credits} refunded`);
	});

	test('that never ends has a bar that stands still', async () => {
		sandbox.jobs.start({ url: URL }, { endless: true });
		clock.advance(100_000);
		expect(await read()).toContain('animation: none');
	});

	test('is among the five newest; older pages of the ledger have none', async () => {
		expect(await read()).toContain('Nothing was generated since the sandbox started.');
		for (let place = 1; place <= 6; place++) sandbox.jobs.start({ url: `https://site-${place}.example` });
		expect((await read()).match(/progressbar/g)).toHaveLength(5);
		const older = await read('/?page=2');
		expect(older).not.toContain('progressbar');
		expect(refreshOf(older)).toBeUndefined();
	});
});

test('the response to a form is not loaded again', async () => {
	sandbox.ledger.adjust(-sandbox.ledger.balance);
	const { status, data } = await http.post<string>('/use', '', {
		headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
	});
	expect(status).toBe(409);
	expect(refreshOf(data)).toBeUndefined();
});

test('all sites are on a page of their own, those that changed last first', async () => {
	sandbox.jobs.start({ url: URL });
	expect(await read()).toContain('href="/sites">All 13 sites<');
	const page = await read('/sites');
	expect(page.match(/\/api\/v1\/file\//g)).toHaveLength(12);
	expect(page.indexOf('new-site.example')).toBeLessThan(page.indexOf('quietmail.example'));
	sandbox.reset({ rows: 0 });
	expect(await read('/sites')).toContain('There are no sites yet.');
});
