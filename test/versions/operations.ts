import type { IDataObject, INode } from 'n8n-workflow';
import { packageById } from '../packages';
import { siteBy } from '../sites';
import { Account } from './account';
import type { RunningVersion } from './runningVersion';

/** An operation, and what it must do with input items. Generate has tests of its own. */
interface Row {
	parameters: INode['parameters'];
	/** Two items that work. */
	good: [IDataObject, IDataObject];
	/** An item that is refused before a request is sent, and the message. */
	bad: IDataObject;
	refusal: RegExp;
	/** What comes out for each good item. */
	answers: (account: Account) => Promise<IDataObject[][]>;
}

const TIMEOUTS: Pick<Row, 'good' | 'bad' | 'refusal'> = {
	good: [{ timeout: 30 }, { timeout: 20 }],
	bad: { timeout: 'soon' },
	refusal: /Timeout \(Seconds\)/,
};
const withTimeout = { options: { timeoutSeconds: '={{ $json.timeout }}' } };
const LIMITS: Pick<Row, 'good' | 'bad' | 'refusal'> = {
	good: [{ limit: 2 }, { limit: 3 }],
	bad: { limit: 0 },
	refusal: /The limit is 0/,
};
const NOT_AN_ADDRESS = /not a web address/;

const containing = (fields: object) => expect.objectContaining(fields) as IDataObject;
const aLink = { url: expect.stringMatching(/^http/) as string };
/** The same for both items. */
const twice = async (answer: Promise<IDataObject[]>) => [await answer, await answer];
const oneItem = async (answer: Promise<IDataObject>) => [await answer];
const [PAID, PLAIN] = ['https://shop.example', 'https://docs.example'];

const ROWS: Record<string, Row> = {
	'Credit → Create Checkout': {
		parameters: { operation: 'createCheckout', packageId: packageById('={{ $json.package }}') },
		good: [{ package: 'pkg_pro' }, { package: 'pkg_starter' }],
		bad: { package: '' },
		refusal: /No package is given/,
		answers: () =>
			Promise.resolve(
				['pkg_pro', 'pkg_starter'].map((id) => [containing({ ...aLink, package: containing({ id }) })]),
			),
	},
	'Credit → Get Balance': {
		parameters: { operation: 'getBalance', ...withTimeout },
		...TIMEOUTS,
		answers: (account) => twice(oneItem(account.answer('/credits/balance/api'))),
	},
	'Credit → Get Credit History': {
		parameters: { operation: 'getHistory', limit: '={{ $json.limit }}' },
		...LIMITS,
		answers: ({ sandbox }) =>
			Promise.resolve([2, 3].map((limit) => sandbox.ledger.recent(limit).map((row) => ({ ...row })))),
	},
	'Credit → Get Packages': {
		parameters: { operation: 'getPackages', ...withTimeout },
		...TIMEOUTS,
		answers: (account) => twice(account.answer('/credits/packages').then(listIn('packages'))),
	},
	'File → Get Generation Status': {
		parameters: { resource: 'file', operation: 'getStatus', jobId: '={{ $json.job }}' },
		good: [{ job: 9001 }, { job: 9002 }],
		bad: { job: '' },
		refusal: /job ID/,
		answers: ({ sandbox: { jobs } }) => {
			const [completed, failed] = jobs.list();
			return Promise.resolve([
				[containing({ siteId: completed.site.id, url: PAID, status: 'completed' })],
				[containing({ siteId: failed.site.id, url: PLAIN, status: 'failed', errorMessage: 'Blocked' })],
			]);
		},
	},
	'File → Download': {
		parameters: {
			resource: 'file',
			operation: 'download',
			siteId: siteBy('url', '={{ $json.site }}'),
			outputAs: 'text',
		},
		good: [{ site: PAID }, { site: `${PAID}/` }],
		bad: { site: '' },
		refusal: /site/,
		answers: async (account) => {
			const { id } = account.sandbox.sites.at(PAID)!;
			const content = await account.answer<string>(`/file/${id}`);
			return twice(oneItem(Promise.resolve(containing({ siteId: id, fileName: 'llms.txt', content }))));
		},
	},
	'Site → Get': {
		parameters: { resource: 'site', operation: 'get', siteId: siteBy('url', '={{ $json.site }}') },
		good: [{ site: PAID }, { site: PLAIN }],
		bad: { site: '' },
		refusal: /site/,
		answers: (account) =>
			Promise.all(
				[PAID, PLAIN].map((url) => oneItem(account.answer(`/sites/${account.sandbox.sites.at(url)!.id}`))),
			),
	},
	'Site → Get Many': {
		parameters: { resource: 'site', operation: 'getAll', limit: '={{ $json.limit }}' },
		...LIMITS,
		answers: async (account) => {
			const sites = await account.answer('/sites').then(listIn('sites'));
			return [sites.slice(0, 2), sites.slice(0, 3)];
		},
	},
	'Site → Get URLs': {
		parameters: {
			resource: 'site',
			operation: 'getUrls',
			siteId: siteBy('url', '={{ $json.site }}'),
			limit: 4,
		},
		good: [{ site: PAID }, { site: PLAIN }],
		bad: { site: '' },
		refusal: /site/,
		answers: (account) =>
			Promise.all(
				[PAID, PLAIN].map(async (url) =>
					account.answer(`/sites/${account.sandbox.sites.at(url)!.id}/urls?limit=4`).then(listIn('urls')),
				),
			),
	},
	'Subscription → Create Billing Portal Link': {
		parameters: {
			resource: 'subscription',
			operation: 'createPortalLink',
			additionalFields: { returnUrl: '={{ $json.back }}' },
		},
		good: [{ back: 'https://one.example/back' }, { back: 'https://two.example/back' }],
		bad: { back: 'nowhere' },
		refusal: NOT_AN_ADDRESS,
		answers: () => twice(oneItem(Promise.resolve(containing(aLink)))),
	},
	'Subscription → Create Checkout': {
		parameters: { resource: 'subscription', operation: 'createCheckout', planId: '={{ $json.plan }}' },
		good: [{ plan: 'business' }, { plan: 'agency' }],
		bad: { plan: '' },
		refusal: /No plan is given/,
		answers: () => twice(oneItem(Promise.resolve(containing(aLink)))),
	},
	'Subscription → Get': {
		parameters: { resource: 'subscription', operation: 'get', ...withTimeout },
		...TIMEOUTS,
		answers: (account) => twice(oneItem(account.answer('/subscriptions/current/api'))),
	},
};

/** Every operation in a real n8n: what comes out for each input item, and what is refused. */
export const testOperations = (running: () => RunningVersion) =>
	describe.each(Object.entries(ROWS))('%s', (name, { parameters, good, bad, refusal, answers }) => {
		let account: Account;
		beforeAll(async () => {
			account = await Account.open(running(), name);
			const { sandbox } = account;
			const { jobs } = sandbox;
			if (name === 'Subscription → Create Checkout') sandbox.subscription = null;
			jobs.finish(jobs.start({ url: PAID }));
			jobs.fail(jobs.start({ url: PLAIN }), 'Blocked');
		});
		afterAll(() => account.close());

		test('returns for each input item what the API answers, paired with it', async () => {
			const { status, items } = await account.run(parameters, { items: good });

			expect(status).toBe('success');
			const wanted = await answers(account);
			expect(items.map(({ json }) => json)).toEqual(wanted.flat());
			expect(items.map(({ pairedItem }) => pairedItem)).toEqual(
				wanted.flatMap((of, item) => of.map(() => ({ item }))),
			);
		});

		test('refuses an item before a request is sent; with Continue, the other item is unharmed', async () => {
			account.sandbox.requests.clear();
			const { status, error } = await account.run(parameters, { items: [bad] });
			expect(status).toBe('error');
			expect(error?.message).toMatch(refusal);
			expect(account.sent()).toEqual([]);

			const settings = { onError: 'continueRegularOutput' } as const;
			const { items } = await account.run(parameters, { items: [bad, good[0]], settings });
			const [wanted] = await answers(account);
			expect(items.map(({ json }) => json)).toEqual([{ error: error?.message }, ...wanted]);
			expect(items.map(({ pairedItem }) => pairedItem)).toEqual([
				{ item: 0 },
				...wanted.map(() => ({ item: 1 })),
			]);
		});
	});

/** The rows of an answer that is a list, or that has one under this name. */
function listIn(name: string) {
	return (answer: unknown): IDataObject[] =>
		Array.isArray(answer) ? (answer as IDataObject[]) : (answer as Record<string, IDataObject[]>)[name];
}
