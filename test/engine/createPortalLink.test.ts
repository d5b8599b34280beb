import { createRunExecutionData, type INodeParameters } from 'n8n-workflow';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { runNode, startNode, type NodeRun } from './n8n';

const PATH = '/subscriptions/portal/api';

let sandbox: Sandbox;
beforeAll(async () => {
	sandbox = await startSandbox();
});
beforeEach(() => sandbox.reset());
afterAll(() => sandbox.close());

const link = (additionalFields: INodeParameters = {}, more: Partial<NodeRun> = {}): NodeRun => ({
	parameters: { resource: 'subscription', operation: 'createPortalLink', additionalFields },
	credential: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
	...more,
});
/** What the API answers to the next request. */
const answers = (status: number, body: unknown) =>
	sandbox.faults.add({ method: 'POST', path: PATH, status, body, times: 1 });
const portal = (name: string) => ({ url: `https://billing.stripe.com/p/session/${name}` });
const sent = () => sandbox.requests.entries.map(({ path, body }) => [path, body]);

test('the output is the response of the API', async () => {
	answers(201, portal('one'));
	const { items, error } = await runNode(link());
	expect(error).toBeUndefined();
	expect(items).toEqual([{ json: portal('one'), pairedItem: { item: 0 } }]);
	expect(sent()).toEqual([[PATH, {}]]);
});

test('there is a link after the first purchase only', async () => {
	sandbox.hasBillingAccount = false;
	expect((await runNode(link())).error?.message).toMatch(
		/“No billing account found.*”\. .*only after its first purchase/,
	);
	sandbox.hasBillingAccount = true;
	const { items } = await runNode(link());
	expect(items[0].json.url).toContain(new URL(sandbox.baseUrl).host);
});

test('the return URL is sent as typed, and refused if it is not an address', async () => {
	answers(201, portal('one'));
	await runNode(link({ returnUrl: ' https://example.com/account?of=7 ' }));
	expect(sent()).toEqual([[PATH, { returnUrl: 'https://example.com/account?of=7' }]]);

	sandbox.requests.clear();
	const { error } = await runNode(link({ returnUrl: 'example.com' }));
	expect(error?.message).toMatch(/^The Return URL "example.com" is not a web address\. Enter the full/);
	expect(sent()).toEqual([]);
});

test.each([
	[400, 'No billing account found', /“No billing account found”\. .*only after its first purchase/],
	[404, 'No Stripe customer', /“No Stripe customer”\. .*only after its first purchase/],
	[402, 'Unpaid', /“Unpaid”\. Pay what is open/],
	[
		403,
		'Missing required permission: subscriptions:write',
		/subscriptions:write”\. Check the permissions of the key/,
	],
])('a refusal with status %i “%s” is quoted, with what to do', async (status, message, sentences) => {
	answers(status, { message, statusCode: status });
	expect((await runNode(link())).error?.message).toMatch(sentences);
	expect(sandbox.requests.entries).toHaveLength(1);
});

test.each([
	['status 500', { status: 500 }],
	['a connection cut before the answer', { reset: 'after' as const }],
	['a response without a link', { status: 200, body: {} }],
])('a link that may have been created is not requested twice: %s', async (_what, fault) => {
	sandbox.faults.add(fault);
	const { error } = await runNode(link());
	expect(error?.message).toMatch(/It is not known whether the link was made, so it was not sent twice/);
	expect(sandbox.requests.entries).toHaveLength(1);
});

test('a retry uses the link that was created, unless it may have expired', async () => {
	let execution = createRunExecutionData();
	const run = async () => (await (await startNode(link(), { execution })).finished)[0][0].json;
	answers(201, portal('one'));
	expect(await run()).toEqual(portal('one'));
	expect(await run()).toEqual(portal('one'));
	expect(sandbox.requests.entries).toHaveLength(1);

	// As n8n saves the execution, and reads it again five minutes later.
	const saved = JSON.stringify(execution).replace(/(?<="madeAt":)\d+/, (at) => String(Number(at) - 300_000));
	execution = JSON.parse(saved) as typeof execution;
	answers(201, portal('two'));
	expect(await run()).toEqual(portal('two'));
});
