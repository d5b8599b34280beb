import type { IDataObject, IExecuteFunctions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import type { ApiClient } from '../api/client';

/** One operation of a resource: what the user sees and what it does, side by side. */
export interface Operation {
	/** Its entry in the Operation field. */
	option: INodePropertyOptions & { value: string; action: string };
	/** Its fields, shown for this operation only. */
	fields: INodeProperties[];
	/** The collection field that holds the request options. */
	requestOptionsIn: string;
	/**
	 * Runs it for one input item.
	 *
	 * @returns what it puts out, one object an item
	 * @throws NodeOperationError for values that cannot be used, before anything is sent; NodeApiError for the rest
	 */
	execute(context: IExecuteFunctions, client: ApiClient, itemIndex: number): Promise<IDataObject[]>;
}

/** The same field list, shown only for one operation of one resource. */
export function shownFor(resource: string, operation: string, fields: INodeProperties[]): INodeProperties[] {
	return fields.map((field) => ({
		...field,
		displayOptions: { show: { resource: [resource], operation: [operation], ...field.displayOptions?.show } },
	}));
}
