import type { INodeProperties } from 'n8n-workflow';
import type { JobOptions } from '../jobs/record';
import { clock, LONGEST_TIMER_MS } from '../transport/clock';
import { isTool, type ItemRun } from './operation';

/** That of the field; n8n’s rules want a number there. */
const MAX_WAIT_MINUTES = 30;
/** Assistants give up on a tool after a minute: a message before that is worth more than an answer that comes too late. */
const MAX_WAIT_MINUTES_AS_TOOL = 0.75;
/** No start is given up sooner: nobody knew its fate then. In milliseconds. */
const SHORTEST_START_MS = 30_000;
/** A waiting job needs no place, so all input items may wait at the same time; this many cost no noticeable memory. */
export const MAX_JOBS_AT_ONCE = 1_000;

/** @param description what is waited for */
export function waitField(description: string): INodeProperties {
	return {
		displayName: 'Wait for Completion',
		name: 'waitForCompletion',
		type: 'boolean',
		default: true,
		description,
	};
}

/** An option. `what` is waited for, e.g. "the file" */
export function maxWaitField(what: string): INodeProperties {
	return {
		displayName: 'Max Wait (Minutes)',
		name: 'maxWaitMinutes',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 30,
		description: `How long to wait for ${what}. After that, the node stops with the ID of the job, and the job continues. As a tool of an AI agent, the default is 45 seconds.`,
	};
}

/**
 * How long an item waits for its job. `task`: for n8n's log, e.g. "generate the file of https://example.com"
 *
 * @throws NodeOperationError for a value that cannot be used
 */
export function readWaiting({ parameters, client, context }: ItemRun, task: string): JobOptions {
	const usual = isTool(context) ? MAX_WAIT_MINUTES_AS_TOOL : MAX_WAIT_MINUTES;
	const rule = { least: 0, mayBeEndless: true };
	const minutes =
		parameters.collection('options').number('maxWaitMinutes', 'Max Wait (Minutes)', rule) ?? usual;
	return {
		clock,
		signal: client.signal,
		waits: parameters.flag('waitForCompletion', 'Wait for Completion') ?? true,
		maxWaitMs: Math.min(minutes * 60_000, LONGEST_TIMER_MS),
		onWait: (job) => {
			const named = job?.jobId === undefined ? '' : ` (job ${job.jobId})`;
			context.logger.info(`Waiting for LLM Generator to ${task}${named}`);
		},
	};
}

/** How long the API may take to answer the start of a job: as long as the job is waited for, in milliseconds. */
export function startsWithinMs({ maxWaitMs }: JobOptions): number {
	return Math.max(SHORTEST_START_MS, maxWaitMs);
}
