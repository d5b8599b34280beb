import { until } from '../until';
import { Approvals, type Question } from './approval/approvals';

const SITE = 'https://harbour-coffee.example';
const ROBOTS = [
	'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
	'Slackbot 1.0 (+https://api.slack.com/robots)',
	'Slack-ImgProxy (+https://api.slack.com/robots)',
	'facebookexternalhit/1.1',
];
let approvals: Approvals;

beforeAll(async () => {
	approvals = await Approvals.start();
});
afterAll(async () => {
	// Undefined if it did not start.
	await (approvals as Approvals | undefined)?.clear();
});
afterEach(() => {
	expect(approvals.proxy.unexpected).toEqual([]);
});

describe('the question in Slack', () => {
	beforeEach(() => approvals.reset());

	test('says what the file costs at most, and what is left afterwards; each button says what it does', async () => {
		const asked = await approvals.ask({ website: SITE, maxUrls: 20 });
		expect(asked.channel).toBe('#credits');
		expect(asked.lines).toEqual([
			'May the llms.txt file of this website be generated?',
			SITE,
			'It costs at most 20 credits: up to 20 pages, about 1 credit a page (simple).',
			'It costs less if the website has fewer pages. No earlier file is known.',
			'500 credits are left now, so at least 480 afterwards.',
			expect.stringMatching(/^If nobody answers before \d+ \w+ \d{4}, \d\d:\d\d \(.+\), nothing is spent\.$/),
		]);
		expect(asked.buttons.map(({ label }) => label)).toEqual([
			'Decline: spend nothing',
			'Approve: spend up to 20 credits',
		]);
		expect(approvals.sandbox.requests.entries.filter(({ method }) => method !== 'GET')).toEqual([]);
	});

	test('is also asked every month; enhanced costs twice as much', async () => {
		const enhanced = { website: SITE, maxUrls: 20, generationMethod: 'enhanced' };
		const { lines } = await approvals.ask(enhanced, 'Every Month');
		expect(lines[2]).toBe('It costs at most 40 credits: up to 20 pages, about 2 credits a page (enhanced).');
	});

	test('says what the file cost last time, if there is one', async () => {
		const { id: siteId } = approvals.generatedBySomebodyElse(SITE);
		const { ledger } = approvals.sandbox;
		ledger.book({ type: 'refund', amount: 7, siteId });
		ledger.book({ type: 'usage', amount: -3, siteId: null });
		const old = { website: SITE, reuseWithinDays: 0 };
		const [, , , last] = (await approvals.ask({ ...old, maxUrls: 20 })).lines;
		expect(last).toMatch(/^Last time, on \d+ \w+ \d{4}, it cost 20 credits, so expect about 20\.$/);

		const [, , , others] = (await approvals.ask({ website: SITE, maxUrls: 30 })).lines;
		expect(others).toMatch(/^Last time, on \d+ \w+ \d{4}, it cost 20 credits, with other settings\.$/);

		ledger.book({ type: 'usage', amount: -60, siteId });
		const [, , atMost] = (await approvals.ask({ ...old, maxUrls: 20 })).lines;
		expect(atMost).toMatch(/^It costs at most 60 credits/);
	});

	test('is also asked if the credit history cannot be read', async () => {
		approvals.sandbox.faults.add({ path: '/credits/history', status: 401 });
		const { lines } = await approvals.ask({ website: SITE });
		expect(lines[3]).toBe('It costs less if the website has fewer pages. No earlier file is known.');
	});

	test('a colleague asks with the form; what is typed there cannot change the message', async () => {
		const workflowId = await approvals.import({ maxUrls: 20 });
		await approvals.demo.api.activate(workflowId);
		const reason = '<https://evil.example|Approve> <!channel> R&D';
		const page = await approvals.submitForm(` ${SITE.slice('https://'.length)}?a=1&b=2 `, reason);
		await approvals.demo.api.deactivate(workflowId);

		expect(page).toMatch(/The answer will be in Slack/);
		const [executionId] = await approvals.demo.api.executionIdsOf(workflowId);
		const { lines } = await approvals.question(executionId);
		expect(lines.slice(1, 3)).toEqual([`${SITE}?a=1&b=2`, `Reason: “${reason}”`]);
	});
});

describe('the answer', () => {
	beforeEach(() => {
		approvals.reset();
		approvals.answersAtOnce();
	});

	test('Approve: one file is generated, and Slack shows the link and the cost; later clicks do nothing', async () => {
		const asked = await approvals.ask({ website: SITE, maxUrls: 20 });
		for (const robot of ROBOTS) await approvals.open(asked.approve, robot);
		await approvals.untilWaiting(asked.executionId);
		expect(approvals.generations).toEqual([]);

		const page = await approvals.open(asked.approve);
		expect(page.data).toMatch(/Got it, thanks/);
		expect((await approvals.ended(asked)).status).toBe('success');
		const [{ site, charged, options }] = approvals.generations;
		expect({ charged, ...options }).toMatchObject({ charged: 20, maxUrls: 20, generationMethod: 'simple' });
		expect(approvals.posted).toEqual([
			`The llms.txt file of ${SITE} is ready: ${approvals.sandbox.baseUrl}/file/${site.id}\nIt cost 20 credits. Approved were up to 20.`,
		]);

		for (const link of [asked.approve, asked.decline]) {
			expect((await approvals.open(link)).data).toMatch(/no action required/i);
		}
		await expectNothingMore(asked, 1);
	});

	test('Decline: nothing is spent, also if somebody clicks Approve afterwards', async () => {
		const asked = await approvals.ask({ website: SITE });
		await approvals.open(asked.decline);
		expect((await approvals.ended(asked)).status).toBe('success');
		expect(approvals.posted).toEqual([
			`Declined: the llms.txt file of ${SITE} is not generated, and nothing was spent.`,
		]);
		await approvals.open(asked.approve);
		await expectNothingMore(asked, 0);
	});

	test('no answer in time: nothing is spent, also if somebody clicks Approve afterwards', async () => {
		const asked = await approvals.ask({ website: SITE, waitForApprovalHours: 10 / 3600 });
		expect((await approvals.ended(asked)).status).toBe('success');
		expect(approvals.posted).toEqual([
			`Nobody answered in time, so the llms.txt file of ${SITE} is not generated, and nothing was spent. To ask again, run the workflow again.`,
		]);
		await approvals.open(asked.approve);
		await expectNothingMore(asked, 0);
	});

	test('several clicks at the same moment: the first one counts', async () => {
		const asked = await approvals.ask({ website: SITE, maxUrls: 20 });
		const { approve } = asked;
		await Promise.all([approve, approve, approve].map(async (link) => approvals.open(link)));
		await approvals.ended(asked);
		await expectNothingMore(asked, 1);

		const again = await approvals.ask({ website: 'https://lake-hotel.example', maxUrls: 20 });
		await Promise.all([again.decline, again.approve].map(async (link) => approvals.open(link)));
		await approvals.ended(again);
		const isGenerated = approvals.generations.length === 2;
		expect(approvals.posted.slice(1)).toEqual([
			expect.stringMatching(isGenerated ? /is ready/ : /^Declined/),
		]);
	});

	test('a Decline link that somebody changes into an Approve link is rejected', async () => {
		const { decline, executionId } = await approvals.ask({ website: SITE });
		const { status } = await approvals.open(decline.replace('approved=false', 'approved=true'));
		expect(status).toBe(401);
		await approvals.untilWaiting(executionId);
		expect(approvals.generations).toEqual([]);
	});
});

describe('nobody is asked, and Slack shows why', () => {
	beforeEach(() => approvals.reset(30));

	test.each<[string, object, () => void, RegExp]>([
		[
			'there are not enough credits',
			{ maxUrls: 50 },
			() => undefined,
			/may cost up to 50 credits, and only 30 are left\. .* or set maxUrls in Settings to 30 or less/,
		],
		[
			'the file is younger than a week',
			{ maxUrls: 20 },
			() => void approvals.generatedBySomebodyElse(SITE),
			/^There is already a file for .*, of \d+ \w+ \d{4}: http.*\nIt is younger than 7 days/,
		],
		[
			'the file is being generated',
			{},
			() => void approvals.sandbox.jobs.start({ url: SITE }),
			/is being generated right now/,
		],
		[
			'the website is not an address',
			{ website: 'our <shop>' },
			() => undefined,
			/^“https:\/\/our <shop>” is not the address of a website/,
		],
	])('%s', async (_what, settings, before, answer) => {
		before();
		const started = await approvals.start({ website: SITE, ...settings });
		expect((await approvals.ended(started)).status).toBe('success');
		expect(approvals.posted).toEqual([expect.stringMatching(answer)]);
		expect(approvals.slack.messages).toHaveLength(1);
		expect(approvals.generations).toEqual([]);
	});

	test.each<[string, object]>([
		['Max URLs is not set', { maxUrls: '' }],
		['the method does not exist', { generationMethod: 'fast' }],
	])('%s: the execution is listed as failed', async (_what, settings) => {
		const { status, error } = await approvals.ended(await approvals.start({ website: SITE, ...settings }));
		expect({ status, message: error?.message }).toEqual({
			status: 'error',
			message: expect.stringMatching(/Open Settings and set .* nothing was spent/) as string,
		});
		expect(approvals.slack.messages).toEqual([]);
	});

	test('the balance cannot be read: the execution is listed as failed', async () => {
		approvals.sandbox.faults.add({ path: '/credits/balance', status: 401 });
		expect((await approvals.ended(await approvals.start({ website: SITE }))).status).toBe('error');
		expect(approvals.slack.messages).toEqual([]);
	});
});

describe('if Slack rejects a message', () => {
	beforeEach(() => {
		approvals.reset();
		approvals.answersAtOnce();
	});

	test('for a moment: the question and the answer are posted a little later, once', async () => {
		for (const answer of ['approve', 'decline'] as const) {
			approvals.slack.rejectNext(503, 429);
			const asked = await approvals.ask({ website: `https://${answer}.example` });
			approvals.slack.rejectNext(503);
			await approvals.open(asked[answer]);
			await approvals.ended(asked);
		}
		expect(approvals.posted).toEqual([
			expect.stringMatching(/approve\.example is ready/),
			expect.stringMatching(/^Declined: .*decline\.example/),
		]);
		expect(approvals.slack.messages).toHaveLength(4);
	});

	test('the question: the execution is listed as failed, and nothing is spent', async () => {
		approvals.slack.channels = [];
		const { status, error } = await approvals.ended(await approvals.start({ website: SITE }));
		expect(status).toBe('error');
		expect(error?.message).toMatch(/channel_not_found/);
		expect(approvals.generations).toEqual([]);
	});

	test('the result: the execution is listed as failed; its retry posts the message and generates nothing', async () => {
		const asked = await approvals.ask({ website: SITE, maxUrls: 20 });
		approvals.slack.channels = [];
		await approvals.open(asked.approve);
		expect((await approvals.ended(asked)).status).toBe('error');
		expect(approvals.posted).toEqual([]);

		approvals.slack.channels = ['credits'];
		await approvals.demo.api.retry(asked.executionId);
		await until(() => approvals.posted.length > 0, 'The retry did not post the result');
		expect(approvals.posted).toEqual([expect.stringMatching(/is ready: .*\nIt cost 20 credits/)]);
		expect(approvals.generations).toHaveLength(1);
	});
});

/** After everything has ended: there are this many generations, and one message beside the question. */
async function expectNothingMore({ workflowId }: Question, generations: number): Promise<void> {
	const executions = await approvals.demo.api.executionsOf(workflowId);
	expect(executions).toHaveLength(1);
	expect(approvals.generations).toHaveLength(generations);
	expect(approvals.posted).toHaveLength(1);
}
