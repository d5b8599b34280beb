import type { INodeParameters } from 'n8n-workflow';
import type { N8nApi, SavedCredential, WorkflowJson } from '../../../demo/n8nApi';
import type { FaultRule } from '../../../sandbox/faults';
import type { Sandbox } from '../../../sandbox/server';
import { listPackages, packageById } from '../../packages';
import { generatorStep, inARow, POLL_TIMES, step, triggerStep } from '../../steps';
import { until } from '../../until';
import { oneStepWorkflow } from '../oneStep';

/** A server that does not answer is not worth much waiting here. */
const IMPATIENT = { timeoutSeconds: 1, maxWaitSeconds: 0 };
const OPERATIONS: Array<INodeParameters & { operation: string }> = [
	{ operation: 'getBalance', options: IMPATIENT },
	{ operation: 'getHistory', returnAll: true, options: IMPATIENT },
	{
		operation: 'createCheckout',
		packageId: packageById('pkg_pro'),
		additionalFields: IMPATIENT,
	},
];
const WAYS_TO_GO_ON = ['continueRegularOutput', 'continueErrorOutput'] as const;
export const TRIGGERS: Record<string, INodeParameters> = {
	'New Credit Transaction': { event: 'newTransaction' },
	'Low Balance': { event: 'lowBalance', threshold: 1_000_000 },
};

/** One who uses a credential in n8n, and the server that it leads to. */
export interface User {
	api: N8nApi;
	credential: SavedCredential;
	server: Sandbox;
}

/** Does all that can be done with a credential whose server was well once and then misbehaves. */
export async function useInEveryWay(user: User, rule: FaultRule): Promise<void> {
	const triggers = await activateTriggers(user);
	await misbehave(user, rule);
	await user.api.deactivate(triggers);
	// Where nobody can set how long to wait, n8n and the node wait for minutes.
	const isSilent = rule.stall !== undefined;
	await Promise.all([runOperations(user), isSilent || lookAround(user, triggers)]);
}

/** Switches on both events of the trigger while the server is well, and returns their workflow's ID. */
async function activateTriggers({ api, credential }: User): Promise<string> {
	const triggers = await api.importWorkflow(triggersWorkflow(credential));
	await api.activate(triggers);
	return triggers;
}

/** Makes the server misbehave, and waits until n8n has polled it, as it does for years. */
async function misbehave({ server }: User, rule: FaultRule): Promise<void> {
	server.requests.clear();
	server.faults.add(rule);
	const isAskedFor = (path: string) => server.requests.entries.some((request) => request.path === path);
	await until(() => ['/credits/history/api', '/credits/balance/api'].every(isAskedFor), 'n8n did not poll');
}

/** Side by side: where a server does not answer, each of them takes its time. */
async function runOperations({ api, credential }: User): Promise<void> {
	const workflows = [
		...WAYS_TO_GO_ON.map((onError) => allOperations(credential, onError)),
		...OPERATIONS.map((parameters) => oneStepWorkflow(parameters, credential)),
	];
	await Promise.all(workflows.map((workflow) => run(api, workflow)));
}

/** What people do in the editor: fetch test events, test the credential, pick a package. */
async function lookAround(user: User, triggers: string): Promise<void> {
	const { api, credential } = user;
	for (const trigger of Object.keys(TRIGGERS)) await api.runWorkflow(triggers, trigger);
	await api.executionsOf(triggers);
	await api.testCredential(credential);
	await listPackages(api, credential).catch(() => undefined);
}

async function run(api: N8nApi, workflow: WorkflowJson): Promise<void> {
	await api.runWorkflow(await api.importWorkflow(workflow));
}

/** Every operation, in a way that goes on where one cannot be done. */
function allOperations(credential: SavedCredential, onError: (typeof WAYS_TO_GO_ON)[number]): WorkflowJson {
	const start = step('Start', 'n8n-nodes-base.manualTrigger', 1);
	const steps = OPERATIONS.map((parameters) => ({
		...generatorStep(`${parameters.operation} ${onError}`, parameters, credential),
		onError,
	}));
	const main = [steps.map(({ name }) => ({ node: name, type: 'main' as const, index: 0 }))];
	return {
		...inARow(`All operations: ${onError}`, [start, ...steps]),
		connections: { [start.name]: { main } },
	};
}

/** Both events of the trigger. */
export function triggersWorkflow(credential: SavedCredential): WorkflowJson {
	const triggers = Object.entries(TRIGGERS).map(([name, parameters]) => ({
		...triggerStep(parameters, credential, POLL_TIMES.everyFiveSeconds),
		id: name,
		name,
	}));
	return { ...inARow(`Triggers: ${credential.name}`, triggers), connections: {} };
}
