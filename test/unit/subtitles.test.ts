import type { INodePropertyOptions, INodeType } from 'n8n-workflow';
import { LlmGenerator } from '../../nodes/LlmGenerator/LlmGenerator.node';
import { LlmGeneratorTrigger } from '../../nodes/LlmGenerator/LlmGeneratorTrigger.node';

// n8n's lint wants the subtitle written out, so it could forget one.
test.each<[string, INodeType]>([
	['operation', new LlmGenerator()],
	['event', new LlmGeneratorTrigger()],
])('the line below the node’s name knows every %s', (field, { description }) => {
	// Each resource has its own field; operations of the same name share their value.
	const fields = description.properties.filter(({ name }) => name === field);
	const options = fields.flatMap((each) => each.options as INodePropertyOptions[]);
	const names = new Set(options.map(({ name, value }) => `${String(value)}: "${name}"`));
	expect(description.subtitle).toBe(`={{ ({ ${[...names].join(', ')} })[$parameter["${field}"]] }}`);
});
