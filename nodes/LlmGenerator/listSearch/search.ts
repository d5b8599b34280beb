import {
	NodeOperationError,
	type ILoadOptionsFunctions,
	type INodeListSearchItems,
	type INodeListSearchResult,
} from 'n8n-workflow';
import { nodeError } from '../nodeError';
import { ApiClient } from '../transport/client';
import { REMOVED } from '../transport/explanations';
import { openSession, type Limits } from '../transport/session';

/** A person waits for the list, and can enter the ID instead: so at most a minute. */
const PATIENCE: Limits = {
	deadlineMs: 15_000,
	maxWaitMs: 15_000,
	maxRejectedMs: 30_000,
	totalMs: 60_000,
};

/**
 * The entries of a resource locator's list that have the filter's text in them.
 *
 * @throws NodeOperationError, which also says how to continue without the list
 */
export async function search(
	context: ILoadOptionsFunctions,
	filter: string,
	entries: (client: ApiClient) => Promise<INodeListSearchItems[]>,
): Promise<INodeListSearchResult> {
	try {
		const all = await entries(await ApiClient.open(context, openSession(context, PATIENCE)));
		const wanted = filter.trim().toLowerCase();
		return { results: all.filter(({ name, value }) => `${name} ${value}`.toLowerCase().includes(wanted)) };
	} catch (failure) {
		const node = context.getNode();
		const { message } = nodeError(node, failure as Error);
		const isRemoved = message.startsWith(REMOVED[0]);
		const advice = isRemoved ? '' : ' To continue without the list, choose "By ID".';
		throw new NodeOperationError(node, `${message}${advice}`);
	}
}
