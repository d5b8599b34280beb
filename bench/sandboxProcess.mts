import axios from 'axios';
import { execaNode } from 'execa';
import getPort from 'get-port';
import { fileURLToPath } from 'node:url';
import type { FaultRule } from '../sandbox/faults.ts';
import { eventually } from '../test/until.ts';

/** The sandbox in a separate process, so that it shares no thread with n8n or with the measuring code. */
export interface SandboxProcess {
	baseUrl: string;
	apiKey: string;
	/** Creates a new account with this many rows and delays each response. Returns the IDs in the order of the API. */
	prepare(rows: number, delayMs: number): Promise<string[]>;
	/** Creates a new account with enough credits, whose jobs take this long; its rate limit begins anew. */
	prepareGeneration(durationMs: number, perMinute?: number): Promise<void>;
	/** The jobs of this account, in the order they were started. */
	jobs(): Promise<StartedJob[]>;
	/** Generates the file of this website, and serves it with this size. */
	prepareFile(url: string, bytes: number): Promise<void>;
	/** Credits left in this account. */
	balance(): Promise<number>;
	/** Adds a row that does not change the balance, and returns its ID. */
	addRow(): Promise<string>;
	addFaults(rules: FaultRule[]): Promise<void>;
	/** Resets the count of requests. */
	clearRequests(): Promise<void>;
	/** The requests since the last reset. */
	requests(): Promise<Requests>;
	stop(): Promise<void>;
}

export interface Requests {
	requests: number;
	/** Maximum number of requests that were open at the same time. */
	maxInFlight: number;
	/** How many of them were rejected, or did not get a complete response. */
	faulty: number;
	/** How many of them asked for the state of a job. */
	statusRequests: number;
	/** How many of them the rate limit rejected. */
	rejected: number;
}

/** `charged`: credits. */
export interface StartedJob {
	id: string;
	url: string;
	status: string;
	charged: number;
}

/** Enough for every run. */
const CREDITS = 100_000;

export async function startSandboxProcess(): Promise<SandboxProcess> {
	const port = await getPort();
	const main = fileURLToPath(new URL('../sandbox/main.ts', import.meta.url));
	const child = execaNode(main, ['--port', String(port)], {
		nodeOptions: ['--import', 'tsx'],
		reject: false,
		// The output is not needed, and would fill execa's buffer.
		buffer: false,
	});
	const http = axios.create({ baseURL: `http://127.0.0.1:${port}/sandbox`, proxy: false });
	await eventually(() => http.get('/requests'));
	return {
		baseUrl: `http://127.0.0.1:${port}/api/v1`,
		apiKey: 'llmgen_sandbox_key',
		async prepare(rows, delayMs) {
			await http.post('/reset', { rows });
			if (delayMs > 0) await http.post('/faults', { delayMs });
			const { data } = await http.get<{ transactions: Array<{ id: string }> }>('/ledger');
			return data.transactions.map(({ id }) => id);
		},
		async prepareGeneration(durationMs, perMinute) {
			await http.post('/reset', { rows: 0 });
			await http.post('/transactions', { type: 'purchase', amount: CREDITS });
			const rateLimit = perMinute ? { limit: perMinute, windowMs: 60_000 } : null;
			await http.put('/settings', { rateLimit, generation: { durationMs } });
		},
		async jobs() {
			return (await http.get<{ jobs: StartedJob[] }>('/jobs')).data.jobs;
		},
		async prepareFile(url, bytes) {
			const { data } = await http.post<StartedJob>('/jobs', { url });
			await http.post(`/jobs/${data.id}/finish`);
			await http.post('/faults', { path: '/file', file: { bytes } });
		},
		async balance() {
			return (await http.get<{ balance: number }>('/ledger')).data.balance;
		},
		async addRow() {
			type Added = { transactions: [{ id: string }] };
			const { data } = await http.post<Added>('/transactions', { type: 'refund', amount: 0 });
			return data.transactions[0].id;
		},
		async addFaults(rules) {
			await http.post('/faults', rules);
		},
		async clearRequests() {
			await http.delete('/requests');
		},
		async requests() {
			type Entry = { method: string; path: string; status?: number };
			type Log = { entries: Entry[]; maxInFlight: number };
			const { entries, maxInFlight } = (await http.get<Log>('/requests')).data;
			const number = (isCounted: (entry: Entry) => boolean) => entries.filter(isCounted).length;
			return {
				requests: entries.length,
				maxInFlight,
				faulty: number(({ status = 500 }) => status >= 400),
				statusRequests: number(({ method, path }) => method === 'GET' && path.startsWith('/generate/')),
				rejected: number(({ status }) => status === 429),
			};
		},
		async stop() {
			child.kill();
			await child;
		},
	};
}
