import { NodeApiError, NodeOperationError, type IDataObject, type INode } from 'n8n-workflow';
import { isRemoved } from './transport/connection';
import { REMOVED } from './transport/explanations';

/** Converts an error to one of n8n's own classes, so that the editor shows its message and its input item. */
export function nodeError(
	node: INode,
	failure: Error,
	itemIndex?: number,
): NodeApiError | NodeOperationError {
	if (!(failure instanceof NodeApiError || failure instanceof NodeOperationError)) {
		// n8n needs the package also for reading a parameter or the credential.
		const said = isRemoved(failure) ? `${REMOVED.join('. ')}.` : failure;
		return new NodeOperationError(node, said, { itemIndex });
	}
	if (itemIndex !== undefined) failure.context.itemIndex = itemIndex;
	return failure;
}

/**
 * What comes out for an item that failed, where the run goes on: with the job that it is about, if there is one. To its
 * error output, n8n leads only what has nothing but a message, and adds the input item.
 */
export function errorOutput(
	{ onError }: INode,
	{ message, context }: NodeApiError | NodeOperationError,
): IDataObject {
	const job = onError === 'continueErrorOutput' ? undefined : (context.job as IDataObject | undefined);
	return { error: message, ...job };
}
