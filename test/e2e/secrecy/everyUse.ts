import type { INodeParameters } from 'n8n-workflow';
import type { N8nApi, SavedCredential, WorkflowJson } from '../../../demo/n8nApi';
import type { FaultRule } from '../../../sandbox/faults';
import type { Sandbox } from '../../../sandbox/server';
import { listPackages, packageById } from '../../packages';
import { listSites, siteBy } from '../../sites';
import { generatorStep, inARow, POLL_TIMES, step, triggerStep } from '../../steps';
import { until } from '../../until';
import { oneStepWorkflow } from '../oneStep';

/** Short waits: some of these servers never respond. */
const SHORT_WAITS = { timeoutSeconds: 1, maxWaitSeconds: 0 };
/** A site that each of these servers has. */
const SITE = siteBy('url', 'https://example.com');
/**
 * In groups, each of which is one workflow: on a server that never responds, each operation takes seconds, the start of a
 * discovery half a minute. Generate and Download send the key like Discover URLs.
 */
const OPERATIONS: Record<string, Array<INodeParameters & { operation: string }>> = {
	credit: [
		{ operation: 'getBalance', options: SHORT_WAITS },
		{ operation: 'getHistory', returnAll: true, options: SHORT_WAITS },
		{ operation: 'createCheckout', packageId: packageById('pkg_pro'), additionalFields: SHORT_WAITS },
		{ operation: 'getPackages', options: SHORT_WAITS },
	],
	discovery: [
		{
			resource: 'site',
			operation: 'discover',
			url: 'https://example.com',
			options: { ...SHORT_WAITS, maxWaitMinutes: 0.05 },
		},
	],
	site: [
		{ resource: 'site', operation: 'get', siteId: SITE, options: SHORT_WAITS },
		{ resource: 'site', operation: 'getAll', returnAll: true, options: SHORT_WAITS },
		{ resource: 'site', operation: 'getUrls', siteId: SITE, returnAll: true, options: SHORT_WAITS },
	],
	subscription: [
		{ resource: 'subscription', operation: 'get', options: SHORT_WAITS },
		{
			resource: 'subscription',
			operation: 'createCheckout',
			planId: 'business',
			additionalFields: SHORT_WAITS,
		},
		{ resource: 'subscription', operation: 'createPortalLink', additionalFields: SHORT_WAITS },
	],
};
const ON_ERROR_SETTINGS = ['continueRegularOutput', 'continueErrorOutput'] as const;
export const TRIGGERS: Record<string, INodeParameters> = {
	'New Credit Transaction': { event: 'newTransaction' },
	'File Generated': { event: 'fileGenerated' },
	'Low Balance': { event: 'lowBalance', threshold: 1_000_000, options: { includePlan: true } },
};
/** What these events poll. */
const POLLED = ['/credits/history/api', '/sites', '/credits/balance/api'];

/** A user with a credential in n8n, and the server of this credential. */
export interface User {
	api: N8nApi;
	credential: SavedCredential;
	server: Sandbox;
}

/** Uses a credential in every way, while its server has a fault that it did not have before. */
export async function useInEveryWay(user: User, rule: FaultRule): Promise<void> {
	const triggers = await activateTriggers(user);
	await addFault(user, rule);
	await user.api.deactivate(triggers);
	// In the editor, the waits cannot be shortened: n8n and the node would wait for minutes.
	const isSilent = rule.stall !== undefined;
	await Promise.all([runOperations(user), isSilent || useEditor(user, triggers)]);
}

/** Activates every event of the trigger while the server works, and returns the ID of their workflow. */
async function activateTriggers({ api, credential }: User): Promise<string> {
	const triggers = await api.importWorkflow(triggersWorkflow(credential));
	await api.activate(triggers);
	return triggers;
}

/** Adds a fault to the server, and waits until n8n has polled it. */
async function addFault({ server }: User, rule: FaultRule): Promise<void> {
	server.requests.clear();
	server.faults.add(rule);
	const isRequested = (path: string) => server.requests.entries.some((request) => request.path === path);
	await until(() => POLLED.every(isRequested), 'n8n did not poll');
}

/** All at the same time, because each one waits if the server does not respond. */
async function runOperations({ api, credential }: User): Promise<void> {
	const groups = Object.keys(OPERATIONS);
	const workflows = [
		...groups.flatMap((group) =>
			ON_ERROR_SETTINGS.map((onError) => allOperations(group, credential, onError)),
		),
		// The error that stops a workflow is the same for every operation, so a few of them are enough.
		...OPERATIONS.credit.map((parameters) => oneStepWorkflow(parameters, credential)),
	];
	await Promise.all(workflows.map((workflow) => run(api, workflow)));
}

/** What users do in the editor: fetch test events, test the credential, choose a package and a site. */
async function useEditor(user: User, triggers: string): Promise<void> {
	const { api, credential } = user;
	for (const trigger of Object.keys(TRIGGERS)) await api.runWorkflow(triggers, trigger);
	await api.executionsOf(triggers);
	await api.testCredential(credential);
	await listPackages(api, credential).catch(() => undefined);
	await listSites(api, credential).catch(() => undefined);
}

async function run(api: N8nApi, workflow: WorkflowJson): Promise<void> {
	await api.runWorkflow(await api.importWorkflow(workflow));
}

/** Every operation of a group, with a setting that lets the workflow continue if one fails. */
function allOperations(
	group: string,
	credential: SavedCredential,
	onError: (typeof ON_ERROR_SETTINGS)[number],
): WorkflowJson {
	const start = step('Start', 'n8n-nodes-base.manualTrigger', 1);
	const steps = OPERATIONS[group].map((parameters) => ({
		...generatorStep(`${parameters.operation} ${onError}`, parameters, credential),
		onError,
	}));
	const main = [steps.map(({ name }) => ({ node: name, type: 'main' as const, index: 0 }))];
	return {
		...inARow(`All operations of ${group}: ${onError}`, [start, ...steps]),
		connections: { [start.name]: { main } },
	};
}

/** Every event of the trigger. */
export function triggersWorkflow(credential: SavedCredential): WorkflowJson {
	const triggers = Object.entries(TRIGGERS).map(([name, parameters]) => ({
		...triggerStep(parameters, credential, POLL_TIMES.everyFiveSeconds),
		id: name,
		name,
	}));
	return { ...inARow(`Triggers: ${credential.name}`, triggers), connections: {} };
}
