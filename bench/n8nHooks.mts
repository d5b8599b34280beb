/**
 * Loaded by n8n itself (EXTERNAL_HOOK_FILES), whose Node.js reads TypeScript as it is. Tells the benchmark what each
 * execution did, straight from n8n's own run data, so that no execution has to be saved: writing 100,000 rows to a
 * database would hide what reading them costs.
 */
import type { IRun, IWorkflowBase } from 'n8n-workflow';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What n8n did in one execution. Times in milliseconds. */
export interface Report {
	/** The workflow's name. */
	workflow: string;
	/** What its webhook was called with, to tell executions apart that run at once. A trigger has none. */
	token?: string;
	status: string;
	/** What stopped it. */
	said?: string;
	wholeMs: number;
	/** By name of the node: its `executionTime` in n8n's run data. */
	nodeMs: Record<string, number>;
	/** The most memory that n8n's process had resident, before the latest execution began and up to the end of this one. */
	peakBytesBefore: number;
	peakBytes: number;
	/** What tells the rows that came out apart: a transaction's ID; of a checkout its package and session; a balance. */
	rows: string[];
}

interface Row {
	id?: string;
	sessionId?: string;
	package?: { id: string };
	balance?: number;
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
				said: run.data.resultData.error?.message,
				wholeMs: Number(run.stoppedAt) - Number(run.startedAt),
				nodeMs: nodeMs(run),
				peakBytesBefore,
				// Taken before the rows are gone through.
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

/** Lets the soak ask how many bytes JavaScript holds: see `heldBytes`. */
export const n8n = {
	ready: [
		({ app }: { app: App }) => {
			app.post('/bench/held', (_request, response) => void heldBytes().then((held) => response.json(held)));
		},
	],
};

/** Some garbage is let go only by clean-up that runs after a collection, and n8n is never quite idle: the least counts. */
const COLLECTIONS = 3;
const CLEAN_UP_MS = 100;

/** What JavaScript holds, its heap and the buffers beside it, when all garbage is collected. */
async function heldBytes(): Promise<number> {
	// V8 drops compiled code that was not used for a while: megabytes, which would hide what is lost.
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

/** The rows of the last node; a page of the HTTP Request node holds many. */
function rows({ data }: IRun): string[] {
	const { runData, lastNodeExecuted = '' } = data.resultData;
	const items = runData[lastNodeExecuted]?.[0].data?.main[0] ?? [];
	return items
		.flatMap(({ json }) => (json.transactions ?? [json]) as Row[])
		.map((row) => row.id ?? String(row.balance ?? `${row.package?.id} ${row.sessionId}`));
}
