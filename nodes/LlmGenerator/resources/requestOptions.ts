import type { INodeProperties } from 'n8n-workflow';
import { MAX_IN_FLIGHT, type OwnLimits } from '../transport/session';
import type { NumberRule, Parameters } from '../parameters';

/**
 * Options of every operation that say how its requests are sent. Each input item has its own.
 * The defaults are the same as in transport/session.ts: n8n's linter requires plain numbers here.
 */
const requestOptions: INodeProperties[] = [
	{
		displayName: 'Max Requests at Once',
		name: 'maxRequestsAtOnce',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: MAX_IN_FLIGHT },
		default: 16,
		description:
			'The maximum number of requests to send at the same time, for all input items together. The node always stays within the rate limit of your plan. Lower this if other programs use the same plan.',
	},
	{
		displayName: 'Max Wait for Rate Limit (Seconds)',
		name: 'maxWaitSeconds',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 300,
		description:
			'The longest time to wait for the rate limit. If the wait would be longer, the node stops and says when the limit ends.',
	},
	{
		displayName: 'Timeout (Seconds)',
		name: 'timeoutSeconds',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 60,
		description: 'How long a single request may take, from the first to the last byte',
	},
];

/** Whether a field only says how requests are sent. */
export function isRequestOption(name: string): boolean {
	return requestOptions.some((option) => option.name === name);
}

/** The last field of an operation: a collection of its own options and the request options, in the order that n8n requires. */
export function options(more: INodeProperties[] = []): INodeProperties {
	return collectionOf({ displayName: 'Options', name: 'options', placeholder: 'Add Option' }, more);
}

/** The same under the name Additional Fields, for an operation with optional fields of the API. */
export function additionalFields(more: INodeProperties[]): INodeProperties {
	return collectionOf(
		{ displayName: 'Additional Fields', name: 'additionalFields', placeholder: 'Add Field' },
		more,
	);
}

function collectionOf(
	named: Pick<INodeProperties, 'displayName' | 'name' | 'placeholder'>,
	more: INodeProperties[],
): INodeProperties {
	const all = [...requestOptions, ...more].sort((a, b) => a.displayName.localeCompare(b.displayName, 'en'));
	return { ...named, type: 'collection', default: {}, options: all };
}

/** @throws NodeOperationError for a value that cannot be used */
export function readRequestOptions(parameters: Parameters): OwnLimits {
	const collections = ['additionalFields', 'options'].map((name) => parameters.collection(name));
	const read = (name: string, rule: NumberRule) => {
		const { displayName } = requestOptions.find((option) => option.name === name)!;
		const values = collections.map((collection) => collection.number(name, displayName, rule));
		return values.find((value) => value !== undefined);
	};
	const ms = (seconds?: number) => (seconds === undefined ? undefined : seconds * 1000);
	const atOnce = read('maxRequestsAtOnce', { least: 1, mayBeEndless: true, advice: 'Set it to 1 or more' });
	return {
		maxInFlight: atOnce && Math.min(MAX_IN_FLIGHT, Math.floor(atOnce)),
		maxWaitMs: ms(read('maxWaitSeconds', { least: 0, mayBeEndless: true })),
		deadlineMs: ms(read('timeoutSeconds', { least: 0.001, mayBeEndless: true })),
	};
}
