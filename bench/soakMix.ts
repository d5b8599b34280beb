import type { INode } from 'n8n-workflow';
import { credentialOf, type SavedCredential } from '../demo/n8nApi.ts';
import type { FaultRule } from '../sandbox/faults.ts';
import type { Report } from './n8nHooks.mts';
import { checkRows, succeeded } from './runs.mts';
import { chain, llmGenerator, type BenchWorkflow } from './workflows.ts';

/** Number of rows in the account before the soak. */
export const ROWS = 300;

export const CONTROL = 'control';

/** The faults of the sandbox: so rare that four tries in a row do not all hit one. */
export const FAULTS: FaultRule[] = [
	{ path: '/credits/checkout', probability: 0.25, seed: 1, status: 500 },
	{ probability: 0.005, seed: 2, status: 429, headers: { 'Retry-After': '1' } },
	{ probability: 0.005, seed: 3, status: 500 },
	{ probability: 0.005, seed: 4, reset: 'before' },
	{ probability: 0.005, seed: 5, reset: 'after' },
	{ delayMs: 10 },
];

/** The message if a request for a checkout fails. It is not sent again, because the checkout may have been created. */
const NOT_SENT_TWICE =
	/^(LLM Generator is not working|The connection to LLM Generator was cut).*not sent twice/;

/** The state of the sandbox's account. */
export interface Account {
	/** The IDs of its transactions, newest first. */
	rows: string[];
	balance: number;
}

export interface Kind {
	/** Name of its workflow, also shown in the report. */
	name: string;
	parameters: INode['parameters'];
	/**
	 * @param rowsBefore number of rows in the account when the execution started
	 * @throws UserError unless the execution returned the expected result
	 */
	check: (report: Report, account: Account, rowsBefore: number) => void;
}

/** The workflows that run in turns. */
export const KINDS: Kind[] = [
	{
		name: 'get-credit-history',
		parameters: { operation: 'getHistory', returnAll: true },
		// Rows that are added while it reads may be included or not; all rows that existed before must be.
		check: (report, { rows }, rowsBefore) => {
			const returned = succeeded(report).rows;
			checkRows(report.workflow, returned, rows.slice(-Math.max(returned.length, rowsBefore)));
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
			if (report.status === 'error' && NOT_SENT_TWICE.test(report.errorMessage ?? '')) return;
			const packages = succeeded(report).rows.map((row) => row.replace(/ cs_test_\w+$/, ''));
			checkRows(report.workflow, packages, ['pkg_pro']);
		},
	},
];

export function soakWorkflow({ name, parameters }: Kind, credential: SavedCredential): BenchWorkflow {
	return chain(name, [llmGenerator({ resource: 'credit', ...parameters }, credential)]);
}

/** Polls six times a minute: n8n allows no schedule shorter than a minute, but it allows several schedules. */
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
		credentials: credentialOf(credential),
	};
	const { settings } = chain('', []);
	return { name: 'trigger', nodes: [trigger], connections: {}, settings };
}

/** The workflow of the control: it has no nodes of this package. */
export function controlWorkflow(): BenchWorkflow {
	return chain(CONTROL, [
		{ name: 'No Operation', type: 'n8n-nodes-base.noOp', typeVersion: 1, parameters: {} },
	]);
}
