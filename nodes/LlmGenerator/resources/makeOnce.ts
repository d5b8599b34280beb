import { createHash } from 'crypto';
import type { IDataObject } from 'n8n-workflow';
import type { ItemRun } from './operation';
import { withEntry } from './records';
import { isRequestOption } from './requestOptions';

/**
 * Makes something for an input item, once in a run of the node. n8n runs the whole node again where a later item ended
 * it, where the first item carries an error ("Retry On Fail"), and when a person retries the execution: then what was
 * made already comes again, and nothing is made twice.
 */
export async function makeOnce<T extends IDataObject>(
	run: Pick<ItemRun, 'context' | 'itemIndex'>,
	make: () => Promise<T>,
): Promise<T> {
	return await withEntry<T, T>(run, fingerprint(run), async (entry) => (entry.record ??= await make()));
}

/**
 * Tells whether a retry wants the same: what the user typed, expressions unresolved (they may hold the time), and the
 * input item. How requests are made does not count, so that they can be given more time.
 */
function fingerprint({ context, itemIndex }: Pick<ItemRun, 'context' | 'itemIndex'>): string {
	const { parameters, credentials } = context.getNode();
	const withoutRequestOptions = (name: string, value: unknown) => (isRequestOption(name) ? undefined : value);
	const item = context.getInputData()[itemIndex].json;
	return hash(JSON.stringify([itemIndex, parameters, credentials, item], withoutRequestOptions));
}

/** Short, and different for what differs. */
export function hash(text: string): string {
	return createHash('sha256').update(text).digest('base64').slice(0, 16);
}
