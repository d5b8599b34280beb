import type { INode } from 'n8n-workflow';
import { Ledger } from '../../sandbox/ledger';
import { inARow, TRIGGER, triggerStep } from '../steps';
import { Account } from './account';
import { emitted, killed, RESTARTS_LIMIT_MS, untilPolled } from './polling';
import type { RunningVersion } from './runningVersion';

const [FIRST, SECOND, THIRD] = ['https://first.example', 'https://second.example', 'https://third.example'];

/** Tests of the event File Generated in a real n8n, also in one that is killed. */
export const testFileGenerated = (running: () => RunningVersion) =>
	describe('the trigger for finished files', () => {
		let account: Account;
		beforeAll(async () => {
			account = await Account.open(running(), 'Account without sites', { ledger: new Ledger([]) });
		});
		afterAll(() => account.close());

		test(
			'emits each generation once, from the first of an account on, also when n8n is killed in between',
			async () => {
				const { n8n, sandbox } = account;
				const { jobs } = sandbox;
				const all = await importTrigger({});
				const failed = await importTrigger({ filters: { outcomes: ['failed'] } });
				await each([all, failed], (id) => n8n.api.activate(id));
				await each([all, failed], (id) => n8n.api.deactivate(id));
				jobs.finish(jobs.start({ url: FIRST }));
				jobs.fail(jobs.start({ url: SECOND }), 'Blocked');
				const [first, second] = await sitesAt(FIRST, SECOND);
				await each([all, failed], (id) => n8n.api.activate(id));
				expect(byUrl(await emitted(account, all, 1))).toEqual([[first, second]]);
				expect(await emitted(account, failed, 1)).toEqual([[second]]);

				sandbox.requests.clear();
				const again = jobs.start({ url: FIRST }, { endless: true });
				await untilPolled(account);
				await killed(account, all, () => jobs.finish(again));
				const [anew] = await sitesAt(FIRST);
				expect(byUrl(await emitted(account, all, 2))).toEqual([[first, second], [anew]]);

				await killed(account, all, () => undefined);
				jobs.finish(jobs.start({ url: THIRD }));
				const [third] = await sitesAt(THIRD);
				expect(byUrl(await emitted(account, all, 3))).toEqual([[first, second], [anew], [third]]);
				expect(await emitted(account, failed, 1)).toEqual([[second]]);
				await each([all, failed], (id) => n8n.api.deactivate(id));
			},
			RESTARTS_LIMIT_MS,
		);

		test('a test event in the editor is a real site, and does not change the state', async () => {
			const { n8n, sandbox } = account;
			const id = await importTrigger({});
			await n8n.api.activate(id);
			await n8n.api.deactivate(id);
			sandbox.jobs.finish(sandbox.jobs.start({ url: SECOND }));
			const [second] = await sitesAt(SECOND);
			const { status, nodes } = await n8n.api.runWorkflow(id, TRIGGER);
			expect(status).toBe('success');
			expect(nodes[TRIGGER].items.map(({ json }) => json)).toEqual([second]);

			await n8n.api.activate(id);
			expect(await emitted(account, id, 2)).toEqual([[second], [second]]);
			await n8n.api.deactivate(id);
		});

		async function importTrigger(parameters: INode['parameters']): Promise<string> {
			const trigger = triggerStep({ event: 'fileGenerated', ...parameters }, account.credential);
			return account.n8n.api.importWorkflow(inARow(`Trigger: ${JSON.stringify(parameters)}`, [trigger]));
		}

		/** The sites at these addresses, as the API lists them. */
		async function sitesAt(...urls: string[]) {
			const { sites } = await account.answer<{ sites: Array<{ url: string }> }>('/sites');
			return urls.map((url) => sites.find((site) => site.url === url));
		}
	});

/** Sites that ended at the same time may come in any order. */
function byUrl<T extends { url?: unknown }>(executions: T[][]): T[][] {
	return executions.map((sites) => [...sites].sort((a, b) => (String(a.url) < String(b.url) ? -1 : 1)));
}

async function each(ids: string[], act: (id: string) => Promise<void>): Promise<void> {
	for (const id of ids) await act(id);
}
