/**
 * n8n itself loads this file (EXTERNAL_HOOK_FILES); its Node.js can run TypeScript. It reports to the benchmark what each
 * execution did, directly from n8n's own run data. So n8n does not need to save executions: the time to write 100,000
 * rows to a database would hide the time to read them.
 */
import type { IRun, IWorkflowBase } from 'n8n-workflow';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What n8n did in one execution. Times are in milliseconds. */
export interface Report {
	/** The workflow's name. */
	workflow: string;
	/** Sent with the call of the webhook, to distinguish executions that run at once. A trigger has none. */
	token?: string;
	status: string;
	/** The message of the error that stopped the execution. */
	errorMessage?: string;
	wholeMs: number;
	/** By the name of the node: its `executionTime` in n8n's run data. */
	nodeMs: Record<string, number>;
	/** Maximum resident memory of the n8n process: before the latest execution started, and until the end of this one. */
	peakBytesBefore: number;
	peakBytes: number;
	/** Identifies the output rows: the ID of a transaction or job; the package and session of a checkout; a balance; the size of a file. */
	rows: string[];
}

interface Row {
	id?: string;
	jobId?: string;
	sessionId?: string;
	package?: { id: string };
	balance?: number;
	fileSize?: number;
}

const KIB = 1024;

let peakBytesBefore = 0;

export const workflow = {
	preExecute: [
		() => {
			peakBytesBefore = peakBytes();
		},
	],
	postExecute: [
		async (run: IRun, { name }: IWorkflowBase) => {
			const report: Report = {
				workflow: name,
				token: token(run),
				status: run.status,
				errorMessage: run.data.resultData.error?.message,
				wholeMs: Number(run.stoppedAt) - Number(run.startedAt),
				nodeMs: nodeMs(run),
				peakBytesBefore,
				// Measured before the rows are processed.
				peakBytes: peakBytes(),
				rows: rows(run),
			};
			await fetch(process.env.BENCH_REPORTS_TO ?? '', {
				method: 'POST',
				headers: { 'Content-Type': 'application/json' },
				body: JSON.stringify(report),
			});
		},
	],
};

interface App {
	post(path: string, handle: (request: unknown, response: { json(bytes: number): void }) => void): void;
}

/** An endpoint for the soak: how many bytes JavaScript holds, see `heldBytes`. */
export const n8n = {
	ready: [
		({ app }: { app: App }) => {
			app.post('/bench/held', (_request, response) => void heldBytes().then((held) => response.json(held)));
		},
	],
};

/** Some garbage is only released after a collection, and n8n is never completely idle, so the minimum counts. */
const COLLECTIONS = 3;
const CLEAN_UP_MS = 100;

/** What JavaScript holds (its heap and its buffers) after all garbage was collected. */
async function heldBytes(): Promise<number> {
	// V8 drops compiled code that was not used for a while. These are megabytes, which would hide a leak.
	setFlagsFromString('--no-flush-bytecode');
	setFlagsFromString('--expose-gc');
	const collect = runInNewContext('gc') as () => void;
	const sizes: number[] = [];
	for (let collection = 0; collection < COLLECTIONS; collection++) {
		collect();
		const { heapUsed, external } = process.memoryUsage();
		sizes.push(heapUsed + external);
		await sleep(CLEAN_UP_MS);
	}
	return Math.min(...sizes);
}

function peakBytes(): number {
	return process.resourceUsage().maxRSS * KIB;
}

function token({ data }: IRun): string | undefined {
	const [called] = data.resultData.runData.Webhook?.[0].data?.main[0] ?? [];
	return (called?.json.query as { token?: string } | undefined)?.token;
}

function nodeMs({ data }: IRun): Report['nodeMs'] {
	const nodes = Object.entries(data.resultData.runData);
	return Object.fromEntries(nodes.map(([name, [{ executionTime }]]) => [name, executionTime]));
}

/** The rows of the last node, in a loop those of all its runs; a page of the HTTP Request node contains many rows. */
function rows({ data }: IRun): string[] {
	const { runData, lastNodeExecuted = '' } = data.resultData;
	const runs = runData[lastNodeExecuted] ?? [];
	return runs
		.flatMap(({ data: output }) => output?.main[0] ?? [])
		.flatMap(({ json }) => (json.transactions ?? [json]) as Row[])
		.map((row) => identity(row));
}

function identity({ id, jobId, balance, fileSize, package: bought, sessionId }: Row): string {
	return id ?? jobId ?? String(balance ?? fileSize ?? `${bought?.id} ${sessionId}`);
}
