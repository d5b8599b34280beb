import type { Execution } from '../../demo/n8nApi';
import { until } from '../until';
import { Approvals, type Question } from './approval/approvals';
import { takeWorkflowPictures } from './browser/workflowPictures';

const SITE = 'https://harbour-coffee.example';
/** Several rounds of the workflow's Wait of 70 seconds, and starts of n8n. */
const ROUNDS_LIMIT_MS = 500_000;

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

describe('after the approval', () => {
	beforeEach(() => {
		approvals.reset();
		approvals.answersAtOnce();
	});

	test.each<[string, () => void, number, RegExp]>([
		[
			'the credits are gone: nothing is started',
			() => void approvals.sandbox.ledger.book({ type: 'usage', amount: -495 }),
			0,
			/was approved, but there is no file\. .*Nothing was started/,
		],
		[
			'it costs more than was approved',
			() => approvals.sandbox.faults.add({ method: 'POST', path: '/generate', set: { creditsUsed: 61 } }),
			1,
			/It cost 61 credits\. Approved were up to 20\. This is more than was approved/,
		],
		[
			'somebody else has generated the file meanwhile: it is used at no cost',
			() => void approvals.generatedBySomebodyElse(SITE),
			0,
			/is ready: .*\nSomebody else has generated it since the question was asked\. It cost nothing\.$/,
		],
		[
			'somebody else is generating it: it is not generated twice',
			() =>
				void approvals.sandbox.jobs.start({ url: SITE, options: { maxUrls: 20 } }, { durationMs: 600_000 }),
			0,
			/^Somebody else is generating .* nothing was spent for it here/,
		],
		[
			'the credit history cannot be read: the message says the cost that Generate returned',
			() => approvals.sandbox.faults.add({ path: '/credits/history', status: 401 }),
			1,
			/is ready: .*\nIt cost 20 credits/,
		],
	])('%s', async (_what, meanwhile, generations, result) => {
		const asked = await approvals.ask({ website: SITE, maxUrls: 20 });
		meanwhile();
		await approvals.open(asked.approve);
		await approvals.ended(asked);
		expect(approvals.posted).toEqual([expect.stringMatching(result)]);
		expect(approvals.generations).toHaveLength(generations);
	});

	test('the plan has no enhanced files: nothing is started', async () => {
		approvals.sandbox.generation.plan = 'free';
		const asked = await approvals.ask({ website: SITE, generationMethod: 'enhanced' });
		await approvals.open(asked.approve);
		await approvals.ended(asked);
		expect(approvals.posted).toEqual([expect.stringMatching(/there is no file\. .*Nothing was started/)]);
		expect(approvals.generations).toEqual([]);
	});
});

describe('a generation that takes its time', () => {
	const [quick, shaky, endless, failing] = ['quick', 'shaky', 'endless', 'failing'].map(
		(name) => `https://${name}.example`,
	);
	const questions = new Map<string, Question>();
	const executions = new Map<string, Execution>();

	beforeAll(async () => {
		approvals.reset();
		const { faults, ledger, sites } = approvals.sandbox;
		// What somebody paid half an hour ago, for another file of the website.
		const before = Date.now() - 30 * 60_000;
		const smaller = { maxUrls: 5, generationMethod: 'simple', showFullText: false } as const;
		const { id: siteId } = sites.createOrUpdate(quick, smaller, before);
		ledger.book({ type: 'usage', amount: -5, siteId, createdAt: new Date(before).toISOString() });
		faults.add({ method: 'GET', path: '/generate/', url: shaky, status: 503, times: 4 });
		faults.add({ method: 'POST', url: endless, job: { durationMs: 3_600_000 } });
		faults.add({ method: 'POST', url: failing, job: { fails: 'The website sent <html> & closed' } });
		for (const website of [quick, shaky, endless, failing]) {
			const asked = await approvals.ask({ website, maxUrls: 20, giveUpAfterHours: 0.02 });
			questions.set(website, asked);
			await approvals.open(asked.approve);
			await approvals.untilWaiting(asked.executionId);
		}
	}, ROUNDS_LIMIT_MS);

	test('needs no worker: n8n has put the executions aside while LLM Generator works', async () => {
		expect(await approvals.runningExecutions()).toEqual([]);
		expect(approvals.generations.map(({ url }) => url)).toEqual([quick, shaky, endless, failing]);
	});

	test(
		'ends with one message for each: the cost, the reason, or how to go on; none is paid twice',
		async () => {
			for (const [website, asked] of questions)
				executions.set(website, await approvals.ended(asked, ROUNDS_LIMIT_MS));
			expect([...executions.values()].map(({ status }) => status)).toEqual(Array(4).fill('success'));

			const jobOf = (url: string) => approvals.sandbox.jobs.list({ url })[0];
			const messageOf = (url: string) => approvals.posted.filter((text) => text.includes(url)).join('\n\n');
			const { baseUrl } = approvals.sandbox;
			const ready = (url: string) =>
				`The llms.txt file of ${url} is ready: ${baseUrl}/file/${jobOf(url).site.id}\nIt cost ${jobOf(url).charged} credits. Approved were up to 20.`;
			expect(messageOf(quick)).toBe(ready(quick));
			expect(messageOf(shaky)).toBe(ready(shaky));
			expect(messageOf(endless)).toBe(
				`The llms.txt file of ${endless} is not ready after 0.02 hours, so this workflow stops looking. LLM Generator may still finish it (job ${jobOf(endless).id}), and you do not pay again for that. Run the workflow again later: it shows the file if it is ready by then.`,
			);
			expect(messageOf(failing)).toBe(
				`LLM Generator could not generate the llms.txt file of ${failing}: “The website sent <html> & closed”. It cost nothing. It is not tried again by itself: look at the reason, then ask again.`,
			);
			expect(approvals.generations).toHaveLength(4);
		},
		ROUNDS_LIMIT_MS,
	);

	test('pictures', async () => {
		const { workflowId, executionId } = questions.get(shaky)!;
		await takeWorkflowPictures(approvals.demo, {
			template: 'approve-before-spending',
			workflowId,
			executionId,
		});
	});
});

test(
	'n8n is killed while it waits for the answer, and again while it waits for the file: it goes on, and the file is paid once',
	async () => {
		approvals.reset();
		const workflowId = await approvals.import({ maxUrls: 20 });
		await approvals.demo.api.activate(workflowId);
		await approvals.submitForm(SITE, '');
		const [executionId] = await approvals.demo.api.executionIdsOf(workflowId);
		const asked = await approvals.question(executionId);

		await approvals.killN8n();
		expect((await approvals.open(asked.approve)).data).toMatch(/Got it, thanks/);
		await until(() => approvals.generations.length > 0, 'Nothing was generated');
		await approvals.untilWaiting(executionId);
		await approvals.killN8n();

		expect((await approvals.ended({ executionId }, ROUNDS_LIMIT_MS)).status).toBe('success');
		expect(approvals.posted).toEqual([expect.stringMatching(/is ready: .*\nIt cost 20 credits/)]);
		expect(approvals.generations).toHaveLength(1);
		expect(approvals.slack.messages).toHaveLength(2);
	},
	ROUNDS_LIMIT_MS,
);
