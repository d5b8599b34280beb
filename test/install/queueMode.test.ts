import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { name as NAME } from '../../package.json';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import type { Tarball } from '../packument';
import { callAll, type WebhookResponse } from '../queue/calls';
import { Cluster, WAIT_LIMIT_MS } from '../queue/cluster';
import { historyOnCall } from '../queue/workflows';
import { sandboxAccount } from '../steps';
import { until } from '../until';
import { startRegistry, type NpmRegistry } from './registry';
import { releases } from './release';
import { packAsNext } from './tarball';

const PATH = 'history';
const AT_ONCE = 20;

const release = releases.at(-1)!;
let next: Tarball;
let registry: NpmRegistry;
let sandbox: Sandbox;
let cluster: Cluster;

beforeAll(async () => {
	next = await packAsNext();
	sandbox = await startSandbox({ ledger: { rows: 50 } });
	registry = await startRegistry(release.tarball, next);
	cluster = await Cluster.start({ main: registry.env, workers: registry.env, hasPackage: false });
});
afterAll(async () => {
	// Undefined if it did not start.
	await (cluster as Cluster | undefined)?.stop();
	await (registry as NpmRegistry | undefined)?.close();
	await (sandbox as Sandbox | undefined)?.close();
});

test('installed on the main, the package runs on every worker', async () => {
	await cluster.api.installPackage(NAME, release.version);
	const credential = await cluster.api.saveCredential(sandboxAccount('Account of the workers', sandbox));
	await cluster.api.activate(await cluster.api.importWorkflow(historyOnCall(PATH, credential)));
	await untilEachWorkerHas(release.version);
	await untilRight();
	const finished = await Promise.all(
		cluster.workers.map(async (worker) => (await worker.executions()).finished),
	);
	expect(Math.min(...finished.map(({ length }) => length))).toBeGreaterThan(0);
});

test('updated on the main while executions run on the workers, it is updated on every worker, and none fails', async () => {
	await cluster.api.updatePackage(NAME, next.manifest.version);
	expect(await untilEachWorkerHas(next.manifest.version)).toEqual([]);
	expect(await wrongCalls()).toEqual([]);
});

test('uninstalled on the main, it is gone on every worker; installed again, it runs on each', async () => {
	await cluster.api.uninstallPackage(NAME);
	await untilEachWorkerHas(undefined);
	expect(await wrongCalls()).toHaveLength(AT_ONCE);
	await cluster.api.installPackage(NAME);
	await untilEachWorkerHas(next.manifest.version);
	await untilRight();
});

/**
 * Waits until the package is in the folder of each worker, in this version, or is not. The main tells the workers to do
 * what it has done itself. Meanwhile all of them are busy: returns the responses that were not right.
 */
async function untilEachWorkerHas(version: string | undefined): Promise<WebhookResponse[]> {
	const wrong: WebhookResponse[] = [];
	await until(
		async () => {
			wrong.push(...(await wrongCalls()));
			return cluster.workers.every(({ home }) => installedVersion(home) === version);
		},
		'A worker does not have it',
		WAIT_LIMIT_MS,
	);
	return wrong;
}

/** Undefined also while n8n is writing its files. */
function installedVersion(home: string): string | undefined {
	const file = join(home, '.n8n', 'nodes', 'node_modules', NAME, 'package.json');
	const manifest = existsSync(file) ? readFileSync(file, 'utf8') : '';
	return /"version": "([^"]+)"/.exec(manifest)?.[1];
}

/** After the files are there, n8n takes a moment to load them. */
async function untilRight(): Promise<void> {
	await until(async () => (await wrongCalls()).length === 0, 'Calls fail', WAIT_LIMIT_MS);
}

/** The responses that were not right, of many calls at once, which keep all workers busy. */
async function wrongCalls(): Promise<WebhookResponse[]> {
	const responses = await callAll(`${cluster.main.url}/webhook/${PATH}`, { times: AT_ONCE, atOnce: AT_ONCE });
	const right = JSON.stringify(sandbox.ledger.all('newestFirst'));
	return responses.filter(({ status, body }) => status !== 200 || body !== right);
}
