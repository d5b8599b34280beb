import { setTimeout as sleep } from 'node:timers/promises';
import { bought } from '../../generations';
import { until } from '../../until';
import { startBySchedule } from '../bySchedule';
import type { Rejection } from '../mocks/googleSheets';
import type { Agency } from './agency';

/** Services that do not respond, and runs that do not reach their end: nothing is paid or published twice. */
export const testInterruptions = (agencyOf: () => Agency) =>
	describe('interruptions', () => {
		let agency: Agency;
		let workflowId: string;
		const statuses = () => agency.rows.map(({ Status }) => Status);
		beforeEach(async () => {
			agency = agencyOf();
			agency.list([
				agency.onGitHub('one'),
				{ Website: 'https://two.example' },
				{ Website: 'https://three.example' },
			]);
			workflowId = await agency.import();
		});
		const isPaidAndPublishedOnce = () => {
			expect(bought(agency.sandbox)).toHaveLength(3);
			expect(agency.repository('one').commits('main')).toHaveLength(2);
		};

		test('a run that is stopped while files are generated, and run again', async () => {
			agency.sandbox.generation.durationMs = 4000;
			const running = agency.demo.api.runWorkflow(workflowId, 'Try It Now');
			await agency.untilBought(3);
			const [id] = await agency.demo.api.executionIdsOf(workflowId);
			await agency.demo.api.stop(id);
			expect((await running).status).toBe('canceled');

			await agency.run(workflowId);
			expect(statuses()).toEqual(['Published', 'Generated', 'Generated']);
			isPaidAndPublishedOnce();
		});

		test.each<[string, Rejection]>([
			['too many requests', { status: 429 }],
			['not available, although it had written the rows', { status: 503, written: true }],
		])(
			'Google rejects the results at first (%s): they are written a little later',
			async (_what, rejection) => {
				agency.google.rejectNext(rejection, rejection);
				await agency.run(workflowId);
				expect(statuses()).toEqual(['Published', 'Generated', 'Generated']);
				isPaidAndPublishedOnce();
			},
		);

		test('Google rejects the reading at first', async () => {
			agency.google.rejectNextRead({ status: 429 }, { status: 503 });
			await agency.run(workflowId);
			expect(statuses()).toEqual(['Published', 'Generated', 'Generated']);
		});

		test('Slack does not respond at first: the message is posted a little later, once', async () => {
			agency.slack.rejectNext(503, 429);
			agency.list([{ Website: 'https://two.example', Method: 'fast' }]);
			await agency.run(workflowId);
			expect(agency.slack.messages).toHaveLength(1);
		});

		test('Google rejects the results for good: the run is listed as failed, and both a retry and the next run write them', async () => {
			for (const repeat of [
				async (id: string) => agency.demo.api.retry(id),
				async () => void (await agency.run(workflowId)),
			]) {
				agency.google.rejectNext(...Array<Rejection>(5).fill({ status: 503 }));
				const { id, status, error } = await agency.demo.api.runWorkflow(workflowId, 'Try It Now');
				expect({ status, message: error?.message }).toEqual({
					status: 'error',
					message: expect.stringMatching(/Service unavailable|try again/i) as string,
				});
				for (const cells of agency.google.cells.slice(1)) cells.length = 4;
				await repeat(id);
				expect(statuses()).not.toContain(null);
				isPaidAndPublishedOnce();
			}
		});

		test('Slack does not respond: the rows are written, the run is listed as failed, and its retry only posts the message', async () => {
			agency.list([{ Website: 'https://two.example', Method: 'fast' }, agency.onGitHub('one')]);
			agency.slack.rejectNext(...Array<number>(5).fill(503));
			const { id, status } = await agency.demo.api.runWorkflow(workflowId, 'Try It Now');
			expect(status).toBe('error');
			expect(statuses()).toEqual(['Not generated', 'Published']);

			const calls = agency.google.calls.length;
			await agency.demo.api.retry(id);
			expect(agency.slack.messages).toHaveLength(1);
			expect(agency.google.calls).toHaveLength(calls);
			expect(bought(agency.sandbox)).toHaveLength(1);
		});

		test('text from outside cannot break the message, and a long list is cut', async () => {
			const odd = 'No <!channel> & *bold* `code` <https://evil.example|link> '.repeat(12);
			agency.sandbox.faults.add({ path: '/generate', method: 'POST', job: { fails: odd } });
			agency.list(Array.from({ length: 14 }, (_, index) => ({ Website: `https://site-${index}.example` })));
			await agency.run(workflowId);
			const [{ lines }] = agency.slack.messages;
			expect(lines[0]).toBe('14 of 14 clients are not done.');
			expect(lines[2]).toMatch(
				/^• https:\/\/site-0\.example: Not generated\. .*No <!channel> & \*bold\* `code`/,
			);
			expect(lines.at(-1)).toBe('… and 4 more');
			expect(lines).toHaveLength(13);
		});

		describe('on its schedule', () => {
			const bySchedule = async () => startBySchedule(agency.demo.api, workflowId, 'Every Monday');
			afterEach(async () => agency.demo.api.deactivate(workflowId));

			test('it runs by itself, without a message if all is well', async () => {
				for (const expected of ['Published', 'Unchanged']) {
					const { status } = await agency.demo.api.execution(await bySchedule());
					expect([status, ...statuses()]).toEqual(['success', expected, 'Generated', 'Generated']);
				}
				isPaidAndPublishedOnce();
				expect(agency.slack.messages).toEqual([]);
			});

			test.each<[string, number[]]>([
				['with the reason', []],
				['also if Slack does not respond at first', [503, 429]],
			])('a run that stops is told to Slack once, %s', async (_how, rejections) => {
				agency.google.cells[0][9] = 'Remarks';
				agency.slack.rejectNext(...rejections);
				await bySchedule();
				await until(() => agency.slack.messages.length > 0, 'Slack heard nothing');
				await sleep(1000);
				expect(agency.slack.messages).toHaveLength(1);
				expect(agency.slack.messages[0]).toEqual({
					channel: '#llms-txt',
					notification: expect.stringMatching(/stopped before its end/) as string,
					lines: [
						expect.stringMatching(/stopped before its end/) as string,
						'Running it again is safe: clients that are done cost nothing.',
						'It stopped at the step “Check the Rows”.',
						expect.stringMatching(/does not have the column Message\. .*Nothing was paid\.$/) as string,
					],
					buttons: [],
				});
			});
		});
	});
