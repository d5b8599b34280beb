import { NodeApiError, NodeOperationError, type INode } from 'n8n-workflow';

/** An error in n8n's own kind, so that the editor shows its message, and the input item where it belongs to one. */
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
