import { bought } from '../generations';
import { Agency, type ClientRow } from './agency/agency';
import { testCredits } from './agency/credits';
import { testInterruptions } from './agency/interruptions';
import { testPublishing } from './agency/publishing';
import { testRows } from './agency/rows';
import { takeWorkflowPictures } from './browser/workflowPictures';

let agency: Agency;

beforeAll(async () => {
	agency = await Agency.open();
});
afterAll(async () => {
	// Undefined if it did not start.
	await (agency as Agency | undefined)?.close();
});
beforeEach(() => agency.reset());
afterEach(() => {
	expect(agency.proxy.unexpected).toEqual([]);
});

test('60 clients, three of them broken: 57 are done, three rows say why, and a second run buys and publishes nothing', async () => {
	agency.sandbox.generation.durationMs = 2000;
	const clients = await sixtyClients();
	agency.list(clients);
	breakThree();
	const workflowId = await agency.import();
	await agency.run(workflowId);

	const broken = ['https://github-07.example', 'https://sftp-03.example', 'https://github-11.example'];
	const isBroken = ({ Website }: ClientRow) => broken.includes(Website as string);
	const done = agency.rows.filter((row) => !isBroken(row));
	expect(done).toHaveLength(57);
	for (const row of done) await expectIsDone(row);
	expect(agency.rows.filter(isBroken).map(({ Status, Message }) => [Status, Message])).toEqual([
		['Not generated', expect.stringMatching(/No sitemap/)],
		['Not published', expect.stringMatching(/not accessible|forbidden/i)],
		['Not generated', expect.stringMatching(/blocked/)],
	]);
	expect(agency.slack.messages).toHaveLength(1);
	const [{ lines, buttons }] = agency.slack.messages;
	expect(lines[0]).toBe('3 of 60 clients are not done.');
	for (const website of broken)
		expect(lines.some((line) => line.startsWith(`• ${website}: Not `))).toBe(true);
	expect(buttons).toEqual([]);
	// The credits suffice.
	expect(agency.sandbox.sessions.size).toBe(0);
	expect(bought(agency.sandbox)).toHaveLength(59);

	agency.github.calls.length = 0;
	await agency.run(workflowId);
	const isWrite = (call: string) => !call.startsWith('GET ');
	expect(agency.github.calls.filter(isWrite)).toEqual([expect.stringMatching(/github-11/)]);
	for (const { Website, Hash, 'Last Cost': cost } of done) {
		const row = agency.row(Website as string);
		expect(row).toMatchObject({ Hash, 'Last Cost': cost, Credits: 0 });
		expect(['Unchanged', 'Generated']).toContain(row.Status);
		expect(row.Message).toMatch(/Nothing was paid: the file was new enough\./);
	}
	// Only the file that could not be generated is tried again.
	expect(bought(agency.sandbox).slice(59)).toEqual(['https://github-07.example']);
}, 600_000);

testRows(() => agency);
testCredits(() => agency);
testPublishing(() => agency);
testInterruptions(() => agency);

describe('a list with clients of every kind', () => {
	let workflowId: string;
	let executionId: string;

	test('each gets what its row says', async () => {
		agency.list([
			agency.onGitHub('harbour-coffee'),
			await agency.onWebServer('lake-hotel'),
			{ Website: 'https://docs.example', 'Max URLs': 12 },
			{ Website: 'https://agency-app.example', 'Max URLs': 'many' },
		]);
		workflowId = await agency.import();
		({ id: executionId } = await agency.run(workflowId));
		expect(agency.rows.map(({ Status }) => Status)).toEqual([
			'Published',
			'Published',
			'Generated',
			'Not generated',
		]);
	});

	test('the pictures of the workflow', async () => {
		const template = 'all-clients-google-sheets';
		await takeWorkflowPictures(agency.demo, { template, workflowId, executionId, height: 1160 });
	});
});

async function sixtyClients(): Promise<ClientRow[]> {
	const number = (count: number) => String(count).padStart(2, '0');
	const clients: ClientRow[] = [];
	for (let count = 1; count <= 30; count += 1) {
		clients.push({ ...agency.onGitHub(`github-${number(count)}`), 'Max URLs': 15 });
	}
	for (let count = 1; count <= 20; count += 1) {
		clients.push({ ...(await agency.onWebServer(`sftp-${number(count)}`)), Method: 'simple' });
	}
	for (let count = 1; count <= 10; count += 1) {
		clients.push({ Website: `https://only-${number(count)}.example`, Method: 'enhanced', 'Max URLs': '10' });
	}
	return clients;
}

/** One generation fails, one address is refused, and one repository may not be written. */
function breakThree(): void {
	agency.sandbox.faults.add(
		{
			path: '/generate',
			method: 'POST',
			url: 'github-07',
			job: { fails: 'No sitemap and no links were found' },
		},
		{
			path: '/generate',
			method: 'POST',
			url: 'sftp-03',
			status: 400,
			body: { message: 'This address is blocked' },
		},
	);
	agency.repository('github-11').mayWrite = false;
}

/** Whether the newest file is where the row says. */
async function expectIsDone(row: ClientRow): Promise<void> {
	const website = row.Website as string;
	const name = website.replace(/^https:\/\/|\.example$/g, '');
	const newest = await agency.newest(website);
	if (name.startsWith('github')) expect(agency.inRepository(name)).toBe(newest);
	if (name.startsWith('sftp')) expect(await agency.onServer(`${name}/llms.txt`)).toBe(newest);
	expect(row).toMatchObject({
		Status: name.startsWith('only') ? 'Generated' : 'Published',
		Hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
		'Last Run': expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d$/) as string,
		Message: null,
	});
	expect(row.Credits).toBeGreaterThan(0);
	expect(row['Last Cost']).toBe(row.Credits);
}
