import type { Execution, SavedCredential } from '../../demo/n8nApi';
import { believableTransactions } from '../../sandbox/believableTransactions';
import { Sites } from '../../sandbox/generation/sites';
import { Ledger, type Transaction } from '../../sandbox/ledger';
import { PERMISSIONS } from '../../sandbox/permissions';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { sandboxAccount } from '../steps';
import { startDemo, type RunningDemo } from './demoProcess';
import { startHttpsProxy, type HttpsProxy } from './mocks/httpsProxy';
import { BY_HAND, BY_SCHEDULE, importReport, type Choices } from './report/importReport';
import { beginningOf, daysOf, following, lastMonth, local, monthsSince, sums } from './report/months';
import { HEADINGS, readSheet } from './report/sheet';
import { BLOG, bookTokyoMonth } from './report/tokyoMonth';

/** n8n's default time zone. */
const ZONE_OF_N8N = 'America/New_York';

let proxy: HttpsProxy;
let demo: RunningDemo;
let sandbox: Sandbox;
let account: SavedCredential;

beforeAll(async () => {
	proxy = await startHttpsProxy();
	sandbox = await startSandbox();
	demo = await startDemo({ env: proxy.env });
	account = await demo.api.saveCredential(sandboxAccount('Account of the report', sandbox));
});
afterAll(async () => {
	// Undefined if it did not start.
	await (demo as RunningDemo | undefined)?.clear();
	await sandbox.close();
	await proxy.close();
});
beforeEach(() => {
	sandbox.requests.clear();
});
afterEach(() => {
	sandbox.faults.clear();
	sandbox.keyPermissions.clear();
	expect(proxy.unexpected).toEqual([]);
});

describe('the last month in Tokyo', () => {
	const month = lastMonth('Asia/Tokyo');
	const lastDay = daysOf(month).at(-1);

	beforeEach(() => {
		bookTokyoMonth(sandbox, month);
	});

	test.each([BY_HAND, BY_SCHEDULE])('%s: every transaction and every total is exact', async (trigger) => {
		const report = await runReport({ timezone: 'Asia/Tokyo' }, trigger);

		expect(report.fileName).toBe(`llm-generator-usage-${month}.xlsx`);
		expect(report.sheetName).toBe(month);
		expect(report.month).toEqual([HEADINGS.month, [month, 87.3, 450, 9, 'Asia/Tokyo']]);

		const days = new Map(daysOf(month).map((day) => [day, [0, 0]]));
		days.set(`${month}-01`, [60, 0]).set(`${month}-05`, [0.3, 500]);
		if (lastDay === `${month}-28`) days.set(lastDay, [27, -50]);
		else days.set(`${month}-28`, [7, -50]).set(String(lastDay), [20, 0]);
		expect(report.days).toEqual([HEADINGS.days, ...[...days].map(([day, sums]) => [day, ...sums])]);

		expect(report.sites).toEqual([
			HEADINGS.sites,
			['https://shop.example', 50, 50, 'Refund: shop.example'],
			[BLOG, 30.3, 0, '-20'],
			['(no site)', 7, 400, null],
		]);
		expect(report.transactions).toEqual([
			HEADINGS.transactions,
			[
				`${month}-01`,
				'00:00:00',
				'usage',
				-50,
				'https://shop.example',
				'txn_first',
				'llms.txt generation for shop.example (enhanced)',
			],
			[
				`${month}-01`,
				'08:30:00',
				'usage',
				-10,
				BLOG,
				'txn_utc',
				'"Grüße" & <Straße> für \'blog.example\' 😀',
			],
			[`${month}-05`, '14:30:00', 'purchase', 500, '(no site)', 'txn_bought', '=1+1'],
			[
				`${month}-05`,
				'14:30:00',
				'usage',
				-0.1,
				BLOG,
				'txn_part_1',
				'=HYPERLINK("https://blog.example";"click")',
			],
			[`${month}-05`, '14:30:00', 'usage', -0.2, BLOG, 'txn_part_2', '  +49 30 @blog\nsecond line  '],
			[`${month}-28`, '09:00:00', 'refund', 50, 'https://shop.example', 'txn_refund', 'Refund: shop.example'],
			[`${month}-28`, '09:00:00', 'refund', -100, '(no site)', 'txn_taken_back', 'Refund of a purchase'],
			[`${month}-28`, '23:59:59', 'usage', -7, '(no site)', 'txn_nowhere', 'no site, no quotes: "'],
			[lastDay, '23:59:59', 'usage', -20, BLOG, 'txn_last', '-20'],
		]);
	});
});

test('a month with 5,000 transactions, with the default settings and the time zone of n8n', async () => {
	const month = lastMonth(ZONE_OF_N8N);
	const [from, to] = [beginningOf(month, ZONE_OF_N8N), beginningOf(following(month), ZONE_OF_N8N)];
	sandbox.ledger = new Ledger(believableTransactions({ rows: 17_000, seed: 5 }), { orderBy: 'createdAt' });
	for (const moment of [from - 1, from, to - 1, to]) {
		sandbox.ledger.book({ createdAt: new Date(moment).toISOString(), amount: -1 });
	}
	sandbox.sites = new Sites(sandbox.ledger);
	const addressOf = (siteId: string) => sandbox.sites.find(siteId)?.url ?? siteId;

	const { fileName, month: total, days, sites, transactions } = await runReport();

	const expectedRows = sandbox.ledger
		.all('oldestFirst')
		.map((row) => ({ ...row, at: local(row.createdAt, ZONE_OF_N8N) }))
		.filter(({ at }) => at.startsWith(month));
	expect(expectedRows.length).toBeGreaterThan(5000);
	expect(fileName).toBe(`llm-generator-usage-${month}.xlsx`);
	expect(total).toEqual([HEADINGS.month, [month, ...sums(expectedRows), expectedRows.length, ZONE_OF_N8N]]);
	expect(days.slice(1)).toEqual(
		daysOf(month).map((day) => [day, ...sums(expectedRows.filter(({ at }) => at.startsWith(day)))]),
	);
	expect(transactions.slice(1)).toEqual(
		expectedRows.map(({ id, type, amount, description, siteId, at }) => [
			...at.split(' '),
			type,
			amount,
			siteId === null ? '(no site)' : addressOf(siteId),
			id,
			description,
		]),
	);
	const ids = [...new Set(expectedRows.map(({ siteId }) => siteId))];
	const expected = ids.map((siteId) => {
		const ofSite = expectedRows.filter((row) => row.siteId === siteId);
		const site = siteId === null ? '(no site)' : addressOf(siteId);
		return [site, ...sums(ofSite), siteId && ofSite.at(-1)?.description];
	});
	expect(byName(sites.slice(1))).toEqual(byName(expected));
	const used = sites.slice(1).map(([, credits]) => Number(credits));
	expect(used).toEqual([...used].sort((a, b) => b - a));
	// However many transactions and sites there are, the sites and the balance are read once.
	expect(requestsFor('/sites')).toBe(1);
	expect(requestsFor('/credits/balance')).toBe(1);
});

describe('a month without transactions', () => {
	const hours = (count: number) => count * 60 * 60 * 1000;
	const quiet = lastMonth('Europe/Berlin');
	const justOutside = [
		beginningOf(quiet, 'Europe/Berlin') - 1,
		beginningOf(following(quiet), 'Europe/Berlin'),
		beginningOf(following(quiet), 'Europe/Berlin') + hours(1),
	].map((moment): Partial<Transaction> => ({ createdAt: new Date(moment).toISOString() }));

	test.each([
		['in an account that was used before and after', justOutside],
		['in an account that was never used', []],
	])('%s: the file says so', async (_account, rows) => {
		sandbox.ledger = new Ledger();
		for (const row of rows) sandbox.ledger.book(row);
		sandbox.sites = new Sites(new Ledger());

		const report = await runReport({ timezone: 'Europe/Berlin' });

		expect(report.fileName).toBe(`llm-generator-usage-${quiet}.xlsx`);
		expect(report.month).toEqual([
			HEADINGS.month,
			[quiet, 0, 0, 0, 'Europe/Berlin'],
			['No transactions in this month.', null, null, null, null],
		]);
		expect(report.days).toEqual([HEADINGS.days, ...daysOf(quiet).map((day) => [day, 0, 0])]);
		expect(report.sites).toEqual([HEADINGS.sites]);
		expect(report.transactions).toEqual([HEADINGS.transactions]);
	});
});

describe('another month, chosen by the user', () => {
	// Berlin's clocks went from +01:00 to +02:00 on the last day of this month.
	const monthsBack = monthsSince('2024-03', 'Europe/Berlin');
	const choices = { timezone: 'Europe/Berlin', monthsBack };

	beforeAll(() => {
		sandbox.ledger = new Ledger();
		const moments = {
			txn_february: '2024-02-29T22:59:59.999Z',
			txn_first: '2024-02-29T23:00:00.000Z',
			txn_winter: '2024-03-31T00:59:59.000Z',
			txn_summer: '2024-03-31T01:00:00.000Z',
			txn_last: '2024-03-31T21:59:59.999Z',
			txn_april: '2024-03-31T22:00:00.000Z',
		};
		for (const [name, createdAt] of Object.entries(moments)) {
			sandbox.ledger.book({ id: name, createdAt, amount: -5 });
		}
	});

	test('is reported completely, also if the clocks change in it', async () => {
		const { fileName, month, days, transactions } = await runReport(choices, BY_HAND);

		expect(fileName).toBe('llm-generator-usage-2024-03.xlsx');
		expect(month[1]).toEqual(['2024-03', 20, 0, 4, 'Europe/Berlin']);
		expect(days).toHaveLength(1 + 31);
		expect([days[1], days[31]]).toEqual([
			['2024-03-01', 5, 0],
			['2024-03-31', 15, 0],
		]);
		expect(transactions.slice(1).map(([date, time, , , , name]) => [date, time, name])).toEqual([
			['2024-03-01', '00:00:00', 'txn_first'],
			['2024-03-31', '01:59:59', 'txn_winter'],
			['2024-03-31', '03:00:00', 'txn_summer'],
			['2024-03-31', '23:59:59', 'txn_last'],
		]);
	});

	test('does not change what the schedule reports', async () => {
		const { fileName } = await runReport(choices, BY_SCHEDULE);

		expect(fileName).toBe(`llm-generator-usage-${lastMonth('Europe/Berlin')}.xlsx`);
	});
});

describe('if the addresses of the sites cannot be read, the report still comes, with their IDs, and says why', () => {
	beforeEach(() => {
		const createdAt = new Date(beginningOf(lastMonth(ZONE_OF_N8N), ZONE_OF_N8N)).toISOString();
		sandbox.ledger = new Ledger([]);
		sandbox.ledger.book({ createdAt, amount: -5, siteId: 'site-1' });
	});

	test.each<[string, () => void, RegExp]>([
		['the API key is not allowed to', () => allowAllBut('sites:read'), /permission/],
		[
			'LLM Generator sends a web page',
			() => sandbox.faults.add({ path: '/sites', rawBody: '<html>Maintenance</html>' }),
			/web page/,
		],
	])('%s', async (_why, fail, words) => {
		fail();
		const { month, sites, transactions } = await runReport();

		expect(month[1].slice(1, 4)).toEqual([5, 0, 1]);
		expect(month[2][0]).toMatch(/^The addresses of the sites could not be read, so their IDs are shown\. \S/);
		expect(month[2][0]).toMatch(words);
		expect(sites[1].slice(0, 2)).toEqual(['site-1', 5]);
		expect(transactions[1].slice(3, 5)).toEqual([-5, 'site-1']);
	});
});

test('if the balance cannot be read, the file is the same', async () => {
	sandbox.reset();
	const file = await runReport();
	sandbox.faults.add({ path: '/credits/balance', rawBody: '<html>Maintenance</html>' });

	expect(await runReport()).toEqual(file);
});

test('if the transactions cannot be read, the execution fails, and there is no file', async () => {
	sandbox.faults.add({ path: '/credits/history', rawBody: '<html>Maintenance</html>' });
	const { status, error, nodes } = await run();

	expect(status).toBe('error');
	expect(error?.message).toMatch(/web page/);
	expect(nodes).not.toHaveProperty('Make Excel File');
});

test('an amount that is not a number is never ignored: the report stops and names the transaction', async () => {
	sandbox.ledger = new Ledger();
	const createdAt = new Date(beginningOf(lastMonth(ZONE_OF_N8N), ZONE_OF_N8N)).toISOString();
	sandbox.ledger.book({ id: 'txn_odd', createdAt, amount: Number.NaN });

	const { status, error, nodes } = await run();

	expect(status).toBe('error');
	expect(error?.message).toMatch(/The amount of transaction txn_odd is null, which is not a number/);
	expect(nodes).not.toHaveProperty('Make Excel File');
});

test('it runs on the 1st of each month at 06:00, in the time zone of the workflow; without email, it needs no mail server', async () => {
	const id = await importReport(demo.api, { account });
	await demo.api.activate(id);
	const saved = await demo.api.workflow(id);
	await demo.api.deactivate(id);

	const schedule = saved?.nodes.find(({ name }) => name === BY_SCHEDULE);
	expect(schedule?.parameters.rule).toEqual({
		interval: [
			{ field: 'months', monthsInterval: 1, triggerAtDayOfMonth: 1, triggerAtHour: 6, triggerAtMinute: 0 },
		],
	});
	expect(saved?.settings?.timezone).toBeUndefined();
});

/** Imports the report with these choices, and runs it. */
async function run(choices: Partial<Choices> = {}, trigger = BY_SCHEDULE): Promise<Execution> {
	return demo.api.runWorkflow(await importReport(demo.api, { account, ...choices }), trigger);
}

/** Runs the report, downloads its file, and reads the blocks of its sheet. */
async function runReport(choices: Partial<Choices> = {}, trigger = BY_SCHEDULE) {
	const { status, error, nodes } = await run(choices, trigger);
	expect({ status, error }).toEqual({ status: 'success', error: undefined });
	const files = nodes['Make Excel File'].items.map(({ binary }) => binary?.data);
	expect(files).toEqual([expect.objectContaining({ fileExtension: 'xlsx' })]);
	const [file] = files;
	if (!file) throw new Error('There is no file');
	return { fileName: file.fileName, ...(await readSheet(await demo.api.download(file))) };
}

function allowAllBut(missing: string): void {
	const [key] = sandbox.apiKeys;
	sandbox.keyPermissions.set(
		key,
		PERMISSIONS.filter((permission) => permission !== missing),
	);
}

function requestsFor(path: string): number {
	return sandbox.requests.entries.filter((request) => request.path.startsWith(path)).length;
}

function byName(rows: unknown[][]): unknown[][] {
	return rows.toSorted(([a], [b]) => String(a).localeCompare(String(b)));
}
