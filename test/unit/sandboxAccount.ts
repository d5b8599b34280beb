import axios, { type AxiosInstance } from 'axios';
import { ManualClock } from '../../sandbox/clock';
import { Ledger } from '../../sandbox/ledger';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/server';

export type Fields = Record<string, unknown>;

/** A client of the sandbox's API, for which every status is a response. */
export function apiClient(): AxiosInstance {
	return axios.create({
		headers: { Authorization: 'Bearer llmgen_sandbox_key' },
		validateStatus: () => true,
	});
}

/** Starts a sandbox for this client: an account without sites and rows, and a clock that stands still. */
export async function startAccount(
	http: AxiosInstance,
	credits: number,
	options: SandboxOptions = {},
): Promise<{ clock: ManualClock; sandbox: Sandbox }> {
	const clock = new ManualClock();
	const sandbox = await startSandbox({ ledger: new Ledger(), clock, ...options });
	sandbox.ledger.adjust(credits);
	http.defaults.baseURL = sandbox.baseUrl;
	return { clock, sandbox };
}
