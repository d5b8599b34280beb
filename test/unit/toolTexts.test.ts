import { nodeNameToToolName, NodeHelpers } from 'n8n-workflow';
import { LlmGenerator } from '../../nodes/LlmGenerator/LlmGenerator.node';
import { resources } from '../../nodes/LlmGenerator/resources';

const description = new LlmGenerator().description;
const all = resources.flatMap((resource) =>
	resource.operations.map((operation) => [resource.option.value, operation.option] as const),
);

/** As n8n tells a model what a tool does: only from the action, unless the user writes a description. */
const told = (resource: string, operation: string) =>
	NodeHelpers.makeDescription({ resource, operation }, description);

test('a model is told of every tool what it does, and which ones cost credits', () => {
	expect(all.map(([resource, { value }]) => told(resource, value).replace(/ in LLM Generator$/, ''))).toEqual(
		[
			'Create a checkout link for credits',
			'Get the credit balance',
			'Get the credit history',
			'Get the credit packages',
			'Download an llms.txt file',
			'Generate an llms.txt file (costs credits)',
			'Get the status of a generation',
			'Discover the URLs of a site (may cost credits)',
			'Get a site',
			'Get many sites',
			'Get the URLs of a site',
			'Create a billing portal link',
			'Create a checkout link for a subscription',
			'Get the subscription',
		],
	);
});

test('where the description says that an operation costs credits, the action says so, too', () => {
	for (const [, { action, description: text = '' }] of all) {
		const costs = /this (may cost|costs) credits/i.exec(text)?.[1];
		expect(/\((may cost|costs) credits\)$/.exec(action)?.[1]).toBe(costs);
	}
});

test('no two actions are the same, and none looks like a sentence', () => {
	const actions = all.map(([, { action }]) => action);
	expect(new Set(actions).size).toBe(actions.length);
	for (const action of actions) expect(action).toMatch(/^[A-Z].*[^.]$/);
});

test('the name that n8n gives a tool is not cut off, also for a second and a tenth one', () => {
	for (const [resource, { value }] of all) {
		expect(nodeNameToToolName(`${told(resource, value)}10`)).toMatch(/_in_LLM_Generator10$/);
	}
});
