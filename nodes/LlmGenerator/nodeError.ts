import { NodeApiError, NodeOperationError, type INode } from 'n8n-workflow';

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
