import type { INode } from 'n8n-workflow';
import { credentialOf, type Credential, type SavedCredential, type WorkflowJson } from '../demo/n8nApi';
import type { Sandbox } from '../sandbox/server';

export const TRIGGER = 'LLM Generator Trigger';

/** When a trigger polls. n8n allows no schedule shorter than a minute, but it allows several schedules. */
export const POLL_TIMES = {
	/** For a test that only waits for the next poll. */
	everyFiveSeconds: Array.from({ length: 12 }, (_, index) => eachMinuteAt(5 * index)),
	fourTimesAMinute: [0, 15, 30, 45].map((second) => eachMinuteAt(second)),
	onceAMinute: [eachMinuteAt(30)],
};

export type PollTimes = (typeof POLL_TIMES)[keyof typeof POLL_TIMES];

/** A step with this package's node. `parameters`: those of its operation. */
export function generatorStep(
	name: string,
	parameters: INode['parameters'],
	credential: SavedCredential,
): INode {
	return {
		...step(name, 'n8n-nodes-llmgenerator.llmGenerator', 1, { resource: 'credit', ...parameters }),
		credentials: credentialOf(credential),
	};
}

/** This package's trigger. `parameters`: those of its event. */
export function triggerStep(
	parameters: INode['parameters'],
	credential: SavedCredential,
	pollTimes: PollTimes = POLL_TIMES.fourTimesAMinute,
): INode {
	const allParameters = { pollTimes: { item: pollTimes }, ...parameters };
	return {
		...step(TRIGGER, 'n8n-nodes-llmgenerator.llmGeneratorTrigger', 1, allParameters),
		credentials: credentialOf(credential),
	};
}

/** A step with any node. */
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
		.map((next, index) => [steps[index].name, { main: [[{ node: next.name, type: 'main', index: 0 }]] }]);
	return {
		name,
		nodes: steps.map((each, index) => ({ ...each, position: [240 * index, 0] })),
		connections: Object.fromEntries(links) as WorkflowJson['connections'],
		settings: { executionOrder: 'v1', saveDataSuccessExecution: 'all', ...settings },
	};
}

/** A workflow that runs the step in so many rounds of Loop Over Items, which collects what comes out. */
export function looped(each: INode, rounds: number): WorkflowJson {
	const start = step('Start', 'n8n-nodes-base.manualTrigger', 1);
	const loop = step('Loop', 'n8n-nodes-base.splitInBatches', 3, { batchSize: 1 });
	const to = (node: INode) => [{ node: node.name, type: 'main' as const, index: 0 }];
	return {
		...inARow('Loop', [start, loop, each]),
		connections: {
			[start.name]: { main: [to(loop)] },
			[loop.name]: { main: [[], to(each)] },
			[each.name]: { main: [to(loop)] },
		},
		pinData: { [start.name]: Array.from({ length: rounds }, (_, round) => ({ json: { round } })) },
	};
}

/** The credential of a sandbox's account, to be saved in n8n. */
export function sandboxAccount(name: string, { baseUrl }: Sandbox): Credential {
	return { name, type: 'llmGeneratorApi', data: { apiKey: 'llmgen_sandbox_key', baseUrl } };
}

function eachMinuteAt(second: number) {
	return { mode: 'custom', cronExpression: `${second} * * * * *` };
}
