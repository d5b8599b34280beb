import { name as NAME } from '../../package.json';
import type { Tarball } from '../packument';
import type { RunningVersion } from '../versions/runningVersion';
import { OLDEST } from '../versions/versions';
import { startEmptyN8n } from './emptyN8n';
import { startRegistry, TROUBLES, type NpmRegistry } from './registry';
import { packAsNext } from './tarball';
import { WebhookCalls } from './webhookCalls';

/** Through n8n's REST API, which its screen uses. The screen itself is tested in the newest n8n. */
describe(`an n8n ${OLDEST.version}`, () => {
	let first: Tarball;
	let second: Tarball;
	let registry: NpmRegistry;
	let n8n: RunningVersion;
	let calls: WebhookCalls;

	beforeAll(async () => {
		first = await packAsNext(1);
		second = await packAsNext(2);
		registry = await startRegistry(first);
		n8n = await startEmptyN8n(OLDEST, registry);
	});
	afterEach(() => {
		registry.trouble = undefined;
	});
	afterAll(async () => {
		// Undefined if they did not start.
		await (n8n as RunningVersion | undefined)?.clear();
		await (calls as WebhookCalls | undefined)?.close();
		await (registry as NpmRegistry | undefined)?.close();
	});

	test('installs the package and runs it', async () => {
		await n8n.api.installPackage(NAME);
		calls = await WebhookCalls.publish(n8n);
		expect(await calls.wrongOnes()).toEqual([]);
		registry.publish(second);
	});

	test.each(TROUBLES)('whose registry is in trouble (%s) continues with what it has', async (trouble) => {
		registry.trouble = trouble;
		await expect(n8n.api.updatePackage(NAME)).rejects.toThrow('500');
		expect(await calls.wrongOnes()).toEqual([]);
	});

	test('updates it while it is called', async () => {
		expect(await calls.during(n8n.api.updatePackage(NAME))).toEqual([]);
		expect(await calls.wrongOnes()).toEqual([]);
	});

	test('uninstalls it, and installs it again: its workflows continue', async () => {
		await n8n.api.uninstallPackage(NAME);
		expect(await calls.wrongOnes()).not.toEqual([]);
		await n8n.api.installPackage(NAME);
		expect(await calls.wrongOnes()).toEqual([]);
	});
});
