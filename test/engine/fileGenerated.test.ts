import type { IDataObject } from 'n8n-workflow';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { ActiveTrigger } from './trigger';

let sandbox: Sandbox;
let trigger: ActiveTrigger;

// Ten thousand sites take a busy machine a while.
jest.setTimeout(120_000);
beforeAll(async () => {
	sandbox = await startSandbox({ apiKeys: ['llmgen_sandbox_key', 'llmgen_rotated_key'] });
});
afterAll(() => sandbox.close());
beforeEach(() => {
	sandbox.reset();
	sandbox.generation.pagesSites = false;
	trigger = ActiveTrigger.of(sandbox, { event: 'fileGenerated' });
});

const urls = (items: IDataObject[]) => items.map(({ url }) => url);
const start = (url: string) => sandbox.jobs.start({ url }, { endless: true });
function generate(url: string, error?: string): void {
	// Two times within a millisecond would be one.
	for (const now = Date.now(); Date.now() === now; );
	const job = start(url);
	if (error === undefined) sandbox.jobs.finish(job);
	else sandbox.jobs.fail(job, error);
}
/** A new account, with as many sites, all of which have a file. */
function begin(sites = 0): void {
	sandbox.reset({ rows: 0 });
	for (let i = 0; i < sites; i++) generate(`https://site${i}.example`);
}
/** As the API lists it. */
async function listed(url: string): Promise<IDataObject> {
	return (await list()).find((site) => site.url === url)!;
}
async function list(): Promise<IDataObject[]> {
	const headers = { authorization: 'Bearer llmgen_sandbox_key' };
	const answer = await fetch(`${sandbox.baseUrl}/sites`, { headers });
	const { sites } = (await answer.json()) as { sites: IDataObject[] };
	return sites;
}

test('what is there at activation is not new; a file that is generated, or anew, is emitted once, as the API lists it', async () => {
	begin(3);
	expect(await trigger.activate()).toEqual([]);
	expect(await trigger.poll()).toEqual([]);
	generate('https://new.example');
	expect(await trigger.poll()).toEqual([await listed('https://new.example')]);
	expect(await trigger.poll()).toEqual([]);
	generate('https://site1.example');
	expect(await trigger.poll()).toEqual([await listed('https://site1.example')]);
	expect(await trigger.poll()).toEqual([]);
});

test('a poll sends one request', async () => {
	begin(3);
	sandbox.requests.clear();
	await trigger.activate();
	generate('https://site0.example');
	await trigger.poll();
	await trigger.poll();
	expect(sandbox.requests.entries.map(({ path, query }) => [path, query])).toEqual(
		Array.from({ length: 3 }, () => ['/sites', {}]),
	);
});

test('a generation is emitted when it ends, not while it is running', async () => {
	begin(1);
	await trigger.activate();
	const jobs = [start('https://site0.example'), start('https://new.example')];
	expect(await trigger.poll()).toEqual([]);
	for (const job of jobs) sandbox.jobs.finish(job);
	expect(urls(await trigger.poll()).sort()).toEqual(['https://new.example', 'https://site0.example']);
	expect(await trigger.poll()).toEqual([]);
});

test('a generation that was running at activation is emitted when it ends', async () => {
	begin(1);
	const job = start('https://site0.example');
	expect(await trigger.activate()).toEqual([]);
	sandbox.jobs.finish(job);
	expect(urls(await trigger.poll())).toEqual(['https://site0.example']);
});

test('the first file of an empty account is emitted, also after a restart', async () => {
	begin(0);
	expect(await trigger.activate()).toEqual([]);
	trigger.restart();
	generate('https://first.example');
	expect(urls(await trigger.poll())).toEqual(['https://first.example']);
});

test('a generation that failed is emitted, and the one that was made after it, the older one first', async () => {
	begin(2);
	await trigger.activate();
	generate('https://site1.example', 'No sitemap');
	generate('https://site0.example');
	const items = await trigger.poll();
	expect(items.map(({ url, status }) => [url, status])).toEqual([
		['https://site1.example', 'failed'],
		['https://site0.example', 'completed'],
	]);
	generate('https://site1.example');
	expect(await trigger.poll()).toEqual([expect.objectContaining({ status: 'completed' })]);
});

test.each([
	[['completed'], ['https://site1.example']],
	[['failed'], ['https://site0.example']],
	[
		['completed', 'failed'],
		['https://site0.example', 'https://site1.example'],
	],
	[[], ['https://site0.example', 'https://site1.example']],
])('only for the outcomes %j', async (outcomes, expected) => {
	begin(2);
	trigger = ActiveTrigger.of(sandbox, { event: 'fileGenerated', filters: { outcomes } });
	await trigger.activate();
	generate('https://site0.example', 'No sitemap');
	generate('https://site1.example');
	expect(urls(await trigger.poll())).toEqual(expected);
	expect(await trigger.poll()).toEqual([]);
});

test('an outcome that does not exist is refused before a request is sent', async () => {
	trigger = ActiveTrigger.of(sandbox, { event: 'fileGenerated', filters: { outcomes: ['done'] } });
	await expect(trigger.poll()).rejects.toThrow(
		'"done" is not a valid outcome. The outcomes are completed, failed.',
	);
	expect(sandbox.requests.entries).toEqual([]);
});

test('a manual test returns the file that was generated last, and does not change the state', async () => {
	begin(3);
	expect(await trigger.activate()).toEqual([]);
	generate('https://site1.example');
	generate('https://site2.example', 'No sitemap');
	const state = trigger.savedState;
	expect(await trigger.poll('manual')).toEqual([await listed('https://site2.example')]);
	trigger.parameters = { event: 'fileGenerated', filters: { outcomes: ['completed'] } };
	expect(urls(await trigger.poll('manual'))).toEqual(['https://site1.example']);
	expect(trigger.savedState).toBe(state);
	expect(urls(await trigger.poll())).toEqual(['https://site1.example']);
});

test('a manual test before anything was generated returns nothing', async () => {
	begin(0);
	start('https://new.example');
	expect(await trigger.poll('manual')).toEqual([]);
});

test('after a restart of n8n, nothing is emitted twice, and nothing that ended meanwhile is missing', async () => {
	begin(2);
	await trigger.activate();
	generate('https://site0.example');
	await trigger.poll();
	trigger.restart();
	expect(await trigger.poll()).toEqual([]);
	generate('https://site1.example');
	trigger.restart();
	expect(urls(await trigger.poll())).toEqual(['https://site1.example']);
});

test('a poll that fails changes nothing', async () => {
	begin(1);
	await trigger.activate();
	generate('https://site0.example');
	const states = structuredClone(trigger.states);
	sandbox.faults.add({ status: 403 });
	await expect(trigger.poll()).rejects.toThrow('The API key is not allowed to do this');
	sandbox.faults.clear();
	sandbox.faults.add({ rawBody: '{"sites":[{"url":"https://site0.example"}]}' });
	await expect(trigger.poll()).rejects.toThrow();
	sandbox.faults.clear();
	expect(trigger.states).toEqual(states);
	expect(urls(await trigger.poll())).toEqual(['https://site0.example']);
});

test('if the rate limit is reached, the poll says so, and the next one emits what it could not', async () => {
	begin(1);
	await trigger.activate();
	generate('https://site0.example');
	sandbox.faults.add({ status: 429, headers: { 'retry-after': '60' } });
	await expect(trigger.poll()).rejects.toMatchObject({ failure: { cause: 'rate-limited' } });
	sandbox.faults.clear();
	expect(urls(await trigger.poll())).toEqual(['https://site0.example']);
});

test('two polls at once emit once', async () => {
	begin(1);
	await trigger.activate();
	generate('https://site0.example');
	const both = await Promise.all([trigger.poll(), trigger.poll()]);
	expect(urls(both.flat())).toEqual(['https://site0.example']);
});

test('IDs that are numbers, a status in capitals, and times that are missing', async () => {
	begin(1);
	sandbox.faults.add({ numericIds: true, omit: ['updatedAt'], set: { status: 'PROCESSING' } });
	await trigger.activate();
	sandbox.faults.clear();
	sandbox.faults.add({ numericIds: true, omit: ['updatedAt'], set: { status: 'Completed' } });
	expect(await trigger.poll()).toEqual([expect.objectContaining({ id: 5001, status: 'Completed' })]);
	expect(await trigger.poll()).toEqual([]);
});

describe('10,000 sites', () => {
	const MINUTE_MS = 60_000;
	const serve = (regenerations: number, extra: IDataObject[] = []) => {
		const sites = Array.from({ length: 10_000 }, (_, i) => ({
			id: `550e8400-e29b-41d4-a716-${String(i).padStart(12, '0')}`,
			url: `https://site${i}.example`,
			status: 'completed',
			fileUrl: `https://api.llmgenerator.com/api/v1/file/${i}`,
			fullTextUrl: null,
			createdAt: '2026-01-20T14:30:00.000Z',
			updatedAt: new Date(Date.UTC(2026, 0, 21) + (regenerations * 10_000 + i) * MINUTE_MS).toISOString(),
		}));
		sandbox.faults.clear();
		const all = [...extra, ...sites];
		sandbox.faults.add({ path: '/sites', rawBody: JSON.stringify({ sites: all, total: all.length }) });
		return sites;
	};

	test('the state is 180 kB at first, and 360 kB after every site was generated anew', async () => {
		serve(0);
		expect(await trigger.activate()).toEqual([]);
		expect(await trigger.poll()).toEqual([]);
		expect(trigger.savedState.length).toBeLessThanOrEqual(181_000);
		for (const again of [1, 2, 3]) {
			const sites = serve(again);
			expect(await trigger.poll()).toEqual(sites);
		}
		expect(trigger.savedState.length).toBeLessThanOrEqual(361_000);
		expect(sandbox.requests.entries).toHaveLength(5);
	});

	test('one of them is found among the others', async () => {
		const [site] = serve(0);
		await trigger.activate();
		const added = { ...site, id: 'new', url: 'https://new.example' };
		serve(0, [added]);
		expect(await trigger.poll()).toEqual([added]);
		expect(await trigger.poll()).toEqual([]);
	});

	test('if their list is empty for once, they are not new afterwards', async () => {
		serve(0);
		await trigger.activate();
		sandbox.faults.clear();
		sandbox.faults.add({ path: '/sites', rawBody: '{"sites":[],"total":0}' });
		expect(await trigger.poll()).toEqual([]);
		serve(0);
		expect(await trigger.poll()).toEqual([]);
	});
});

describe('a server that returns the list in pages of 20', () => {
	const pagesOf = () => sandbox.requests.entries.map(({ query }) => query.page ?? '1');

	beforeEach(() => {
		begin(130);
		sandbox.generation.pagesSites = true;
		sandbox.requests.clear();
	});

	/** How many polls the trigger needs until it knows how the sites stand. */
	async function untilReady(): Promise<number> {
		await trigger.activate();
		for (let polls = 1; ; polls++) {
			const [{ sites }] = trigger.states;
			if ((sites as IDataObject).firstLook === undefined) return polls;
			expect(await trigger.poll()).toEqual([]);
		}
	}

	test('a poll reads five pages at most, the first one always; the next poll goes on', async () => {
		await trigger.activate();
		expect(pagesOf()).toEqual(['1', '2', '3', '4', '5']);
		sandbox.requests.clear();
		await trigger.poll();
		expect(pagesOf()).toEqual(['1', '6', '7']);
	});

	test.each(['newestFirst', 'oldestFirst', 'updatedFirst', 'byUrl'] as const)(
		'sorted %s: each file is emitted once, within as many polls as the pages take',
		async (sitesOrder) => {
			sandbox.generation.sitesOrder = sitesOrder;
			expect(await untilReady()).toBeLessThanOrEqual(4);
			for (const url of ['https://new.example', 'https://site7.example', 'https://site99.example']) {
				generate(url);
				const polls = [await trigger.poll(), await trigger.poll(), await trigger.poll()];
				expect(urls(polls.flat())).toEqual([url]);
			}
			sandbox.generation.sitesOrder = 'newestFirst';
		},
	);

	test('a poll that the rate limit ends emits what it found, and the next one goes on', async () => {
		sandbox.generation.sitesOrder = 'updatedFirst';
		await untilReady();
		generate('https://site7.example');
		sandbox.requests.clear();
		sandbox.faults.add({ skip: 3, status: 429, headers: { 'retry-after': '60' } });
		expect(urls(await trigger.poll())).toEqual(['https://site7.example']);
		sandbox.faults.clear();
		sandbox.requests.clear();
		await trigger.poll();
		expect(pagesOf()).toEqual(['1', '4', '5', '6', '7']);
		sandbox.generation.sitesOrder = 'newestFirst';
	});

	test('a poll that fails on a later page changes nothing', async () => {
		await untilReady();
		const states = structuredClone(trigger.states);
		generate('https://new.example');
		sandbox.faults.add({ skip: 2, status: 403 });
		await expect(trigger.poll()).rejects.toThrow();
		sandbox.faults.clear();
		expect(trigger.states).toEqual(states);
		expect(urls(await trigger.poll())).toEqual(['https://new.example']);
	});

	test('if only the count is wrong, the first look is complete at once', async () => {
		begin(3);
		sandbox.generation.pagesSites = false;
		const serve = async () => {
			sandbox.faults.clear();
			sandbox.faults.add({ rawBody: JSON.stringify({ sites: await list(), total: 50 }) });
		};
		await serve();
		await trigger.activate();
		trigger.restart();
		generate('https://new.example');
		await serve();
		expect(urls(await trigger.poll())).toEqual(['https://new.example']);
	});

	test.each([400, 404, 422])(
		'nor does a server that refuses to page, with %i, stop the polls',
		async (status) => {
			begin(3);
			sandbox.generation.pagesSites = false;
			const serve = async () => {
				sandbox.faults.clear();
				const rawBody = JSON.stringify({ sites: await list(), total: 4 });
				sandbox.faults.add({ times: 1, rawBody }, { skip: 1, status, body: { message: 'Unknown query' } });
			};
			await serve();
			await trigger.activate();
			generate('https://new.example');
			await serve();
			expect(urls(await trigger.poll())).toEqual(['https://new.example']);
			sandbox.faults.clear();
		},
	);
});

describe('another key', () => {
	let other: Sandbox;
	beforeAll(async () => {
		other = await startSandbox({ ledger: { rows: 300, seed: 2 }, apiKeys: ['llmgen_sandbox_key'] });
	});
	afterAll(() => other.close());

	test('of another account: its files are not new, and what is generated from then on is', async () => {
		begin(2);
		await trigger.activate();
		trigger.sandbox = other;
		expect(await trigger.poll()).toEqual([]);
		other.jobs.finish(other.jobs.start({ url: 'https://new.example' }, { endless: true }));
		expect(urls(await trigger.poll())).toEqual(['https://new.example']);
	});

	test('of the same account: nothing is missing', async () => {
		begin(2);
		await trigger.activate();
		generate('https://site1.example');
		trigger.apiKey = 'llmgen_rotated_key';
		expect(urls(await trigger.poll())).toEqual(['https://site1.example']);
	});
});
