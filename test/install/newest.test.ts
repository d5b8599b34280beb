import type { Browser } from 'playwright-core';
import { name as NAME } from '../../package.json';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import type { CommunityNodes } from '../e2e/browser/communityNodes';
import type { Editor } from '../e2e/browser/editor';
import { finalScreenshot } from '../e2e/browser/screenshots';
import type { Tarball } from '../packument';
import { eventually } from '../until';
import type { RunningVersion } from '../versions/runningVersion';
import { NEWEST } from '../versions/versions';
import { startEmptyN8n } from './emptyN8n';
import { JobsInProgress } from './jobsInProgress';
import { logIn } from './owner';
import { startRegistry, TROUBLES, type NpmRegistry } from './registry';
import { packAsNext } from './tarball';
import { WatchedTriggers } from './watchedTriggers';
import { WebhookCalls } from './webhookCalls';

/** The package as users install it, as one story: each test continues where the one before ended. */
describe(`an n8n ${NEWEST.version}`, () => {
	let first: Tarball;
	let second: Tarball;
	let registry: NpmRegistry;
	let sandbox: Sandbox;
	let n8n: RunningVersion;
	let browser: Browser;
	let screen: CommunityNodes;
	let editor: Editor;
	let triggers: WatchedTriggers;
	let calls: WebhookCalls;
	let generations: JobsInProgress;
	let discoveries: JobsInProgress;

	beforeAll(async () => {
		sandbox = await startSandbox();
		first = await packAsNext(1);
		second = await packAsNext(2);
		registry = await startRegistry(first);
		n8n = await startEmptyN8n(NEWEST, registry);
		({ browser, screen, editor } = await logIn(n8n));
	});
	afterEach(async () => {
		await finalScreenshot(screen.page, expect.getState().currentTestName);
	});
	afterAll(async () => {
		// Undefined if they did not start.
		await (browser as Browser | undefined)?.close();
		await (n8n as RunningVersion | undefined)?.clear();
		await (triggers as WatchedTriggers | undefined)?.close();
		await (calls as WebhookCalls | undefined)?.close();
		await (generations as JobsInProgress | undefined)?.close();
		await (discoveries as JobsInProgress | undefined)?.close();
		await (registry as NpmRegistry | undefined)?.close();
		await sandbox.close();
	});

	/** With n8n's message, which `screenshot` leaves out. */
	const picture = (what: string) => finalScreenshot(screen.page, `n8n ${NEWEST.version} ${what}`);

	test('installs the package on the screen Community nodes', async () => {
		await screen.open();
		await picture('empty');
		expect(await screen.install(NAME)).toMatch('Package installed');
		await picture('installed');
		const nodes = '2 nodes: LLM Generator,LLM Generator Trigger';
		expect(await screen.installed()).toBe(`${NAME} ${nodes} v${first.manifest.version}`);
	});

	test('creates a credential and runs the node', async () => {
		await editor.newWorkflow();
		await editor.addFirstStep('llm');
		await editor.chooseNode('LLM Generator');
		const node = await editor.addAction('Get the credit history');
		const window = await node.createCredential();
		await window.type('API Key', 'llmgen_sandbox_key');
		await window.type('Base URL', sandbox.baseUrl);
		await window.save();
		await window.closed();
		await eventually(async () => expect(await node.credential()).toMatch(/^LLM Generator account/));
		await node.execute();
		await node.show('table');
		// n8n shows them in pages.
		const shown = (await node.rows()).map(({ id }) => id);
		expect(shown.length).toBeGreaterThan(10);
		expect(shown).toEqual(sandbox.ledger.recent(shown.length).map(({ id }) => id));
	});

	describe('whose registry is in trouble', () => {
		beforeAll(async () => {
			triggers = await WatchedTriggers.publish(n8n);
			calls = await WebhookCalls.publish(n8n);
			registry.publish(second);
		});
		afterEach(() => {
			registry.trouble = undefined;
		});

		test.each(TROUBLES)(
			'(%s) keeps the version that it has, and says that the update failed',
			async (trouble) => {
				await screen.open();
				await screen.prepareUpdate();
				registry.trouble = trouble;
				const update = screen.update();
				expect(await calls.during(triggers.addRowsDuring(update))).toEqual([]);
				registry.trouble = undefined;

				expect(await update).toMatch('Problem updating package');
				await picture(`update-${trouble}`);
				expect(await screen.installed()).toMatch(`v${first.manifest.version}`);
				expect(await triggers.emitted()).toEqual({ ...triggers.expected, alerts: 1 });
			},
		);

		test('is updated as soon as it is over, while it generates files and discovers URLs: each is bought once', async () => {
			await screen.open();
			await screen.prepareUpdate();
			generations = await JobsInProgress.start(n8n, 'generations');
			discoveries = await JobsInProgress.start(n8n, 'discoveries');
			const update = screen.update();
			expect(await calls.during(triggers.addRowsDuring(update))).toEqual([]);
			expect(await update).toMatch('Package updated');
			expect(await screen.installed()).toMatch(`v${second.manifest.version}`);
			await generations.checkResults();
			await discoveries.checkResults();
		});
	});

	test('uninstalls it: its workflows fail; installed again, everything continues, and no row is missed', async () => {
		await screen.open();
		expect(await screen.uninstall()).toMatch('Package uninstalled');
		await picture('uninstalled');
		// n8n starts no execution, so its list of executions shows nothing.
		const [failure] = await calls.wrongOnes();
		expect(failure).toMatchObject({ status: 400 });
		expect(failure.body).toContain(`Unrecognized node type: ${NAME}.llmGenerator`);
		await editor.openWorkflow(calls.workflowId);
		await picture('workflow-without-package');
		triggers.addRows(3);

		await screen.open();
		expect(await screen.install(NAME)).toMatch('Package installed');
		triggers.addRows(3);
		expect(await calls.wrongOnes()).toEqual([]);
		expect(await triggers.emitted()).toEqual({ ...triggers.expected, alerts: 1 });
		expect(registry.proxy.unexpected).toEqual([]);
	});
});
