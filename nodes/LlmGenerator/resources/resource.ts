import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import type { Operation } from './operation';

/** One thing that the API knows, and what can be done with it. */
export interface Resource {
	/** Its entry in the Resource field. */
	option: INodePropertyOptions & { value: string };
	/** In the order of the Operation field. */
	operations: Operation[];
	/** What is chosen for a new node: it changes nothing. */
	defaultOperation: Operation;
}

/** The Operation field of a resource, and the fields of its operations, each shown where it belongs only. */
export function fieldsOf({ option, operations, defaultOperation }: Resource): INodeProperties[] {
	const resource = [option.value];
	const defaultValue = defaultOperation.option.value;
	return [
		{
			displayName: 'Operation',
			name: 'operation',
			type: 'options',
			noDataExpression: true,
			displayOptions: { show: { resource } },
			options: operations.map((operation) => operation.option),
			default: defaultValue,
		},
		...operations.flatMap((operation) =>
			operation.fields.map((field) => ({
				...field,
				displayOptions: {
					show: { resource, operation: [operation.option.value], ...field.displayOptions?.show },
				},
			})),
		),
	];
}
