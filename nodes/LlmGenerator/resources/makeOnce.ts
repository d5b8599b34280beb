import { createHash } from 'crypto';
import type { IDataObject } from 'n8n-workflow';
import { clock } from '../transport/clock';
import type { ItemRun } from './operation';
import { withEntry } from './records';
import { isRequestOption } from './requestOptions';

/**
 * Creates something for an input item, once in a run of the node. n8n runs the whole node again if an item failed or the
 * first output item contains an error ("Retry On Fail"), and when a person retries the execution. Then this returns what
 * was already created.
 *
 * @param usableMs how long it can be used, in milliseconds: later, it is created anew
 */
export async function makeOnce<T extends IDataObject>(
	run: Pick<ItemRun, 'context' | 'itemIndex'>,
	make: () => Promise<T>,
	usableMs = Infinity,
): Promise<T> {
	return await withEntry<T, T>(run, fingerprint(run), async (entry) => {
		const { record, madeAt = 0 } = entry;
		if (record && clock.now() - madeAt < usableMs) return record;
		const made = await make();
		Object.assign(entry, { record: made, madeAt: clock.now() });
		return made;
	});
}

/**
 * The same for a retry that has to create the same: the fields as the user typed them, with unresolved expressions (they
 * may contain the time), and the input item. Request options do not count, so that a retry can have more time.
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
