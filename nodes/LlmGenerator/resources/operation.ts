import type { IDataObject, IExecuteFunctions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import type { ApiClient } from '../transport/client';
import type { Parameters } from '../parameters';

/** One operation of a resource: what the user sees and what it does, side by side. */
export interface Operation {
	/** Its entry in the Operation field. */
	option: INodePropertyOptions & { value: string; action: string };
	/** Its fields; they are shown for this operation only. */
	fields: INodeProperties[];
	/**
	 * Runs it for one input item.
	 *
	 * @returns what it puts out, one object an item
	 * @throws NodeOperationError for values that cannot be used, before anything is sent; NodeApiError for the rest
	 */
	execute(run: ItemRun): Promise<IDataObject[]>;
}

/** What an operation works with, for one input item. */
export interface ItemRun {
	parameters: Parameters;
	client: ApiClient;
	context: IExecuteFunctions;
	itemIndex: number;
}
