import type {
	IBinaryKeyData,
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import type { ApiClient } from '../transport/client';
import type { JobRun } from '../jobs/run';
import type { Parameters } from '../parameters';

/** One operation of a resource: what the user sees and what it does, side by side. */
export interface Operation {
	/** Its entry in the Operation field. */
	option: INodePropertyOptions & { value: string; action: string };
	/** What the canvas shows below the node, where its name alone does not say enough. */
	subtitle?: string;
	/** Its fields, shown only for this operation. */
	fields: INodeProperties[];
	/** How many input items may run at the same time, if not as many as requests: for one that waits without requests. */
	itemsAtOnce?: number;
	/**
	 * Runs it for one input item.
	 *
	 * @returns the output, one object per item, or an `OutputItem` for one with a file
	 * @throws NodeOperationError for values that cannot be used, before a request is sent; NodeApiError for requests
	 */
	execute(run: ItemRun): Promise<Array<IDataObject | OutputItem>>;
}

/** An output item with a file. */
export class OutputItem {
	constructor(
		readonly json: IDataObject,
		readonly binary: IBinaryKeyData,
	) {}
}

/** Whether the node runs as the tool of an AI agent. */
export function isTool(context: IExecuteFunctions): boolean {
	return context.getNode().type.endsWith('Tool');
}

/** What an operation works with, for one input item. */
export interface ItemRun {
	parameters: Parameters;
	client: ApiClient;
	context: IExecuteFunctions;
	itemIndex: number;
	/** What is shared by the jobs of this run of the node. */
	jobs: JobRun;
}
