import { NodeApiError, NodeOperationError, type IDataObject, type INode } from 'n8n-workflow';

/** Converts an error to one of n8n's own classes, so that the editor shows its message and its input item. */
export function nodeError(
	node: INode,
	failure: Error,
	itemIndex?: number,
): NodeApiError | NodeOperationError {
	if (!(failure instanceof NodeApiError || failure instanceof NodeOperationError)) {
		return new NodeOperationError(node, failure, { itemIndex });
	}
	if (itemIndex !== undefined) failure.context.itemIndex = itemIndex;
	return failure;
}

/** What comes out for an item that failed, where the run goes on: with the job that it is about, if there is one. */
export function errorOutput({ message, context }: NodeApiError | NodeOperationError): IDataObject {
	return { error: message, ...(context.job as IDataObject | undefined) };
}
