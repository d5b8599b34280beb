import type { INode } from 'n8n-workflow';
import type { SavedCredential } from '../demo/n8nApi.ts';
import type { FaultRule } from '../sandbox/faults.ts';
import type { Report } from './n8nHooks.mts';
import { checkRows, succeeded } from './runs.mts';
import { chain, llmGenerator, uses, type BenchWorkflow } from './workflows.ts';

/** Rows that the account has before the soak. */
export const ROWS = 300;

export const CONTROL = 'control';

/** The answers of the sandbox that are not good: few enough that four tries in a row do not meet them. */
export const FAULTS: FaultRule[] = [
	{ path: '/credits/checkout', probability: 0.25, seed: 1, status: 500 },
	{ probability: 0.005, seed: 2, status: 429, headers: { 'Retry-After': '1' } },
	{ probability: 0.005, seed: 3, status: 500 },
	{ probability: 0.005, seed: 4, reset: 'before' },
	{ probability: 0.005, seed: 5, reset: 'after' },
	{ delayMs: 10 },
];

/** What a checkout says that met a fault. It is not sent again, as nobody knows whether it was made. */
const NOT_SENT_TWICE =
	/^(LLM Generator is not working|The connection to LLM Generator was cut).*not sent twice/;

/** What the sandbox's account holds. */
export interface Account {
	/** The IDs of its transactions, the newest first. */
	rows: string[];
	balance: number;
}

export interface Kind {
	/** Shown in the report, and the name of its workflow. */
	name: string;
	parameters: INode['parameters'];
	/**
	 * @param rowsBefore how many rows the account had when the execution began
	 * @throws PlainStop unless the execution brought what it should
	 */
	check: (report: Report, account: Account, rowsBefore: number) => void;
}

/** What is run, in turns. */
export const KINDS: Kind[] = [
	{
		name: 'get-credit-history',
		parameters: { operation: 'getHistory', returnAll: true },
		// Rows that are booked while it reads may come or not; all that were there before have to.
		check: (report, { rows }, rowsBefore) => {
			const came = succeeded(report).rows;
			checkRows(report.workflow, came, rows.slice(-Math.max(came.length, rowsBefore)));
		},
	},
	{
		name: 'get-balance',
		parameters: { operation: 'getBalance' },
		check: (report, { balance }) => checkRows(report.workflow, succeeded(report).rows, [String(balance)]),
	},
	{
		name: 'create-checkout',
		parameters: { operation: 'createCheckout', packageId: { __rl: true, mode: 'id', value: 'pkg_pro' } },
		check: (report) => {
			if (report.status === 'error' && NOT_SENT_TWICE.test(report.said ?? '')) return;
			const packages = succeeded(report).rows.map((row) => row.replace(/ cs_test_\w+$/, ''));
			checkRows(report.workflow, packages, ['pkg_pro']);
		},
	},
];

export function soakWorkflow({ name, parameters }: Kind, credential: SavedCredential): BenchWorkflow {
	return chain(name, [llmGenerator({ resource: 'credit', ...parameters }, credential)]);
}

/** Polls six times a minute; n8n takes no schedule that is denser than a minute, but several of them. */
export function triggerWorkflow(credential: SavedCredential): BenchWorkflow {
	const seconds = [0, 10, 20, 30, 40, 50];
	const item = seconds.map((second) => ({ mode: 'custom', cronExpression: `${second} * * * * *` }));
	const trigger: INode = {
		id: 'trigger',
		name: 'LLM Generator Trigger',
		type: 'n8n-nodes-llmgenerator.llmGeneratorTrigger',
		typeVersion: 1,
		position: [0, 0],
		parameters: { event: 'newTransaction', pollTimes: { item } },
		credentials: uses(credential),
	};
	const { settings } = chain('', []);
	return { name: 'trigger', nodes: [trigger], connections: {}, settings };
}

/** What the control runs: nothing of this package. */
export function controlWorkflow(): BenchWorkflow {
	return chain(CONTROL, [
		{ name: 'No Operation', type: 'n8n-nodes-base.noOp', typeVersion: 1, parameters: {} },
	]);
}
