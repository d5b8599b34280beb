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
}

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
			type Log = { entries: Array<{ status?: number }>; maxInFlight: number };
			const { entries, maxInFlight } = (await http.get<Log>('/requests')).data;
			const faulty = entries.filter(({ status = 500 }) => status >= 400).length;
			return { requests: entries.length, maxInFlight, faulty };
		},
		async stop() {
			child.kill();
			await child;
		},
	};
}
