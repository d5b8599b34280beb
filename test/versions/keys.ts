import { listSites, siteBy } from '../sites';
import { Account } from './account';
import type { RunningVersion } from './runningVersion';

/** A key with limited permissions in a real n8n. */
export const testKeys = (running: () => RunningVersion) =>
	describe('a key that may only read sites', () => {
		let account: Account;
		beforeAll(async () => {
			account = await Account.open(running(), 'Account with a limited key');
			const { apiKey } = account.credential.data as { apiKey: string };
			account.sandbox.keyPermissions.set(apiKey, ['sites:read']);
		});
		afterAll(() => account.close());

		test('is said to be valid, or to be checked, by the test of the credential', async () => {
			expect(await account.n8n.api.testCredential(account.credential)).toEqual({
				status: 'Error',
				// Up to n8n 2.33, the message is n8n's own, because n8n loses the status that our message belongs to.
				message: expect.stringMatching(/key is valid|check your credentials|Forbidden/) as string,
			});
		});

		test('reads sites, and fills the list of the field Site', async () => {
			const { status, items } = await account.run({ resource: 'site', operation: 'getAll', limit: 1 });
			expect({ status, items: items.length }).toEqual({ status: 'success', items: 1 });
			const { results } = await listSites(account.n8n.api, account.credential);
			expect(results.length).toBeGreaterThan(1);
			const { id } = account.sandbox.sites.all()[0];
			const getUrls = { resource: 'site', operation: 'getUrls', siteId: siteBy('id', id), limit: 1 };
			expect((await account.run(getUrls)).status).toBe('success');
		});

		test.each([
			['credits:read', { operation: 'getBalance' }],
			['discovery', { resource: 'site', operation: 'discover', url: 'https://example.com' }],
			['subscriptions:read', { resource: 'subscription', operation: 'get' }],
			['subscriptions:write', { resource: 'subscription', operation: 'createPortalLink' }],
		])('is told which permission is missing: %s', async (permission, parameters) => {
			const { status, error } = await account.run(parameters);

			expect(status).toBe('error');
			expect(error?.message).toContain(`Missing required permission: ${permission}`);
			expect(error?.message).toMatch(/permissions of the/);
		});
	});
