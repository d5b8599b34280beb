import type { Browser } from 'playwright-core';
import { name as NAME } from '../../package.json';
import type { CommunityNodes } from '../e2e/browser/communityNodes';
import { finalScreenshot } from '../e2e/browser/screenshots';
import type { Tarball } from '../packument';
import type { RunningVersion } from '../versions/runningVersion';
import { OLDEST } from '../versions/versions';
import { startEmptyN8n } from './emptyN8n';
import { logIn } from './owner';
import { startRegistry, TROUBLES, type NpmRegistry } from './registry';
import { packAsNext } from './tarball';
import { WebhookCalls } from './webhookCalls';

/** The package as users of an older n8n install it, as one story: each test continues where the one before ended. */
describe(`an n8n ${OLDEST.version}`, () => {
	let first: Tarball;
	let second: Tarball;
	let registry: NpmRegistry;
	let n8n: RunningVersion;
	let browser: Browser;
	let screen: CommunityNodes;
	let calls: WebhookCalls;

	beforeAll(async () => {
		first = await packAsNext(1);
		second = await packAsNext(2);
		registry = await startRegistry(first);
		n8n = await startEmptyN8n(OLDEST, registry);
		({ browser, screen } = await logIn(n8n));
	});
	afterEach(async () => {
		registry.trouble = undefined;
		await finalScreenshot(screen.page, expect.getState().currentTestName);
	});
	afterAll(async () => {
		// Undefined if they did not start.
		await (browser as Browser | undefined)?.close();
		await (n8n as RunningVersion | undefined)?.clear();
		await (calls as WebhookCalls | undefined)?.close();
		await (registry as NpmRegistry | undefined)?.close();
	});

	test('installs the package on the screen Community nodes, and runs it', async () => {
		await screen.open();
		expect(await screen.install(NAME)).toMatch('Package installed');
		expect(await screen.installed()).toMatch(`v${first.manifest.version}`);
		calls = await WebhookCalls.publish(n8n);
		expect(await calls.wrongOnes()).toEqual([]);
		registry.publish(second);
	});

	test.each(TROUBLES)('whose registry is in trouble (%s) continues with what it has', async (trouble) => {
		await screen.open();
		await screen.prepareUpdate();
		registry.trouble = trouble;
		expect(await screen.update()).toMatch('Problem updating package');
		registry.trouble = undefined;
		expect(await screen.installed()).toMatch(`v${first.manifest.version}`);
		expect(await calls.wrongOnes()).toEqual([]);
	});

	test('updates it while it is called', async () => {
		await screen.open();
		await screen.prepareUpdate();
		const update = screen.update();
		expect(await calls.during(update)).toEqual([]);
		expect(await update).toMatch('Package updated');
		expect(await screen.installed()).toMatch(`v${second.manifest.version}`);
		expect(await calls.wrongOnes()).toEqual([]);
	});

	test('uninstalls it, and installs it again: its workflows continue', async () => {
		await screen.open();
		expect(await screen.uninstall()).toMatch('Package uninstalled');
		expect(await calls.wrongOnes()).not.toEqual([]);
		await screen.open();
		expect(await screen.install(NAME)).toMatch('Package installed');
		expect(await calls.wrongOnes()).toEqual([]);
	});
});
