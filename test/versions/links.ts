import type { IDataObject, INode } from 'n8n-workflow';
import { STEP } from '../e2e/oneStep';
import { Account } from './account';
import type { RunningVersion } from './runningVersion';

/** The operations that create a link to a page of Stripe. `site` of an item is the address that this page leads back to. */
const LINKS: Record<string, { parameters: INode['parameters']; path: string }> = {
	'Create Checkout (subscription)': {
		parameters: {
			resource: 'subscription',
			operation: 'createCheckout',
			planId: 'business',
			billingCycle: 'yearly',
			additionalFields: { successUrl: '={{ $json.site }}', maxRequestsAtOnce: 1 },
		},
		path: '/subscriptions/checkout/api',
	},
	'Create Billing Portal Link': {
		parameters: {
			resource: 'subscription',
			operation: 'createPortalLink',
			additionalFields: { returnUrl: '={{ $json.site }}', maxRequestsAtOnce: 1 },
		},
		path: '/subscriptions/portal/api',
	},
};

const [BAD, ONE, TWO] = ['nowhere', 'https://one.example/', 'https://two.example/'].map((site) => ({ site }));

/** Tests of the links of subscriptions in a real n8n. */
export const testLinks = (running: () => RunningVersion) =>
	describe.each(Object.entries(LINKS))('%s', (name, { parameters, path }) => {
		let account: Account;
		beforeEach(async () => {
			account = await Account.open(running(), name);
			if (path.includes('checkout')) account.sandbox.subscription = null;
		});
		afterEach(() => account.close());

		const created = () => account.sent('POST').filter(({ status = 0 }) => status < 300).length;
		const linksOf = (items: Array<{ json: IDataObject }>) => items.map(({ json }) => json.url);

		test('is sent once if nobody knows whether it was processed, and the message says so', async () => {
			account.sandbox.faults.add({ method: 'POST', path, reset: 'after' });
			const { status, error } = await account.run(parameters, { items: [ONE] });

			expect(status).toBe('error');
			expect(error?.message).toMatch(/not known whether/);
			expect(account.sent('POST')).toHaveLength(1);
		});

		test('creates one link for each good item, if Retry On Fail repeats the node for a bad one', async () => {
			const retry = { retryOnFail: true, maxTries: 3, waitBetweenTries: 10 };
			const settings = { ...retry, onError: 'continueRegularOutput' } as const;
			const { items } = await account.run(parameters, { items: [BAD, ONE, TWO], settings });

			const aLink = expect.stringMatching(/^http/) as unknown;
			expect(linksOf(items)).toEqual([undefined, aLink, aLink]);
			expect(created()).toBe(2);
		});

		test('creates no link again if a failed execution is retried', async () => {
			account.sandbox.faults.add({ method: 'POST', path, skip: 1, times: 1, status: 403 });
			const { workflowId, execution } = await account.runOnCall(parameters, [ONE, TWO]);
			expect(execution.status).toBe('error');
			expect(created()).toBe(1);

			const retried = await account.retried(workflowId, execution);
			expect(retried.status).toBe('success');
			expect(linksOf(retried.nodes[STEP].items)).toHaveLength(2);
			expect(created()).toBe(2);
			await account.n8n.api.deactivate(workflowId);
		});
	});
