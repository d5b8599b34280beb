import axios from 'axios';
import type { IDataObject, INode } from 'n8n-workflow';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SavedCredential } from '../../demo/n8nApi';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { oneStepWorkflow, runStep, STEP } from '../e2e/oneStep';
import { importTemplate } from '../e2e/template';
import { asAgent, mcpWorkflow, toolStep } from '../mcp';
import { listPackages, packageById } from '../packages';
import { packInto } from '../packed';
import { generatorStep, inARow, looped, step } from '../steps';
import { readTemplate, templateNames } from '../templates';
import { testEverything } from './everything';
import { testGenerate } from './generate';
import { RunningVersion } from './runningVersion';
import { testTrigger } from './trigger';
import type { Version } from './versions';

const START_LIMIT_MS = 300_000;
const NODES = ['llmGenerator', 'llmGeneratorTool', 'llmGeneratorTrigger'];

const steps = templateNames.flatMap((name) => readTemplate(name).nodes);

/** What must be true in every supported version of n8n. The test file of each version calls it. */
export const testCore = (version: Version) =>
	describe(`the package in n8n ${version.version}`, () => {
		const folder = mkdtempSync(join(tmpdir(), 'llmgenerator-packed-'));
		let n8n: RunningVersion;
		/** It keeps running when n8n is killed. */
		let sandbox: Sandbox;
		let credential: SavedCredential;
		beforeAll(async () => {
			sandbox = await startSandbox();
			n8n = await RunningVersion.start(version, (await packInto(folder)).folder);
			credential = await account();
		}, START_LIMIT_MS);
		afterEach(() => {
			sandbox.faults.clear();
			sandbox.requests.clear();
		});
		afterAll(async () => {
			// Undefined if it did not start.
			await (n8n as RunningVersion | undefined)?.clear();
			await sandbox.close();
			await rm(folder, { recursive: true });
		});

		/** A saved credential for the account of the sandbox. `values` replace its usual values. */
		const account = (values: Record<string, string> = {}) =>
			n8n.api.saveCredential({
				name: `Account ${JSON.stringify(values)}`,
				type: 'llmGeneratorApi',
				data: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl, ...values },
			});

		/** Runs one LLM Generator step for these items, and returns its status and output. */
		async function run(parameters: INode['parameters'], more: Partial<Run> = {}) {
			const { using = credential, ...others } = more;
			return runStep(n8n.api, parameters, using, others);
		}

		test('nodes, trigger and tool have their real names, and icons for light and dark', async () => {
			const ours = (await n8n.api.nodeTypes()).filter(({ name }) =>
				name.startsWith('n8n-nodes-llmgenerator.'),
			);

			expect(ours.map(({ name }) => name.split('.')[1]).sort()).toEqual(NODES);
			for (const { iconUrl } of ours) {
				const { light, dark } = iconUrl as { light: string; dark: string };
				expect(light).not.toBe(dark);
				for (const icon of [light, dark]) expect(await n8n.api.file(icon)).toMatch(/<svg/);
			}
		});

		test('the credential is accepted with the right key, and refused with a wrong key and a clear message', async () => {
			expect(await n8n.api.testCredential(credential)).toMatchObject({ status: 'OK' });

			const wrong = { ...credential, data: { ...credential.data, apiKey: 'llmgen_wrong' } };
			expect(await n8n.api.testCredential(wrong)).toEqual({
				status: 'Error',
				// Up to n8n 2.33, the message is n8n's own, because n8n loses the status that our message belongs to.
				message: expect.stringMatching(/API key|check your credentials/) as string,
			});
		});

		test('a Base URL that would send the key unencrypted is refused before a request is sent', async () => {
			const unsafe = { ...credential, data: { ...credential.data, baseUrl: 'http://example.com/api/v1' } };
			expect(await n8n.api.testCredential(unsafe)).toEqual({
				status: 'Error',
				message: expect.stringMatching(/must start with https:\/\//) as string,
			});
		});

		test('a credential with Allowed Domains sends nothing to other domains', async () => {
			const restricted = { allowedHttpRequestDomains: 'domains', allowedDomains: 'api.llmgenerator.com' };
			const { status } = await run({ operation: 'getBalance' }, { using: await account(restricted) });

			expect(status).toBe('error');
			expect(sandbox.requests.entries).toEqual([]);
		});

		test('n8n knows every step of the workflows that users import', async () => {
			const known = await n8n.api.nodeTypes();
			const unknown = steps.filter(
				({ type, typeVersion }) =>
					!known.some(({ name, version }) => name === type && [version].flat().includes(typeVersion)),
			);

			expect(unknown).toEqual([]);
		});

		test('the quick tour runs successfully', async () => {
			const credentials = { 'n8n-nodes-llmgenerator': credential };
			const { status, nodes } = await n8n.api.runWorkflow(
				await importTemplate(n8n.api, 'quick-tour', { credentials }),
			);

			expect(status).toBe('success');
			expect(nodes['Get Credit History'].items).toHaveLength(10);
		});

		test('the workflow that generates a file shows the file and what it cost', async () => {
			sandbox.generation.durationMs = 500;
			const { balance } = sandbox.ledger;
			const credentials = { 'n8n-nodes-llmgenerator': credential };
			const { status, nodes } = await n8n.api.runWorkflow(
				await importTemplate(n8n.api, 'generate-llms-txt', { credentials }),
			);

			expect(status).toBe('success');
			const file = await n8n.api.download(nodes.Download.items[0].binary!.data);
			expect(file.toString()).toMatch(/^# Example\n/);
			const charged = sandbox.jobs.charged();
			expect(charged).toBeGreaterThan(0);
			expect(nodes['What It Cost'].items.map(({ json }) => json)).toEqual([
				{
					website: 'https://example.com',
					balanceBefore: balance,
					balanceAfter: balance - charged,
					creditsUsed: charged,
				},
			]);
		});

		test('Get Balance: the credits of the account', async () => {
			const { status, items } = await run({ operation: 'getBalance' });

			expect(status).toBe('success');
			expect(items.map(({ json }) => json)).toEqual([
				expect.objectContaining({
					balance: sandbox.ledger.balance,
					totalPurchased: sandbox.ledger.totalPurchased,
				}),
			]);
		});

		test('Get Credit History: every transaction of the account once, as the API sends it', async () => {
			const { status, items } = await run({ operation: 'getHistory', returnAll: true });

			expect(status).toBe('success');
			expect(items.map(({ json }) => json)).toEqual(sandbox.ledger.all('newestFirst'));
		});

		test('Get Credit History: a date without an offset is in the time zone of the workflow', async () => {
			const row = sandbox.ledger.all('newestFirst')[100];
			const inTokyo = (at: number) => new Date(at + 9 * 3_600_000).toISOString().slice(0, 19);
			const createdAt = Date.parse(row.createdAt);
			const filters = { createdAfter: inTokyo(createdAt), createdBefore: inTokyo(createdAt + 1000) };
			const workflow = oneStepWorkflow({ operation: 'getHistory', returnAll: true, filters }, credential);
			const settings = { ...workflow.settings, timezone: 'Asia/Tokyo' };
			const { nodes } = await n8n.api.runWorkflow(await n8n.api.importWorkflow({ ...workflow, settings }));

			expect(nodes[STEP].items.map(({ json }) => json)).toEqual([row]);
		});

		test('Create Checkout: a link that opens a payment page', async () => {
			const { status, items } = await run({ operation: 'createCheckout', packageId: packageById('pkg_pro') });

			expect(status).toBe('success');
			expect(items[0].json).toMatchObject({ package: { id: 'pkg_pro' } });
			expect((await axios.get<string>(items[0].json.url as string, { proxy: false })).data).toMatch(/<html/i);
		});

		test('the packages can be chosen from a list', async () => {
			const { results } = await listPackages(n8n.api, credential);

			expect(results).toContainEqual(expect.objectContaining({ value: 'pkg_pro' }));
		});

		describe('if one of several items fails', () => {
			const items = ['pkg_pro', 'pkg_unheard_of', 'pkg_pro'].map((wanted) => ({ wanted }));
			const checkout = { operation: 'createCheckout', packageId: packageById('={{ $json.wanted }}') };

			test('the workflow stops, and the message names the package', async () => {
				const { status, error } = await run(checkout, { items });

				expect(status).toBe('error');
				expect(error?.message).toMatch(/pkg_unheard_of/);
			});

			test('Continue outputs the good items, and an error for the bad one', async () => {
				const settings = { onError: 'continueRegularOutput' } as const;
				const { status, items: results } = await run(checkout, { items, settings });

				expect(status).toBe('success');
				expect(results.map(({ json }) => Object.keys(json))).toEqual([
					['sessionId', 'url', 'package'],
					['error'],
					['sessionId', 'url', 'package'],
				]);
				expect(results.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
			});

			test('Continue (using error output) separates good and bad items', async () => {
				const settings = { onError: 'continueErrorOutput' } as const;
				const { status, outputs } = await run(checkout, { items, settings });

				expect(status).toBe('success');
				expect(outputs.map((output) => output.length)).toEqual([2, 1]);
			});
		});

		describe('if a field of one item cannot be used, before a request is sent', () => {
			const items = [{ isBad: true }, { isBad: false }];
			const badFor = (bad: string, good: string) => `={{ $json.isBad ? ${bad} : ${good} }}`;

			test.each<[string, INode['parameters']]>([
				[
					'an expression that refers to a step that never ran',
					{ successUrl: badFor("$('Never ran').item.json.site", '"https://example.com"') },
				],
				['an option that is not a number', { maxWaitSeconds: badFor('"soon"', '5') }],
			])('%s: this item is in the error output, the other one succeeds', async (_what, additionalFields) => {
				const packageId = packageById('pkg_pro');
				const settings = { onError: 'continueErrorOutput' } as const;
				const parameters = { operation: 'createCheckout', packageId, additionalFields };
				const { status, outputs } = await run(parameters, { items, settings });

				expect(status).toBe('success');
				expect(outputs.map((output) => output.length)).toEqual([1, 1]);
				expect(outputs[0][0].json).toHaveProperty('url');
				expect(outputs[1][0].json).toHaveProperty('error');
				expect(checkoutsCreated()).toBe(1);
			});
		});

		describe('a checkout is created once for each item', () => {
			const checkout = { operation: 'createCheckout', packageId: packageById('={{ $json.wanted }}') };
			const items = ['', 'pkg_pro', 'pkg_starter'].map((wanted) => ({ wanted }));

			test('with Retry On Fail, if the first item is a bad one', async () => {
				const retry = { retryOnFail: true, maxTries: 3, waitBetweenTries: 10 };
				const settings = { ...retry, onError: 'continueRegularOutput' } as const;
				const { items: results } = await run(checkout, { items, settings });

				expect(results.map(({ json }) => 'url' in json)).toEqual([false, true, true]);
				expect(checkoutsCreated()).toBe(2);
			});

			test('if a failed execution is retried, and the request succeeds now', async () => {
				// The API refuses the second checkout, so the execution fails there. One request at a time, so the first one succeeds.
				sandbox.faults.add({ path: '/credits/checkout', skip: 1, times: 1, status: 402 });
				const additionalFields = { maxRequestsAtOnce: 1 };
				const workflow = inARow('Retried', [
					{ ...step('Webhook', 'n8n-nodes-base.webhook', 2, { path: 'retried' }), webhookId: 'retried' },
					step('Two', 'n8n-nodes-base.code', 2, { jsCode: 'return [{ json: {} }, { json: {} }]' }),
					generatorStep(
						STEP,
						{ ...checkout, packageId: packageById('pkg_pro'), additionalFields },
						credential,
					),
				]);
				const id = await n8n.api.importWorkflow(workflow);
				await n8n.api.activate(id);
				await axios.get(`${n8n.api.url}/webhook/retried`, { proxy: false });
				const before = await n8n.executionsOf(id, 1);
				expect(before.map(({ status }) => status)).toEqual(['error']);
				expect(checkoutsCreated()).toBe(1);

				await n8n.api.retry(before[0].id);
				const after = await n8n.executionsOf(id, 2);
				expect(after.map(({ status }) => status)).toEqual(['error', 'success']);
				expect(after[1].nodes[STEP].items).toHaveLength(2);
				expect(checkoutsCreated()).toBe(2);
				await n8n.api.deactivate(id);
			});

			test('and again in the next round of a loop, also with the same values', async () => {
				const create = generatorStep(STEP, { ...checkout, packageId: packageById('pkg_pro') }, credential);
				const { nodes } = await n8n.api.runWorkflow(await n8n.api.importWorkflow(looped(create, 3)));

				expect(nodes.Loop.items).toHaveLength(3);
				const sessions = nodes.Loop.items.map(({ json }) => json.sessionId);
				expect(new Set(sessions).size).toBe(3);
				expect(checkoutsCreated()).toBe(3);
			});

			test('and again each time that an AI agent asks for one', async () => {
				const parameters = { ...checkout, packageId: packageById('pkg_pro') };
				const tool = toolStep('Create Checkout', parameters, credential);
				const id = await n8n.api.importWorkflow(mcpWorkflow('twice', [tool]));
				await n8n.api.activate(id);
				await asAgent(n8n.api.url, 'twice', async (agent) => {
					for (let i = 0; i < 2; i++) await agent.callTool({ name: 'Create_Checkout', arguments: {} });
				});

				expect(checkoutsCreated()).toBe(2);
				await n8n.api.deactivate(id);
			});
		});

		describe('a connection that fails', () => {
			test('is tried again if it breaks', async () => {
				sandbox.faults.add({ reset: 'before', times: 1 });
				const { status } = await run({ operation: 'getBalance' });

				expect(status).toBe('success');
				expect(sandbox.requests.entries).toHaveLength(2);
			});

			test('is reported with a clear message if no server responds', async () => {
				const closed = await startSandbox();
				await closed.close();
				const { status, error } = await run(
					{ operation: 'getBalance' },
					{ using: await account({ baseUrl: closed.baseUrl }) },
				);

				expect(status).toBe('error');
				expect(error?.message).toMatch(/connection was refused.*Base URL/);
			});
		});

		test('the node waits for the rate limit, and shows how long it waited', async () => {
			sandbox.faults.add({ status: 429, headers: { 'Retry-After': '1' }, times: 1 });
			const { status, hints } = await run({ operation: 'getBalance' });

			expect(status).toBe('success');
			expect(hints).toEqual([expect.stringMatching(/^Waited \d+ s for the rate limit/)]);
		});

		test('an AI agent can use the node as a tool', async () => {
			const parameters = { operation: 'getBalance' };
			const tool = toolStep('Get Balance', parameters, credential);
			const id = await n8n.api.importWorkflow(mcpWorkflow('credits', [tool]));
			await n8n.api.activate(id);
			const { content } = await asAgent(
				n8n.api.url,
				'credits',
				async (agent) => await agent.callTool({ name: 'Get_Balance', arguments: {} }),
			);

			expect(JSON.stringify(content)).toMatch(new RegExp(`balance\\W+${sandbox.ledger.balance}\\b`));
			await n8n.api.deactivate(id);
		});

		testTrigger(() => ({ n8n, sandbox, credential }));
		testGenerate(() => n8n);
		testEverything(() => n8n);

		const checkoutsCreated = () =>
			sandbox.requests.entries.filter(({ method, status }) => method === 'POST' && status === 200).length;
	});

interface Run {
	using: SavedCredential;
	items: IDataObject[];
	settings: Partial<INode>;
}
