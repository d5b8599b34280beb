/**
 * Loaded by n8n itself (EXTERNAL_HOOK_FILES), whose Node.js reads TypeScript as it is. Tells the benchmark what each
 * execution did, straight from n8n's own run data, so that no execution has to be saved: writing 100,000 rows to a
 * database would hide what reading them costs.
 */
import type { IRun } from 'n8n-workflow';

/** What n8n did in one execution. Times in milliseconds. */
export interface Report {
	status: string;
	/** What stopped it. */
	said?: string;
	wholeMs: number;
	/** By name of the node: its `executionTime` in n8n's run data. */
	nodeMs: Record<string, number>;
	/** The most memory that n8n's process had resident, before the execution and up to its end. */
	peakBytesBefore: number;
	peakBytes: number;
	/** What tells the rows that came out apart: a transaction's ID; of a checkout its package and session. */
	rows: string[];
}

interface Row {
	id?: string;
	sessionId?: string;
	package?: { id: string };
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
		async (run: IRun) => {
			const report: Report = {
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

function peakBytes(): number {
	return process.resourceUsage().maxRSS * KIB;
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
		.map((row) => row.id ?? `${row.package?.id} ${row.sessionId}`);
}
