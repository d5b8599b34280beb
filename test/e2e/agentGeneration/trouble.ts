import { matching, WRONG_KEY } from '../assistants';
import {
	PER_FILE,
	account,
	bought,
	call,
	demo,
	generate,
	oldSite,
	reserved,
	row,
	sandbox,
	settings,
} from './world';

/** What happens if a service does not work, or an answer is lost. */
export const testTrouble = () =>
	describe('if something goes wrong, nothing is paid twice, and the message says what happened', () => {
		test('the account has too few credits: nothing is tried', async () => {
			sandbox.ledger.adjust(50 - sandbox.ledger.balance);
			expect(await generate(oldSite().url)).toEqual({
				message: matching(
					/^Nothing was .* up to 100 credits, and the account has 50\. .* Create_Checkout_Link/,
				),
			});
			expect(await reserved()).toEqual([0]);
			await generate(oldSite(10).url, 50);
			expect(bought()).toHaveLength(1);
		});

		test('the balance cannot be read: nothing is tried, and it can be tried again', async () => {
			const site = oldSite();
			sandbox.faults.add({ path: '/credits/balance', status: 503 });
			expect(await generate(site.url)).toEqual({
				message: matching(/^Nothing was .*not working at the moment/),
			});
			sandbox.faults.clear();
			await generate(site.url);
			expect(bought()).toHaveLength(1);
		});

		test('the site cannot be read: nothing is tried, not even if it may be new', async () => {
			const site = oldSite();
			await settings({ newWebsites: site.url });
			sandbox.faults.add({ path: '/sites', status: 503 });
			expect(await generate(site.url)).toEqual({
				message: matching(/^Nothing was .*not working at the moment/),
			});
			expect(bought()).toEqual([]);
		});

		test('somebody else starts the same generation at this moment: it is not paid again', async () => {
			const { url } = oldSite();
			const options = { maxUrls: PER_FILE };
			const otherJob = { when: 'before', url, options, course: { endless: true } } as const;
			sandbox.faults.add({ path: '/credits/balance', times: 1, otherJob });
			expect(await generate(url)).toMatchObject({ creditsUsed: 0, message: matching(/is being generated/) });
			expect(bought()).toEqual([]);
		});

		test('LLM Generator refuses it: the day has as many credits left as before', async () => {
			const site = oldSite();
			sandbox.generation.plan = 'free';
			expect(await generate(site.url, PER_FILE, { method: 'enhanced' })).toMatchObject({
				message: matching(/Nothing was started\. The free plan/),
			});
			expect(await reserved()).toEqual([0]);
		});

		test('the answer is lost: the generation is found, or the assistant is told to look, and it is not paid again', async () => {
			const site = oldSite(10);
			sandbox.generation.durationMs = 600_000;
			sandbox.faults.add({ method: 'POST', path: '/generate', times: 1, reset: 'after' });
			expect(await generate(site.url)).toMatchObject({
				siteId: site.id,
				message: matching(/Check_Site if there is no jobId/),
			});
			expect(await generate(site.url)).toEqual({ message: matching(/already being generated/) });
			expect(bought()).toHaveLength(1);

			const other = oldSite(10);
			sandbox.faults.add({ method: 'POST', path: '/generate', times: 1, reset: 'before' });
			expect(await generate(other.url)).toMatchObject({ message: matching(/not known whether .* Look for/) });
			expect(await generate(other.url)).toEqual({
				message: matching(/already being generated.* look into the credit history/),
			});
			expect(await reserved()).toEqual([100, 100, 0]);
			expect(bought()).toHaveLength(1);
		}, 180_000);

		test('the API key is wrong, or the rate limit is used up', async () => {
			const site = oldSite();
			sandbox.rateLimit = { limit: 1, windowMs: 600_000 };
			await call('Get_Sites', {});
			for (const tool of ['Check_Site', 'Generate_File']) {
				expect(await row(tool, { site: site.url, maxCredits: 5 })).toEqual({
					message: matching(/works again at/),
				});
			}
			sandbox.rateLimit = undefined;

			await demo.api.saveCredential({ ...account, data: { ...account.data, apiKey: WRONG_KEY } });
			sandbox.faults.add({ echoKey: true });
			try {
				for (const tool of ['Check_Site', 'Generate_File']) {
					const message = matching(/did not accept the API key.*Bearer \*\*\*/);
					expect(await row(tool, { site: site.url, maxCredits: 5 })).toEqual({ message });
				}
			} finally {
				await demo.api.saveCredential(account);
			}
			expect(bought()).toEqual([]);
		});
	});
