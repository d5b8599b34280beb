import type { INodeProperties } from 'n8n-workflow';
import { MAX_IN_FLIGHT, type OwnLimits } from '../api/session';
import type { NumberRule, Parameters } from '../parameters';

/**
 * How requests are made, for the options of any operation, for each input item as it is set there.
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
export function limitsFrom(options: Parameters): OwnLimits {
	const read = (name: string, rule: NumberRule) => {
		const { displayName } = requestOptions.find((option) => option.name === name)!;
		return options.number(name, displayName, rule);
	};
	const ms = (seconds?: number) => (seconds === undefined ? undefined : seconds * 1000);
	const atOnce = read('maxRequestsAtOnce', { least: 1, mayBeEndless: true, advice: 'Set it to 1 or more' });
	return {
		maxInFlight: atOnce && Math.min(MAX_IN_FLIGHT, Math.floor(atOnce)),
		maxWaitMs: ms(read('maxWaitSeconds', { least: 0, mayBeEndless: true })),
		deadlineMs: ms(read('timeoutSeconds', { least: 0.001, mayBeEndless: true })),
	};
}
