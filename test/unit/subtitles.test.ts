import type { INodePropertyOptions, INodeType } from 'n8n-workflow';
import { LlmGenerator } from '../../nodes/LlmGenerator/LlmGenerator.node';
import { LlmGeneratorTrigger } from '../../nodes/LlmGenerator/LlmGeneratorTrigger.node';

// n8n's linter requires a subtitle that is written out, so an entry could be forgotten.
test.each<[string, INodeType]>([
	['operation', new LlmGenerator()],
	['event', new LlmGeneratorTrigger()],
])('the subtitle of the node contains every %s', (field, { description }) => {
	// Each resource has its own field; operations of the same name share their value.
	const fields = description.properties.filter(({ name }) => name === field);
	const options = fields.flatMap((each) => each.options as INodePropertyOptions[]);
	const names = new Set(options.map(({ name, value }) => `${String(value)}: "${name}"`));
	expect(description.subtitle).toBe(`={{ ({ ${[...names].join(', ')} })[$parameter["${field}"]] }}`);
});
