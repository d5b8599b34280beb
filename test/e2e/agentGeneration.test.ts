import { SECRETS } from './assistants';
import { takeWorkflowPictures } from './browser/workflowPictures';
import { demo, generate, oldSite, useAssistant, workflow } from './agentGeneration/world';
import { testPrice } from './agentGeneration/price';
import { testGenerate } from './agentGeneration/generate';
import { testLimits } from './agentGeneration/limits';
import { testTrouble } from './agentGeneration/trouble';

// One n8n for all of them: to start it takes longer than most tests.
useAssistant();
testPrice();
testGenerate();
testLimits();
testTrouble();

test('no execution shows a secret', async () => {
	await generate(oldSite().url);
	expect(JSON.stringify(await demo.api.executionsOf(workflow.id))).not.toMatch(new RegExp(SECRETS.join('|')));
});

test('the pictures of the workflow', async () => {
	await generate(oldSite(24).url, 24);
	const executions = await demo.api.executionsOf(workflow.id);
	const { id } = executions.filter(({ nodes }) => nodes['Book Cost']).at(-1)!;
	await takeWorkflowPictures(demo, {
		template: 'agent-tools-mcp',
		workflowId: workflow.id,
		executionId: id,
	});
}, 240_000);
