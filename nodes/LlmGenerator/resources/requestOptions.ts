import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { MAX_IN_FLIGHT, type Limits } from '../api/session';

/**
 * How requests are made, for the options of any operation. They hold for the whole run, as set on its first item.
 * The defaults are those of api/session.ts: n8n's rules want numbers here.
 */
export const requestOptions: INodeProperties[] = [
	{
		displayName: 'Max Requests at Once',
		name: 'maxRequestsAtOnce',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: MAX_IN_FLIGHT },
		default: 16,
		description:
			'How many requests may be on their way side by side, for all input items together. The rate limit of your plan is kept in any case; lower this if other programs share it.',
	},
	{
		displayName: 'Max Wait for Rate Limit (Seconds)',
		name: 'maxWaitSeconds',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 300,
		description: 'If the rate limit ends later than this, the node stops and says when it ends',
	},
	{
		displayName: 'Timeout (Seconds)',
		name: 'timeoutSeconds',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 60,
		description: 'How long one request may take, from first to last byte',
	},
];

/** @throws NodeOperationError for a value that cannot be used */
export function limitsFrom(context: IExecuteFunctions, collection: string): Limits {
	const options = context.getNodeParameter(collection, 0, {}) as IDataObject;
	const read = (name: string, least: number): number | undefined => {
		if (options[name] === undefined) return undefined;
		const value = Number(options[name]);
		if (value >= least) return value;
		const { displayName } = requestOptions.find((option) => option.name === name)!;
		throw new NodeOperationError(
			context.getNode(),
			`"${displayName}" is ${JSON.stringify(options[name])}. Set it to ${least} or more.`,
			{ itemIndex: 0 },
		);
	};
	const seconds = (value?: number) => (value === undefined ? undefined : value * 1000);
	return {
		maxInFlight: atMost(MAX_IN_FLIGHT, read('maxRequestsAtOnce', 1)),
		maxWaitMs: seconds(read('maxWaitSeconds', 0)),
		deadlineMs: seconds(read('timeoutSeconds', 0.001)),
	};
}

function atMost(most: number, value?: number): number | undefined {
	return value === undefined ? undefined : Math.min(most, Math.floor(value));
}
