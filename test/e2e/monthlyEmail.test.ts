import type { Browser } from 'playwright-core';
import type { Execution, SavedCredential } from '../../demo/n8nApi';
import { DEFAULT_OPTIONS } from '../../sandbox/generation/options';
import { Sites } from '../../sandbox/generation/sites';
import { Ledger, type Transaction } from '../../sandbox/ledger';
import { PERMISSIONS } from '../../sandbox/permissions';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { sandboxAccount } from '../steps';
import { launchBrowser } from './browser/browser';
import { screenshot } from './browser/screenshots';
import { takeWorkflowPictures } from './browser/workflowPictures';
import { startDemo, type RunningDemo } from './demoProcess';
import { startHttpsProxy, type HttpsProxy } from './mocks/httpsProxy';
import { BY_HAND, BY_SCHEDULE, importReport, REPORT, type Choices } from './report/importReport';
import { believableMonth } from './report/believableMonth';
import { credits, expectSameFigures, expectToLookGood, number } from './report/emailChecks';
import { beginningOf, inWords, lastMonth, local } from './report/months';
import { renderEmail } from './report/renderedEmail';
import { readSheet } from './report/sheet';
import { startMailbox, type Mailbox } from './servers/mailbox';

const ZONE = 'Europe/Berlin';
const MONTH = lastMonth(ZONE);
const ADA = 'ada@example.com';
const BOB = 'bob@example.com';

let proxy: HttpsProxy;
let mailbox: Mailbox;
let sandbox: Sandbox;
let demo: RunningDemo;
let browser: Browser;
let account: SavedCredential;
let mail: SavedCredential;

beforeAll(async () => {
	proxy = await startHttpsProxy();
	mailbox = await startMailbox(proxy.env);
	sandbox = await startSandbox();
	demo = await startDemo({ env: mailbox.env });
	account = await demo.api.saveCredential(sandboxAccount('Account of the report', sandbox));
	mail = await demo.api.saveCredential(mailbox.credential);
	browser = await launchBrowser();
});
afterAll(async () => {
	// Undefined if they did not start.
	await (browser as Browser | undefined)?.close();
	await (demo as RunningDemo | undefined)?.clear();
	await (sandbox as Sandbox | undefined)?.close();
	await (mailbox as Mailbox | undefined)?.close();
	await proxy.close();
});
beforeEach(() => {
	mailbox.clear();
	sandbox.ledger = new Ledger([]);
	sandbox.sites = new Sites(sandbox.ledger);
});
afterEach(() => {
	sandbox.faults.clear();
	sandbox.keyPermissions.clear();
	expect(proxy.unexpected).toEqual([]);
});

test('n8n can test the connection to the mail server', async () => {
	expect(await demo.api.testCredential(mail)).toMatchObject({ status: 'OK' });
});

describe('a month like any other', () => {
	beforeEach(() => {
		believableMonth(sandbox, MONTH, ZONE);
	});

	test.each([BY_HAND, BY_SCHEDULE])(
		'%s: one email, with the file, and with its figures as HTML and as text',
		async (trigger) => {
			const { email, sheet, rendered } = await sendReport({}, trigger);

			expect(email.encrypted).toBe(true);
			expect(email.envelope).toEqual({ from: ADA, to: [ADA] });
			expect(email.subject).toBe(
				`LLM Generator: ${credits(usedIn(sandbox.ledger))} used in ${inWords(MONTH)}`,
			);
			expect(rendered.figures).toEqual({
				'Credits used': number(usedIn(sandbox.ledger)),
				'Credits added': number(addedIn(sandbox.ledger)),
				'Credits left now': number(sandbox.ledger.balance),
			});
			expectSameFigures(sheet, rendered, email);
			await expectToLookGood(browser, email);
		},
	);

	test('the file is an attachment that every mail program lists', async () => {
		const { email } = await sendReport();

		// Outlook and Apple Mail hide files that are “related” to the text or have a content ID.
		expect(email.source).not.toMatch(/multipart\/related|^content-id/im);
		expect(email.attachments).toEqual([
			expect.objectContaining({
				filename: `llm-generator-usage-${MONTH}.xlsx`,
				disposition: 'attachment',
				mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
			}),
		]);
	});

	test('pictures of the email and of the workflow', async () => {
		const { id, executionId, email } = await sendReport({}, BY_SCHEDULE);
		for (const colorScheme of ['light', 'dark'] as const) {
			const { page } = await renderEmail(browser, String(email.html), { width: 660, colorScheme });
			await screenshot(page, `monthly-email${colorScheme === 'dark' ? '.dark' : ''}`, page.locator('body'));
			await page.close();
		}
		await takeWorkflowPictures(demo, { template: REPORT, workflowId: id, executionId, height: 1160 });
	});
});

describe('a month that is not like any other', () => {
	const manySites = (count: number) =>
		Array.from({ length: count }, (_, index) => ({ amount: -(index + 1), siteId: `site-${index}` }));
	const noSite = { amount: -3, siteId: null };

	test.each<[string, Array<Partial<Transaction> & { day?: number }>]>([
		['nothing happened', []],
		['credits were bought, but not used', [{ type: 'purchase', amount: 500, siteId: null }]],
		['one huge day', [{ amount: -1_234_567, day: 12 }, { amount: -1 }, noSite]],
		['parts of a credit', [{ amount: -0.1 }, { amount: -0.2 }, { amount: -0.000001, siteId: 'tiny' }]],
		[
			'more was taken back than added',
			[noSite, { type: 'refund', amount: -100, siteId: null }, { type: 'refund', amount: 20 }],
		],
		['a correction gave used credits back', [{ amount: 25 }, noSite, { amount: -7, siteId: 'other' }]],
		['everything without a site', [noSite]],
		['15 sites', manySites(15)],
		['16 sites', manySites(16)],
		['200 sites', manySites(200)],
	])('%s', async (_what, rows) => {
		for (const row of rows) book(row);
		const { email, sheet, rendered } = await sendReport();

		expectSameFigures(sheet, rendered, email);
		await expectToLookGood(browser, email);
		expect(rendered.text.includes('No transactions in this month.')).toBe(rows.length === 0);
	});

	test('beyond 15 sites, the others are one bar', async () => {
		for (const row of manySites(200)) book(row);
		const { rendered } = await sendReport();

		expect(rendered.sites).toHaveLength(16);
		expect(rendered.sites[0]).toMatchObject({ name: expect.stringMatching(/^site-199/) as string });
		const total = (185 * 186) / 2;
		expect(rendered.sites[15]).toMatchObject({ name: '185 other sites', figure: number(total) });
	});

	test('a month of 31 days shows every day; the current month is one “so far”', async () => {
		const [year, month] = local(Date.now(), ZONE).split('-').map(Number);
		const monthsBack = month === 1 ? 1 : month - 1;
		const january = await sendReport({ monthsBack }, BY_HAND);
		expect(january.rendered.days).toHaveLength(31);
		expect(january.rendered.days[30].name).toBe(`31 ${monthsBack === 1 ? 'December' : 'January'}`);
		mailbox.clear();

		const { email } = await sendReport({ monthsBack: 0 }, BY_HAND);
		const now = inWords(`${year}-${String(month).padStart(2, '0')}`);
		expect(email.subject).toBe(`LLM Generator: 0 credits used in ${now} so far`);
	});
});

test('text of others stays text, in the HTML, in the plain text and in the sheet', async () => {
	const odd = [
		`https://"><script>alert(1)</script>.example/'&amp;`,
		'https://אתר.example/\u202Egpj.exe',
		`https://long.example/${'very-long-'.repeat(50)}`,
	];
	for (const [index, url] of odd.entries()) {
		const { id } = sandbox.sites.createOrUpdate(`https://${index}.example`, DEFAULT_OPTIONS, Date.now());
		Object.assign(sandbox.sites.find(id)!, { url });
		book({ amount: index - 10, siteId: id });
	}
	book({
		amount: -1,
		siteId: '</td><img src=x onerror=alert(1)>',
		description: '<b>two</b>\nlines & <img src="https://example.com/pixel.png">',
	});
	const { email, sheet, rendered } = await sendReport();

	const [script, rightToLeft, long, gone] = rendered.sites.map(({ name }) => name);
	expect(script).toBe(odd[0]);
	expect(rightToLeft).toBe('https://אתר.example/ gpj.exe');
	expect(long).toMatch(/^https:\/\/long\.example\/[a-z-]{90,110}…$/);
	expect(gone).toBe(
		'</td><img src=x onerror=alert(1)> / <b>two</b> lines & <img src="https://example.com/pixel.png">',
	);
	expect(email.text).toContain(`\n10  ${odd[0]}\n`);
	expect(sheet.sites.slice(1, 4).map(([site]) => site)).toEqual(odd);
	await expectToLookGood(browser, email);
});

describe('what cannot be read is said in the email', () => {
	test('the balance', async () => {
		sandbox.faults.add({ path: '/credits/balance', rawBody: '<html>Maintenance</html>' });
		const { rendered, email } = await sendReport();

		expect(rendered.figures['Credits left now']).toBe('–');
		for (const text of [rendered.text, String(email.text)]) {
			expect(text).toMatch(/The balance could not be read\. \S/);
		}
	});

	test('the addresses of the sites', async () => {
		const [key] = sandbox.apiKeys;
		sandbox.keyPermissions.set(
			key,
			PERMISSIONS.filter((permission) => permission !== 'sites:read'),
		);
		book({ siteId: 'site-1', description: 'llms.txt generation for example.com (simple)' });
		const { rendered, email } = await sendReport();

		expect(rendered.sites[0].name).toBe('site-1 / llms.txt generation for example.com (simple)');
		for (const text of [rendered.text, String(email.text)]) {
			expect(text).toMatch(/The addresses of the sites could not be read, so their IDs are shown\. \S/);
		}
	});
});

describe('who gets it', () => {
	test('several recipients, and a sender with a name', async () => {
		const { email } = await sendReport({ sendTo: `${ADA}; Bob <${BOB}>`, sender: 'Reports <r@example.com>' });

		expect(email.envelope).toEqual({ from: 'r@example.com', to: [ADA, BOB] });
		expect(email.from).toEqual({ name: 'Reports', address: 'r@example.com' });
	});

	test.each(['', '   '])('nobody, if the recipient is empty (“%s”): only the file', async (sendTo) => {
		const { status, nodes } = await run({ sendTo });

		expect(status).toBe('success');
		expect(nodes['Make Excel File'].items).toHaveLength(1);
		expect(mailbox.attempts).toBe(0);
	});

	test('nobody, if Send Email is still turned off although there is a recipient: the execution says so', async () => {
		const { status, error, nodes } = await run({ mail: undefined });

		expect(status).toBe('error');
		expect(error?.message).toMatch(/Settings has a recipient, but the step Send Email is turned off/);
		expect(nodes['Make Excel File'].items).toHaveLength(1);
	});
});

describe('if the mail server does not take it', () => {
	test.each([
		['at once', 'sender'],
		['after it was sent completely', 'message'],
	] as const)('at first, %s: n8n tries again, and one email arrives', async (_when, at) => {
		mailbox.refuseNext({ code: 451, at }, { code: 421, at });
		await sendReport();

		expect(mailbox.attempts).toBe(3);
	});

	test('at all: the execution is listed as failed, and a retry sends the email, once', async () => {
		mailbox.refuseNext(...Array<{ code: number; at: 'sender' }>(5).fill({ code: 550, at: 'sender' }));
		const { id, status, error } = await run();
		expect(status).toBe('error');
		expect(error?.message).toMatch(/550/);
		expect({ attempts: mailbox.attempts, arrived: mailbox.emails.length }).toEqual({
			attempts: 5,
			arrived: 0,
		});

		await demo.api.retry(id);
		expect(mailbox.emails).toHaveLength(1);
	});

	test('for one of two recipients: the execution says for whom, and no retry sends it to the other one again', async () => {
		mailbox.unknown.add(BOB);
		const { id, status, error } = await run({ sendTo: `${ADA}, ${BOB}` });
		expect(status).toBe('error');
		expect(error?.message).toMatch(/does not accept mail for bob@example\.com/);
		expect(mailbox.emails.map(({ envelope }) => envelope.to)).toEqual([[ADA]]);

		await demo.api.retry(id);
		expect(mailbox.emails).toHaveLength(1);
	});

	test('because the password is wrong: the execution is listed as failed', async () => {
		const data = { ...mailbox.credential.data, password: 'wrong' };
		const wrong = await demo.api.saveCredential({ ...mailbox.credential, name: 'Wrong password', data });
		const { status, error } = await run({ mail: wrong });

		expect(status).toBe('error');
		expect(error?.message).toMatch(/535/);
		expect(mailbox.emails).toEqual([]);
	});
});

/** Books a transaction in the month of the report, by default a use of 50 credits on its 5th day. */
function book({ day = 5, ...row }: Partial<Transaction> & { day?: number }): void {
	const createdAt = new Date(beginningOf(MONTH, ZONE) + (day - 0.5) * 86_400_000).toISOString();
	sandbox.ledger.book({ createdAt, siteId: 'site-0', ...row });
}

/** Imports the report with these choices, by default for one recipient, and runs it. */
async function run(choices: Partial<Choices> = {}, trigger = BY_SCHEDULE): Promise<Execution> {
	return (await importAndRun(choices, trigger)).execution;
}

async function importAndRun(choices: Partial<Choices>, trigger: string) {
	const id = await importReport(demo.api, { account, mail, sendTo: ADA, timezone: ZONE, ...choices });
	return { id, execution: await demo.api.runWorkflow(id, trigger) };
}

/** Runs the report, and reads the one email that arrived, and the file that is attached to it. */
async function sendReport(choices: Partial<Choices> = {}, trigger = BY_SCHEDULE) {
	const { id, execution } = await importAndRun(choices, trigger);
	const { status, error } = execution;
	expect({ status, error }).toEqual({ status: 'success', error: undefined });
	expect(mailbox.emails).toHaveLength(1);
	const [email] = mailbox.emails;
	const sheet = await readSheet(Buffer.from(email.attachments[0].content as ArrayBuffer));
	const rendered = await renderEmail(browser, String(email.html));
	await rendered.page.close();
	return { id, executionId: execution.id, email, sheet, rendered };
}

function usedIn(ledger: Ledger): number {
	return sumOf(ledger, ({ type }) => type === 'usage') * -1;
}

function addedIn(ledger: Ledger): number {
	return sumOf(ledger, ({ type }) => type !== 'usage');
}

/** The amounts of the month, whose rows are all whole numbers. */
function sumOf(ledger: Ledger, counts: (row: Transaction) => boolean): number {
	const rows = ledger.all('oldestFirst').filter(({ createdAt }) => local(createdAt, ZONE).startsWith(MONTH));
	return rows.filter(counts).reduce((sum, { amount }) => sum + amount, 0);
}
