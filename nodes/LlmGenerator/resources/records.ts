import type { IExecuteFunctions } from 'n8n-workflow';
import type { ItemRun } from './operation';

/** How far something came that must not be made twice. Plain data; n8n keeps it with the execution, also for a retry. */
export interface Entry<T> {
	record?: T;
	/** When something that cannot be used for ever was made: Unix epoch, milliseconds. */
	madeAt?: number;
}

/** What is kept of the latest run; as an agent's tool, of all calls. */
interface Memory {
	run?: number;
	/** By fingerprint. */
	entries?: Record<string, KeptEntry[]>;
}

interface KeptEntry extends Entry<unknown> {
	/** The input items that it is for. */
	items: number[];
	account?: string;
	/** Of an agent's tool: the execution, how often it was tried there, and whether the last try threw. */
	execution?: string;
	tries?: number;
	threw?: boolean;
}

/**
 * Runs `use` with what is kept for an input item: what an earlier try of the same run left, or an empty entry. A retry is
 * told from a new run by n8n's run index: Retry On Fail and a retry of the saved execution keep it, the next round of a loop
 * has the next one. For an agent's tool, see `toolEntry`.
 *
 * @param fingerprint of what is made: something else has another entry
 * @param account where it is given, items of the same account with the same fingerprint share one entry; a retry finds it also
 * with another account
 */
export async function withEntry<T, R>(
	{ context, itemIndex }: Pick<ItemRun, 'context' | 'itemIndex'>,
	fingerprint: string,
	use: (entry: Entry<T>) => Promise<R>,
	account?: string,
): Promise<R> {
	const memory = context.getContext('node') as Memory;
	const isTool = isOwnTool(context);
	const run = isTool ? undefined : runIndex(context, itemIndex);
	if (!memory.entries || memory.run !== run) Object.assign(memory, { run, entries: {} });
	const same = (memory.entries![fingerprint] ??= []);
	const entry = isTool ? toolEntry(same, context) : runEntry(same, itemIndex, account);
	const used = use(entry as Entry<T>);
	// n8n calls a tool again only for what it throws.
	if (isTool && !context.continueOnFail()) used.catch(() => (entry.threw = true));
	return await used;
}

function runEntry(same: KeptEntry[], itemIndex: number, account?: string): KeptEntry {
	const own = same.find(({ items }) => items.includes(itemIndex));
	if (own) return own;
	const shared = account === undefined ? undefined : same.find((one) => one.account === account);
	if (shared) shared.items.push(itemIndex);
	return shared ?? added(same, { items: [itemIndex], account });
}

/**
 * n8n calls a tool itself, and gives each call and each of its retries the next run index. A retry is what follows a call
 * that threw, as often as the node's Retry On Fail allows; everything else is a new call, also if it asks for the same.
 * In a retry of the saved execution, which has another ID, the agent begins anew: its calls find what was made before.
 */
function toolEntry(same: KeptEntry[], context: IExecuteFunctions): KeptEntry {
	const execution = context.getExecutionId();
	const isFree = (one: KeptEntry) =>
		one.execution !== execution || (one.threw && (one.tries ?? 1) < mostTries(context));
	const entry = same.find(isFree) ?? added(same, { items: [0], execution, tries: 0 });
	const tries = entry.execution === execution ? (entry.tries ?? 1) + 1 : 1;
	return Object.assign(entry, { execution, tries, threw: false });
}

function added(same: KeptEntry[], entry: KeptEntry): KeptEntry {
	same.push(entry);
	return entry;
}

/** Whether n8n runs the node as a tool by itself, and not as a step of the workflow, as newer agents do. */
function isOwnTool(context: IExecuteFunctions): boolean {
	return 'getNextRunIndex' in context;
}

/** As n8n reads it (makeHandleToolInvocation). */
function mostTries(context: IExecuteFunctions): number {
	const { retryOnFail, maxTries = 3 } = context.getNode();
	return retryOnFail ? Math.min(5, Math.max(2, maxTries)) : 1;
}

function runIndex(context: IExecuteFunctions, itemIndex: number): number {
	return context.evaluateExpression('{{ $runIndex }}', itemIndex) as number;
}
