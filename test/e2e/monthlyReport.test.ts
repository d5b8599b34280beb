import readExcelFile from 'read-excel-file/node';
import type { SavedCredential } from '../../demo/n8nApi';
import { believableTransactions } from '../../sandbox/believableTransactions';
import { Ledger, type Transaction } from '../../sandbox/ledger';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { sandboxAccount } from '../steps';
import { startDemo, type RunningDemo } from './demoProcess';
import { importTemplate } from './template';

const BY_HAND = 'Try It Now';
const BY_SCHEDULE = 'On the 1st at 06:00';
/** n8n's default time zone. */
const ZONE_OF_N8N = 'America/New_York';

let demo: RunningDemo;
let sandbox: Sandbox;
let credential: SavedCredential;

beforeAll(async () => {
	sandbox = await startSandbox();
	demo = await startDemo();
	credential = await demo.api.saveCredential(sandboxAccount('Account of the report', sandbox));
});
afterAll(async () => {
	// Undefined if it did not start.
	await (demo as RunningDemo | undefined)?.clear();
	await sandbox.close();
});

const HEADINGS = {
	month: ['Month', 'Credits used', 'Credits added', 'Transactions', 'Time zone'],
	days: ['Day', 'Credits used', 'Credits added'],
	sites: ['Site', 'Credits used', 'Credits added', 'Latest description'],
	transactions: ['Date', 'Time', 'Type', 'Credits', 'Site', 'Transaction ID', 'Description'],
};

describe('the last month in Tokyo', () => {
	const month = lastMonth('Asia/Tokyo');
	const lastDay = daysOf(month).at(-1);
	/** A time in Tokyo, in the format of the API. */
	const tokyo = (moment: string) => new Date(`${moment}+09:00`).toISOString();
	const shop = 'aaaaaaaa-0000-4000-8000-000000000001';
	const blog = 'bbbbbbbb-0000-4000-8000-000000000002';

	beforeEach(() => {
		sandbox.ledger = new Ledger([]);
		const addRow = (id: string, createdAt: string, row: Partial<Transaction>) =>
			sandbox.ledger.book({ id, createdAt, ...row });
		const firstMoment = Date.parse(tokyo(`${month}-01T00:00:00`));
		const nextMonth = Date.parse(tokyo(`${lastDay}T00:00:00`)) + 24 * 60 * 60 * 1000;

		addRow('txn_before', new Date(firstMoment - 1).toISOString(), { amount: -1000 });
		addRow('txn_first', tokyo(`${month}-01T00:00:00`), {
			amount: -50,
			siteId: shop,
			description: 'llms.txt generation for shop.example (enhanced)',
		});
		// Still the month before in UTC: 23:30 on its last day.
		addRow('txn_utc', tokyo(`${month}-01T08:30:00`), {
			amount: -10,
			siteId: blog,
			description: '"Grüße" & <Straße> für \'blog.example\' 😀',
		});
		addRow('txn_bought', tokyo(`${month}-05T14:30:00`), {
			type: 'purchase',
			amount: 500,
			siteId: null,
			description: '=1+1',
		});
		// At the same time, and parts of a credit.
		addRow('txn_part_1', tokyo(`${month}-05T14:30:00`), {
			amount: -0.1,
			siteId: blog,
			description: '=HYPERLINK("https://blog.example";"click")',
		});
		addRow('txn_part_2', tokyo(`${month}-05T14:30:00`), {
			amount: -0.2,
			siteId: blog,
			description: '  +49 30 @blog\nsecond line  ',
		});
		addRow('txn_refund', tokyo(`${month}-28T09:00:00`), {
			type: 'refund',
			amount: 50,
			siteId: shop,
			description: 'Refund: shop.example',
		});
		// A refunded purchase takes its credits back: fewer credits were added, and none were used.
		addRow('txn_taken_back', tokyo(`${month}-28T09:00:00`), {
			type: 'refund',
			amount: -100,
			siteId: null,
			description: 'Refund of a purchase',
		});
		addRow('txn_nowhere', tokyo(`${month}-28T23:59:59.999`), {
			amount: -7,
			siteId: null,
			description: 'no site, no quotes: "',
		});
		addRow('txn_last', new Date(nextMonth - 1).toISOString(), {
			amount: -20,
			siteId: blog,
			description: '-20',
		});
		addRow('txn_after', new Date(nextMonth).toISOString(), { amount: -1000 });
		// Still the same month in UTC: 23:30 on its last day.
		addRow('txn_utc_after', `${lastDay}T23:30:00.000Z`, { amount: -1000 });
	});

	test.each([BY_HAND, BY_SCHEDULE])('%s: every transaction and every total is exact', async (trigger) => {
		const report = await runReport(await importReport({ timezone: 'Asia/Tokyo' }), trigger);

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
			[shop, 50, 50, 'Refund: shop.example'],
			[blog, 30.3, 0, '-20'],
			['(no site)', 7, 400, null],
		]);
		expect(report.transactions).toEqual([
			HEADINGS.transactions,
			[
				`${month}-01`,
				'00:00:00',
				'usage',
				-50,
				shop,
				'txn_first',
				'llms.txt generation for shop.example (enhanced)',
			],
			[
				`${month}-01`,
				'08:30:00',
				'usage',
				-10,
				blog,
				'txn_utc',
				'"Grüße" & <Straße> für \'blog.example\' 😀',
			],
			[`${month}-05`, '14:30:00', 'purchase', 500, '(no site)', 'txn_bought', '=1+1'],
			[
				`${month}-05`,
				'14:30:00',
				'usage',
				-0.1,
				blog,
				'txn_part_1',
				'=HYPERLINK("https://blog.example";"click")',
			],
			[`${month}-05`, '14:30:00', 'usage', -0.2, blog, 'txn_part_2', '  +49 30 @blog\nsecond line  '],
			[`${month}-28`, '09:00:00', 'refund', 50, shop, 'txn_refund', 'Refund: shop.example'],
			[`${month}-28`, '09:00:00', 'refund', -100, '(no site)', 'txn_taken_back', 'Refund of a purchase'],
			[`${month}-28`, '23:59:59', 'usage', -7, '(no site)', 'txn_nowhere', 'no site, no quotes: "'],
			[lastDay, '23:59:59', 'usage', -20, blog, 'txn_last', '-20'],
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

	const { fileName, month: total, days, sites, transactions } = await runReport(await importReport());

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
			siteId ?? '(no site)',
			id,
			description,
		]),
	);
	const ids = [...new Set(expectedRows.map(({ siteId }) => siteId))];
	const expected = ids.map((siteId) => {
		const ofSite = expectedRows.filter((row) => row.siteId === siteId);
		return [siteId ?? '(no site)', ...sums(ofSite), siteId && ofSite.at(-1)?.description];
	});
	expect(byName(sites.slice(1))).toEqual(byName(expected));
	const used = sites.slice(1).map(([, credits]) => Number(credits));
	expect(used).toEqual([...used].sort((a, b) => b - a));
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

		const report = await runReport(await importReport({ timezone: 'Europe/Berlin' }), BY_SCHEDULE);

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
	let id: string;

	beforeAll(async () => {
		const [year, month] = lastMonth('Europe/Berlin').split('-').map(Number);
		// March 2024: Berlin's clocks went from +01:00 to +02:00 on its last day.
		const monthsBack = 1 + (year - 2024) * 12 + (month - 3);
		id = await importReport({ timezone: 'Europe/Berlin', monthsBack });
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
		const { fileName, month, days, transactions } = await runReport(id, BY_HAND);

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
		const { fileName } = await runReport(id, BY_SCHEDULE);

		expect(fileName).toBe(`llm-generator-usage-${lastMonth('Europe/Berlin')}.xlsx`);
	});
});

test('an amount that is not a number is never ignored: the report stops and names the transaction', async () => {
	sandbox.ledger = new Ledger();
	const createdAt = new Date(beginningOf(lastMonth(ZONE_OF_N8N), ZONE_OF_N8N)).toISOString();
	sandbox.ledger.book({ id: 'txn_odd', createdAt, amount: Number.NaN });

	const { status, error, nodes } = await demo.api.runWorkflow(await importReport(), BY_HAND);

	expect(status).toBe('error');
	expect(error?.message).toMatch(/The amount of transaction txn_odd is null, which is not a number/);
	expect(nodes).not.toHaveProperty('Make Excel File');
});

test('it runs on the 1st of each month at 06:00, in the time zone of the workflow', async () => {
	const id = await importReport();
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

/** Imports the template, and sets what a user may set: the time zone of the workflow, and how many months to go back. */
async function importReport({
	timezone,
	monthsBack,
}: { timezone?: string; monthsBack?: number } = {}): Promise<string> {
	const chosen = { id: 'months-back', name: 'monthsBack', value: monthsBack ?? 1, type: 'number' };
	const id = await importTemplate(demo.api, 'monthly-report-excel', {
		credentials: { 'n8n-nodes-llmgenerator': credential },
		fields: monthsBack ? { 'Choose How Far Back': { assignments: { assignments: [chosen] } } } : {},
	});
	const saved = await demo.api.workflow(id);
	if (!saved || !timezone) return id;
	const { name, nodes, connections, settings } = saved;
	return demo.api.importWorkflow({ name, nodes, connections, settings: { ...settings, timezone } }, id);
}

type Cell = string | number | boolean | Date | null;

/** Runs the report, downloads its file, and reads the blocks of its sheet. */
async function runReport(id: string, trigger: string = BY_SCHEDULE) {
	const { status, error, nodes } = await demo.api.runWorkflow(id, trigger);
	expect({ status, error }).toEqual({ status: 'success', error: undefined });
	const files = nodes['Make Excel File'].items.map(({ binary }) => binary?.data);
	expect(files).toEqual([expect.objectContaining({ fileExtension: 'xlsx' })]);
	const [file] = files;
	if (!file) throw new Error('There is no file');

	const sheets = await readExcelFile(await demo.api.download(file), { trim: false });
	expect(sheets).toHaveLength(1);
	const [{ sheet, data }] = sheets;
	const [month, days, sites, transactions, ...others] = blocksOf(data as Cell[][]);
	expect(others).toEqual([]);
	return { fileName: file.fileName, sheetName: sheet, month, days, sites, transactions };
}

/** The blocks between empty columns, each without the empty rows below it. */
function blocksOf(sheet: Cell[][]): Cell[][][] {
	const isEmpty = (cells: Cell[]) => cells.every((cell) => cell === null);
	const gaps = sheet[0].flatMap((_, column) => (isEmpty(sheet.map((row) => row[column])) ? [column] : []));
	const starts = [0, ...gaps.map((gap) => gap + 1)];
	return starts.map((start, index) => {
		const block = sheet.map((row) => row.slice(start, gaps[index]));
		return block.slice(0, block.findLastIndex((row) => !isEmpty(row)) + 1);
	});
}

/** Credits used and added, if all amounts are whole numbers and have the sign of their type. */
function sums(rows: Transaction[]): [number, number] {
	const sum = (some: Transaction[]) => some.reduce((total, { amount }) => total + Math.abs(amount), 0);
	return [
		sum(rows.filter(({ type }) => type === 'usage')),
		sum(rows.filter(({ type }) => type === 'purchase' || type === 'refund')),
	];
}

function byName(rows: unknown[][]): unknown[][] {
	return rows.toSorted(([a], [b]) => String(a).localeCompare(String(b)));
}

/** Date and time in a time zone, like 2026-10-05 14:30:00: this is the Swedish format. */
function local(moment: string | number, timeZone: string): string {
	return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(
		new Date(moment),
	);
}

/** The last full month in a time zone, like 2026-10. */
function lastMonth(timeZone: string): string {
	const [year, month] = local(Date.now(), timeZone).split('-').map(Number);
	return new Date(Date.UTC(year, month - 2)).toISOString().slice(0, 7);
}

function following(month: string): string {
	const [year, number] = month.split('-').map(Number);
	return new Date(Date.UTC(year, number)).toISOString().slice(0, 7);
}

/** Every day of a month, like 2026-10-05. */
function daysOf(month: string): string[] {
	const [year, number] = month.split('-').map(Number);
	const count = new Date(Date.UTC(year, number, 0)).getUTCDate();
	return Array.from({ length: count }, (_, day) => `${month}-${String(day + 1).padStart(2, '0')}`);
}

/** The start of a month in a time zone, found in steps of a quarter of an hour. */
function beginningOf(month: string, timeZone: string): number {
	let moment = Date.parse(`${month}-01T00:00:00Z`) - 24 * 60 * 60 * 1000;
	while (!local(moment, timeZone).startsWith(month)) moment += 15 * 60 * 1000;
	return moment;
}
