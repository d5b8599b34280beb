import type { INode } from 'n8n-workflow';
import type { SavedCredential, WorkflowJson } from '../demo/n8nApi';

export const TRIGGER = 'LLM Generator Trigger';

/** When a trigger looks. n8n takes no schedule shorter than a minute, but several of them. */
export const POLL_TIMES = {
	/** For a test that only waits for the next look. */
	everyFiveSeconds: Array.from({ length: 12 }, (_, place) => eachMinuteAt(5 * place)),
	fourTimesAMinute: [0, 15, 30, 45].map((second) => eachMinuteAt(second)),
	onceAMinute: [eachMinuteAt(30)],
};

type PollTimes = (typeof POLL_TIMES)[keyof typeof POLL_TIMES];

/** A step of this package's node. `parameters`: those of its operation. */
export function generatorStep(
	name: string,
	parameters: INode['parameters'],
	credential: SavedCredential,
): INode {
	return {
		...step(name, 'n8n-nodes-llmgenerator.llmGenerator', 1, { resource: 'credit', ...parameters }),
		credentials: asUsed(credential),
	};
}

/** This package's trigger. `parameters`: those of its event. */
export function triggerStep(
	parameters: INode['parameters'],
	credential: SavedCredential,
	pollTimes: PollTimes = POLL_TIMES.fourTimesAMinute,
): INode {
	const all = { pollTimes: { item: pollTimes }, ...parameters };
	return {
		...step(TRIGGER, 'n8n-nodes-llmgenerator.llmGeneratorTrigger', 1, all),
		credentials: asUsed(credential),
	};
}

/** A step of any node. */
export function step(
	name: string,
	type: string,
	typeVersion: number,
	parameters: INode['parameters'] = {},
): INode {
	return {
		id: name.replaceAll(' ', '-').toLowerCase(),
		name,
		type,
		typeVersion,
		position: [0, 0],
		parameters,
	};
}

/** A workflow of these steps, from left to right, whose executions n8n keeps. */
export function inARow(name: string, steps: INode[], settings: WorkflowJson['settings'] = {}): WorkflowJson {
	const links = steps
		.slice(1)
		.map((next, place) => [steps[place].name, { main: [[{ node: next.name, type: 'main', index: 0 }]] }]);
	return {
		name,
		nodes: steps.map((each, place) => ({ ...each, position: [240 * place, 0] })),
		connections: Object.fromEntries(links) as WorkflowJson['connections'],
		settings: { executionOrder: 'v1', saveDataSuccessExecution: 'all', ...settings },
	};
}

/** How a step names the credential that it uses. */
export function asUsed({ id, name, type }: SavedCredential) {
	return { [type]: { id, name } };
}

function eachMinuteAt(second: number) {
	return { mode: 'custom', cronExpression: `${second} * * * * *` };
}
