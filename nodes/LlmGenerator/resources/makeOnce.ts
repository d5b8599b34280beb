import { createHash } from 'crypto';
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { ItemRun } from './operation';
import { isRequestOption } from './requestOptions';

/** What was created in the node's latest run. n8n keeps it with the execution, also for a retry. */
interface Made {
	/** n8n's run index: a retry has the same one, the next round of a loop has the next one. */
	run: number;
	/** By input item. */
	items: Record<string, { fingerprint: string; result: IDataObject }>;
}

/**
 * Creates something for an input item, once in a run of the node. n8n runs the whole node again if an item failed or the
 * first output item contains an error ("Retry On Fail"), and when a person retries the execution. Then this returns what
 * was already created.
 */
export async function makeOnce<T extends IDataObject>(
	{ context, itemIndex }: Pick<ItemRun, 'context' | 'itemIndex'>,
	make: () => Promise<T>,
): Promise<T> {
	const run = context.evaluateExpression('{{ $runIndex }}', itemIndex) as number;
	const memory = context.getContext('node') as { made?: Made };
	if (memory.made?.run !== run) memory.made = { run, items: {} };
	const { items } = memory.made;
	const fingerprint = fingerprintOf(context, itemIndex);
	const made = items[itemIndex];
	if (made?.fingerprint === fingerprint) return made.result as T;
	const result = await make();
	items[itemIndex] = { fingerprint, result };
	return result;
}

/**
 * The same for a retry that has to create the same: the fields as the user typed them, with unresolved expressions (they
 * may contain the time), and the input item. Request options do not count, so that a retry can have more time.
 */
function fingerprintOf(context: IExecuteFunctions, itemIndex: number): string {
	const { parameters, credentials } = context.getNode();
	const withoutRequestOptions = (name: string, value: unknown) => (isRequestOption(name) ? undefined : value);
	const text = JSON.stringify(
		[parameters, credentials, context.getInputData()[itemIndex].json],
		withoutRequestOptions,
	);
	return createHash('sha256').update(text).digest('base64').slice(0, 16);
}
