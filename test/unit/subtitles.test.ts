import type { INodePropertyOptions, INodeType } from 'n8n-workflow';
import { LlmGenerator } from '../../nodes/LlmGenerator/LlmGenerator.node';
import { LlmGeneratorTrigger } from '../../nodes/LlmGenerator/LlmGeneratorTrigger.node';

// n8n's linter requires a subtitle that is written out, so an entry could be forgotten.
test.each<[string, INodeType]>([
	['operation', new LlmGenerator()],
	['event', new LlmGeneratorTrigger()],
])('the subtitle of the node contains every %s', (field, { description }) => {
	const { options } = description.properties.find(({ name }) => name === field)!;
	const names = (options as INodePropertyOptions[]).map(({ name, value }) => `${String(value)}: "${name}"`);
	expect(description.subtitle).toBe(`={{ ({ ${names.join(', ')} })[$parameter["${field}"]] }}`);
});
