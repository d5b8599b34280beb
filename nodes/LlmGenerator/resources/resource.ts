import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import type { Operation } from './operation';

/** A resource of the API with its operations. */
export interface Resource {
	/** Its entry in the Resource field. */
	option: INodePropertyOptions & { value: string };
	/** In the order of the Operation field. */
	operations: Operation[];
	/** The default of a new node: an operation that changes nothing. */
	defaultOperation: Operation;
}

/** The Operation field of a resource, and the fields of its operations, each shown only for its operation. */
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
