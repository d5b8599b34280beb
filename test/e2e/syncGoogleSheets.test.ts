import type { INodeParameters } from 'n8n-workflow';
import type { Execution, SavedCredential } from '../../demo/n8nApi';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { sandboxAccount } from '../steps';
import { takeWorkflowPictures } from './browser/workflowPictures';
import { startDemo, type RunningDemo } from './demoProcess';
import { executionsAfterPoll } from './pollOnce';
import { mockGoogleSheets, type GoogleSheetsMock, type Rejection } from './mocks/googleSheets';
import type { Cell } from './mocks/grid';
import { startHttpsProxy, type HttpsProxy } from './mocks/httpsProxy';
import { importTemplate } from './template';

const SHEETS = 'n8n-nodes-base.googleSheets';
const TRIGGER = 'New Credit Transaction';
const BACKFILL = 'Fill the Sheet';
const NIGHT = 'Every Night';
const HEADER = ['id', 'type', 'amount', 'description', 'siteId', 'createdAt'];

/** Texts that a spreadsheet could change into something else. */
const ODD_DESCRIPTIONS = [
	'=HYPERLINK("https://example.com/?"&A1;"Click")',
	'=1+1',
	'+49 30 1234567',
	'-50',
	'@SUM(A1:A9)',
	"'quoted'",
	'"He said ""llms.txt"""',
	'007',
	'1e5',
	'TRUE',
	'2026-01-02',
	'Umlaute: Übergrößenträger – 漢字 🙂',
	'two\nlines\tand a tab',
	'  spaces around  ',
	'',
];

let proxy: HttpsProxy;
let google: GoogleSheetsMock;
let sandbox: Sandbox;
let demo: RunningDemo;
let googleCredential: SavedCredential;
let credential: SavedCredential;
/** The template, imported again for each test. */
let workflowId: string;

beforeAll(async () => {
	proxy = await startHttpsProxy();
	google = await mockGoogleSheets(proxy, 'Käufe & Nutzung 2026');
	sandbox = await startSandbox();
	demo = await startDemo({ env: proxy.env });
	googleCredential = await demo.api.saveCredential(google.credential);
	credential = await demo.api.saveCredential(sandboxAccount('Account of the sheet', sandbox));
});
afterAll(async () => {
	// Undefined if it did not start.
	await (demo as RunningDemo | undefined)?.clear();
	await sandbox.close();
	await proxy.close();
});

beforeEach(async () => {
	sandbox.reset({ rows: 235 });
	for (const description of ODD_DESCRIPTIONS) sandbox.ledger.book({ description, siteId: null });
	google.reset();
	workflowId = await importSync();
	google.calls.length = 0;
});
afterEach(() => {
	expect(proxy.unexpected).toEqual([]);
});

describe('Fill the Sheet', () => {
	test('writes the whole history into a new, empty sheet; a second run changes nothing', async () => {
		await run(BACKFILL);
		expect(google.cells).toEqual(history());
		expect(google.cells).toHaveLength(251);
		// For any number of rows: after the header row, the sheet is read once and written once.
		expect(google.calls).toEqual(['spreadsheets.get', 'values.get', 'values.update', 'values.append']);

		await run(BACKFILL);
		expect(google.cells).toEqual(history());
	});

	test('finds columns by their names and does not change other columns', async () => {
		const header = ['createdAt', 'Checked by', 'id', 'amount', 'description', 'type', 'siteId'];
		google.reset([header]);
		await run(BACKFILL);
		google.cells[1][1] = 'Ada';
		google.cells[250][1] = '=TODAY()';
		sandbox.ledger.book();
		await run(BACKFILL);

		expect(byName(google.cells)).toEqual(history());
		const own = google.cells.map((row) => row[1] ?? null);
		expect(own).toEqual(['Checked by', 'Ada', ...Array<null>(248).fill(null), '=TODAY()', null]);
	});

	test('writes more rows than a new sheet has, and the trigger adds its rows below them', async () => {
		sandbox.reset({ rows: 2500 });
		await poll(0);
		await run(BACKFILL);
		expect(google.cells).toEqual(history());

		for (let count = 0; count < 3; count += 1) sandbox.ledger.book();
		await poll(1);
		expect(google.cells).toEqual(history());
		await run(BACKFILL);
		expect(google.cells).toEqual(history());
	});
});

describe('New Credit Transaction', () => {
	test('adds new rows at the end, once, also if Fill the Sheet writes the same rows', async () => {
		await poll(0);
		await run(BACKFILL);
		for (const description of ODD_DESCRIPTIONS) sandbox.ledger.book({ description, siteId: null });
		await poll(1);
		expect(google.cells).toEqual(history());

		sandbox.ledger.book({ type: 'purchase' });
		sandbox.ledger.book({ type: 'refund' });
		await run(BACKFILL);
		await poll(2);
		await run(BACKFILL);
		expect(google.cells).toEqual(history());
	});

	test('writes a header row into an empty sheet', async () => {
		await poll(0);
		sandbox.ledger.book();
		await poll(1);
		expect(byName(google.cells)).toEqual([HEADER, history().at(-1)]);
	});

	test('does not overwrite a row that somebody else adds at the same moment', async () => {
		google.reset([HEADER]);
		await poll(0);
		const { id } = sandbox.ledger.book();
		google.meanwhile(() => google.cells.push(['typed by hand']));
		await poll(1);
		expect(google.cells.map(([first]) => first)).toEqual(['id', 'typed by hand', id]);
	});
});

describe('if Google rejects a request, no row is lost and no row is written twice', () => {
	test.each<[string, Rejection]>([
		['too many requests', { status: 429 }],
		['not available', { status: 503 }],
		['not available, although it had written the rows', { status: 503, written: true }],
	])('%s: n8n tries again', async (_what, rejection) => {
		google.reset([HEADER]);
		google.rejectNext(rejection, rejection);
		await run(BACKFILL);
		expect(google.cells).toEqual(history());
	});

	test('for longer: the execution is listed as failed, and the nightly run adds the rows', async () => {
		const hours = (count: number) => new Date(Date.now() - count * 3_600_000).toISOString();
		await poll(0);
		await run(BACKFILL);
		for (const ago of [47, 23, 2]) sandbox.ledger.book({ createdAt: hours(ago) });
		google.rejectNext(...Array<Rejection>(5).fill({ status: 503 }));
		const [failed] = await poll(1);
		expect(failed.status).toBe('error');
		expect(google.cells).toHaveLength(251);

		await run(NIGHT);
		expect(google.cells).toEqual(history());
		await run(NIGHT);
		expect(google.cells).toEqual(history());
	});

	test('the login has expired: n8n renews it', async () => {
		google.expireLogin();
		await run(BACKFILL);
		expect(google.cells).toEqual(history());
		expect(google.calls.filter((call) => call === 'token')).toHaveLength(1);
	});
});

test('the nightly run leaves the last hour to the trigger, so that both never write the same row at the same time', async () => {
	google.reset([HEADER]);
	sandbox.ledger.book({ createdAt: new Date(Date.now() - 59 * 60_000).toISOString() });
	const { id } = sandbox.ledger.book({ createdAt: new Date(Date.now() - 61 * 60_000).toISOString() });
	await run(NIGHT);
	expect(google.cells.at(-1)?.[0]).toBe(id);
});

test('pictures of the workflow', async () => {
	const { id: executionId } = await demo.api.runWorkflow(workflowId, BACKFILL);
	await takeWorkflowPictures(demo, { template: 'sync-google-sheets', workflowId, executionId });
});

/** The ledger as the sheet must show it. */
function history(): Cell[][] {
	const rows = sandbox.ledger.all('oldestFirst').map((row): Cell[] => {
		const { id, type, amount, description, siteId, createdAt } = row;
		return [id, type, amount, description === '' ? null : description, siteId, createdAt];
	});
	return [HEADER, ...rows];
}

/** The six columns of the transactions, wherever they are in the sheet. */
function byName([header, ...rows]: Cell[][]): Cell[][] {
	return [header, ...rows].map((row) => HEADER.map((name) => row[header.indexOf(name)] ?? null));
}

/** Imports the template and fills in its empty fields, chosen from the lists that n8n shows. */
async function importSync(): Promise<string> {
	const pick = async (parameter: string, method: string, parameters: INodeParameters = {}) => {
		const { results } = await demo.api.listSearch({
			node: { type: SHEETS, version: 4.7 },
			credential: googleCredential,
			parameter,
			method,
			parameters: { authentication: 'oAuth2', resource: 'sheet', operation: 'read', ...parameters },
		});
		expect(results).toHaveLength(1);
		return { __rl: true, mode: 'list', value: results[0].value };
	};
	const documentId = await pick('documentId', 'spreadSheetsSearch');
	const sheetName = await pick('sheetName', 'sheetsSearch', { documentId });
	return importTemplate(demo.api, 'sync-google-sheets', {
		credentials: { 'n8n-nodes-llmgenerator': credential, [SHEETS]: googleCredential },
		fields: { 'Your Spreadsheet': { documentId, sheetName } },
	});
}

async function run(trigger: string): Promise<void> {
	const { status, error } = await demo.api.runWorkflow(workflowId, trigger);
	expect({ status, error }).toEqual({ status: 'success', error: undefined });
}

/** Makes the trigger poll once, and returns its executions so far: exactly this many. */
async function poll(executions: number): Promise<Execution[]> {
	const path = '/credits/history/api';
	return executionsAfterPoll({ api: demo.api, sandbox, workflowId, trigger: TRIGGER, path }, executions);
}
