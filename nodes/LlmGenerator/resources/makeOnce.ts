import { createHash } from 'crypto';
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { ItemRun } from './operation';
import { isRequestOption } from './requestOptions';

/** What was made in the node's latest run, kept by n8n with the execution, a retry of it included. */
interface Made {
	/** n8n's run index: the next round of a loop has the next one, a retry keeps it. */
	run: number;
	/** By input item. */
	items: Record<string, { wish: string; result: IDataObject }>;
}

/**
 * Makes something for an input item, once in a run of the node. n8n runs the whole node again where a later item ended
 * it, where the first item carries an error ("Retry On Fail"), and when a person retries the execution: then what was
 * made already comes again, and nothing is made twice.
 */
export async function makeOnce<T extends IDataObject>(
	{ context, itemIndex }: Pick<ItemRun, 'context' | 'itemIndex'>,
	make: () => Promise<T>,
): Promise<T> {
	const run = context.evaluateExpression('{{ $runIndex }}', itemIndex) as number;
	const memory = context.getContext('node') as { made?: Made };
	if (memory.made?.run !== run) memory.made = { run, items: {} };
	const { items } = memory.made;
	const wish = fingerprint(context, itemIndex);
	const made = items[itemIndex];
	if (made?.wish === wish) return made.result as T;
	const result = await make();
	items[itemIndex] = { wish, result };
	return result;
}

/**
 * Tells whether a retry wants the same: what the user typed, expressions unresolved (they may hold the time), and the
 * input item. How requests are made does not count, so that they can be given more time.
 */
function fingerprint(context: IExecuteFunctions, itemIndex: number): string {
	const { parameters, credentials } = context.getNode();
	const withoutRequestOptions = (name: string, value: unknown) => (isRequestOption(name) ? undefined : value);
	const wish = JSON.stringify(
		[parameters, credentials, context.getInputData()[itemIndex].json],
		withoutRequestOptions,
	);
	return createHash('sha256').update(wish).digest('base64').slice(0, 16);
}
