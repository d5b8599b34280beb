import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import type { FaultRule } from '../../sandbox/faults';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { seed } from '../unit/chance';
import { startNode } from './n8n';

let sandbox: Sandbox;
const unhandled: unknown[] = [];
const record = (reason: unknown) => unhandled.push(reason);

/** Requests that were sent before the stop may arrive later, on a busy machine. */
const LATE_REQUESTS_MS = 400;
/** Longer than the first back-off. */
const AFTERWARDS_MS = 600;

beforeAll(async () => {
	process.on('unhandledRejection', record);
	sandbox = await startSandbox();
});
beforeEach(() => sandbox.reset({ rows: 5000 }));
afterAll(async () => {
	process.off('unhandledRejection', record);
	await sandbox.close();
});

// Without the stop, each of them would continue for a minute or more, and jest allows 30 seconds.
const RUNNING: Array<[string, FaultRule[], number]> = [
	['a request that gets no response', [{ stall: 'headers' }], 1],
	['a response that stalls', [{ stall: 'body' }], 1],
	['a response that drips', [{ drip: { bytes: 1, everyMs: 20 } }], 1],
	['sixteen requests that get no response', [{ skip: 5, stall: 'headers' }], 16],
	['a wait that the server asked for', [{ status: 429, headers: { 'Retry-After': '100' } }], 1],
	['a wait that a server in maintenance asked for', [{ status: 503, headers: { 'Retry-After': '100' } }], 1],
	['a wait for the window to end', [{ headers: usedUp() }], 1],
	['a back-off', [{ skip: 2, status: 500 }], 3],
	['a back-off of the rate limit', [{ skip: 2, status: 429 }], 3],
];

test.each(RUNNING)(
	'stopping the execution ends %s, and no request is sent after that',
	async (_what, faults, seen) => {
		sandbox.faults.add(...faults);
		const run = await startNode({
			parameters: { operation: 'getHistory', returnAll: true },
			credential: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
			items: [{}, {}, {}],
		});
		const ended = expect(run.finished).rejects.toThrow();
		await untilRequests(seen);
		await sleep(50);
		run.stop();
		await ended;
		const sent = await allRequests();
		await sleep(AFTERWARDS_MS);
		expect(sandbox.requests.entries).toHaveLength(sent);
		expect(unhandled).toEqual([]);
	},
);

/** Waits until this many requests have arrived; the timeout of the test is the limit. */
async function untilRequests(count: number): Promise<void> {
	while (sandbox.requests.entries.length < count) await sleep(5);
}

/** The number of all requests, when no more arrive for a while. */
async function allRequests(): Promise<number> {
	for (;;) {
		const count = sandbox.requests.entries.length;
		await sleep(LATE_REQUESTS_MS);
		if (sandbox.requests.entries.length === count) return count;
	}
}

test('a checkout that is being created is stopped too', async () => {
	sandbox.faults.add({ stall: 'headers' });
	const run = await startNode({
		parameters: { operation: 'createCheckout', packageId: { __rl: true, mode: 'id', value: 'pkg_pro' } },
		credential: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
	});
	const ended = expect(run.finished).rejects.toThrow();
	await untilRequests(1);
	run.stop();
	await ended;
	await sleep(AFTERWARDS_MS);
	expect(sandbox.requests.entries).toHaveLength(1);
});

test.each([
	[
		'cut off',
		{ stall: 'headers' as const },
		'unknown',
		/^The run was stopped before LLM Generator answered\. It is/,
	],
	[
		'waiting',
		{ status: 429, headers: { 'Retry-After': '100' } },
		'not sent',
		/before this request was sent\./,
	],
])(
	'a checkout that is %s when the execution is stopped: the message says whether it was sent',
	async (_what, fault, fate, sentence) => {
		sandbox.faults.add(fault);
		const run = await startNode({
			parameters: { operation: 'createCheckout', packageId: { __rl: true, mode: 'id', value: 'pkg_pro' } },
			credential: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
		});
		const ended = run.finished.catch((thrown: Error) => thrown);
		while (sandbox.requests.entries.length < 1) await sleep(5);
		await sleep(50);
		run.stop();
		expect(await ended).toMatchObject({ fate, message: expect.stringMatching(sentence) as string });
	},
);

test('whenever the execution is stopped, a checkout that is said not to have been sent was not made', async () => {
	const moment = fc.record({
		stopAfterMs: fc.nat({ max: 60 }),
		delayMs: fc.nat({ max: 30 }),
		rejections: fc.nat({ max: 2 }),
	});
	let moments = 0;
	await fc.assert(
		fc.asyncProperty(moment, async ({ stopAfterMs, delayMs, rejections }) => {
			sandbox.reset();
			if (rejections > 0) {
				sandbox.faults.add({ status: 429, times: rejections, headers: { 'Retry-After': '0.01' } });
			}
			sandbox.faults.add({ delayMs });
			// A checkout of the moment before may still arrive.
			const successUrl = `https://example.com/${++moments}`;
			const packageId = { __rl: true, mode: 'id', value: 'pkg_pro' };
			const run = await startNode({
				parameters: { operation: 'createCheckout', packageId, additionalFields: { successUrl } },
				credential: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
			});
			const ended = run.finished.catch((thrown: Error) => thrown);
			await sleep(stopAfterMs);
			run.stop();
			const result = (await ended) as { fate?: string };
			if (result instanceof Error) expect(['not sent', 'unknown']).toContain(result.fate);
			if (result.fate !== 'not sent') return;
			await sleep(LATE_REQUESTS_MS);
			const made = sandbox.requests.entries.filter(({ status }) => status === 200);
			expect(made.map(({ body }) => (body as { successUrl: string }).successUrl)).not.toContain(successUrl);
		}),
		{ numRuns: 30, seed },
	);
}, 60_000);

test('an item that fails ends the reads of the other items', async () => {
	sandbox.faults.add({ skip: 1, times: 1, stall: 'headers' }, { skip: 2, status: 422, delayMs: 50 });
	const { finished } = await startNode({
		parameters: { operation: 'getBalance' },
		credential: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
		items: [{}, {}, {}],
	});
	await expect(finished).rejects.toThrow(/did not accept a value/);
	expect(unhandled).toEqual([]);
});

test('a checkout that hangs does not delay a failed run for long', async () => {
	sandbox.faults.add({ skip: 1, times: 1, stall: 'headers' }, { skip: 2, status: 422, delayMs: 50 });
	const { finished } = await startNode({
		parameters: { operation: 'createCheckout', packageId: { __rl: true, mode: 'id', value: 'pkg_pro' } },
		credential: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
		items: [{}, {}, {}],
	});
	await expect(finished).rejects.toThrow(/did not accept a value/);
	expect(unhandled).toEqual([]);
});

describe('a checkout that is being created when another item stops the run', () => {
	const packages = (...ids: string[]) => ({
		parameters: { operation: 'createCheckout', packageId: '={{ $json.id }}' },
		credential: { apiKey: 'llmgen_sandbox_key', baseUrl: sandbox.baseUrl },
		items: ids.map((id) => ({ id })),
	});

	test('is completed, and no other one is started', async () => {
		sandbox.faults.add({ delayMs: 300 });
		const { finished } = await startNode(packages('pkg_pro', '', 'pkg_pro'));
		await expect(finished).rejects.toThrow(/No package is given/);
		expect(sandbox.requests.entries.map(({ status }) => status)).toEqual([200]);
		expect(sandbox.sessions.size).toBe(1);
	});

	test('is completed, whatever the API responds to the other item', async () => {
		sandbox.faults.add({ skip: 1, times: 1, delayMs: 300 });
		const { finished } = await startNode(packages('pkg_pro', 'pkg_pro', 'pkg_none'));
		await expect(finished).rejects.toThrow(/There is no package pkg_none/);
		expect(sandbox.requests.entries.map(({ status }) => status)).toEqual([200, 200, 404]);
		expect(sandbox.sessions.size).toBe(2);
	});

	test('is not cut off at the server', async () => {
		let [requests, cut] = [0, 0];
		const server = createServer((request, response) => {
			requests++;
			response.on('close', () => (cut += response.writableFinished ? 0 : 1));
			request.resume();
			setTimeout(() => response.end('{}'), 300);
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		const run = { ...packages('pkg_pro', ''), credential: { apiKey: 'llmgen_sandbox_key', baseUrl } };
		const message = await (await startNode(run)).finished.catch((thrown: Error) => thrown.message);
		server.close();
		expect(message).toMatch(/No package is given/);
		expect({ requests, cut }).toEqual({ requests: 1, cut: 0 });
	});

	test('ends at its own deadline', async () => {
		sandbox.faults.add({ stall: 'headers' });
		const run = packages('pkg_pro', '');
		const parameters = { ...run.parameters, additionalFields: { timeoutSeconds: 0.5 } };
		await expect((await startNode({ ...run, parameters })).finished).rejects.toThrow(/No package is given/);
		expect(sandbox.requests.entries).toHaveLength(1);
	});

	test('ends at once if the execution is stopped', async () => {
		sandbox.faults.add({ stall: 'headers' });
		const run = await startNode(packages('pkg_pro', ''));
		const ended = expect(run.finished).rejects.toThrow();
		await untilRequests(1);
		await sleep(50);
		run.stop();
		await ended;
	});
});

function usedUp() {
	return {
		'X-RateLimit-Remaining': '0',
		'X-RateLimit-Reset': String(Math.ceil(Date.now() / 1000) + 200),
	};
}
