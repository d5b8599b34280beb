import type { Browser } from 'playwright-core';
import { name as NAME } from '../../package.json';
import type { CommunityNodes } from '../e2e/browser/communityNodes';
import { finalScreenshot, screenshot } from '../e2e/browser/screenshots';
import type { Tarball } from '../packument';
import { eventually } from '../until';
import { Account } from '../versions/account';
import type { RunningVersion } from '../versions/runningVersion';
import { NEWEST } from '../versions/versions';
import { startEmptyN8n } from './emptyN8n';
import { InProgress } from './inProgress';
import { logIn } from './owner';
import { startRegistry, type NpmRegistry } from './registry';
import { releases } from './release';
import { SavedWorkflows } from './savedWorkflows';
import { packAsNext } from './tarball';
import { WatchedTriggers } from './watchedTriggers';
import { WebhookCalls } from './webhookCalls';

const NOT_OVER = { failed: 'error', reading: 'running', buying: 'running', waiting: 'waiting' };

/** From each release to the current code and back, as one story: each test continues where the one before ended. */
describe.each(releases)('an n8n with version $version', (release) => {
	let next: Tarball;
	let registry: NpmRegistry;
	let n8n: RunningVersion;
	let browser: Browser;
	let screen: CommunityNodes;
	let savedAccount: Account;
	let saved: SavedWorkflows;
	let triggers: WatchedTriggers;
	let calls: WebhookCalls;
	let inProgress: InProgress;
	let outputsBefore: Record<string, unknown>;

	beforeAll(async () => {
		next = await packAsNext();
		registry = await startRegistry(release.tarball);
		n8n = await startEmptyN8n(NEWEST, registry);
		await n8n.api.installPackage(NAME);
		registry.publish(next);
		savedAccount = await Account.open(n8n, 'Account of the saved workflows');
		saved = new SavedWorkflows(n8n.api, savedAccount.credential);
		await saved.import(release, registry.proxy);
		triggers = await WatchedTriggers.publish(n8n);
		calls = await WebhookCalls.publish(n8n);
		inProgress = await InProgress.open(n8n, 'during the update');
		({ browser, screen } = await logIn(n8n));
	});
	afterEach(async () => {
		await finalScreenshot(screen.page, expect.getState().currentTestName);
	});
	afterAll(async () => {
		// Undefined if they did not start.
		await (browser as Browser | undefined)?.close();
		await (n8n as RunningVersion | undefined)?.clear();
		for (const each of [savedAccount, triggers, calls, inProgress, registry]) {
			await (each as { close(): Promise<void> } | undefined)?.close();
		}
	});

	test('its workflows run, and its triggers emit what is new', async () => {
		outputsBefore = await saved.outputs();
		const ran = Object.values(outputsBefore).filter((output) => (output as { status?: string }).status);
		expect(ran.length).toBeGreaterThan(5);
		expect(ran).toEqual(ran.map(() => expect.objectContaining({ status: 'success' }) as object));
		triggers.addRows(3);
		expect(await triggers.emitted()).toEqual({ ...triggers.expected, alerts: 1 });
	});

	test('is updated on its screen while executions run, and no call of a webhook fails', async () => {
		expect(await screen.installed()).toContain(`v${release.version}`);
		await screen.prepareUpdate();
		await screenshot(screen.page, 'install/update');
		await inProgress.start();
		await eventually(async () => expect(await inProgress.statuses()).toEqual(NOT_OVER));
		const update = screen.update();
		expect(await calls.during(triggers.addRowsDuring(update))).toEqual([]);
		const updatedAt = Date.now();

		expect(await update).toMatch('Package updated');
		await screenshot(screen.page, 'install/updated');
		expect(await screen.package()).toContain(`v${next.manifest.version}`);
		expect(await inProgress.statuses()).toEqual(NOT_OVER);
		triggers.addRows(3);
		await inProgress.checkResults();
		expect(inProgress.requestsSince(updatedAt)).toBeGreaterThan(0);
	});

	test('runs every saved workflow with the same output', async () => {
		expect(await saved.outputs()).toEqual(outputsBefore);
	});

	test('emits every row once, also those of the update, and repeats no alert', async () => {
		expect(await triggers.emitted()).toEqual({ ...triggers.expected, alerts: 1 });
		await triggers.fallAgain();
		expect(await triggers.emitted()).toEqual({ ...triggers.expected, alerts: 2 });
	});

	test('can go back: workflows run as before, and the triggers continue', async () => {
		const back = n8n.api.updatePackage(NAME, release.version);
		expect(await calls.during(triggers.addRowsDuring(back))).toEqual([]);

		expect(await screen.installed()).toContain(`v${release.version}`);
		expect(await saved.outputs()).toEqual(outputsBefore);
		triggers.addRows(3);
		expect(await triggers.emitted()).toEqual({ ...triggers.expected, alerts: 2 });
		await triggers.fallAgain();
		expect(await triggers.emitted()).toEqual({ ...triggers.expected, alerts: 3 });
	});
});
