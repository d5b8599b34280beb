import type { INodeProperties } from 'n8n-workflow';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resources } from '../../nodes/LlmGenerator/resources';
import { isRequestOption } from '../../nodes/LlmGenerator/resources/requestOptions';

const SCHEMAS = join(__dirname, '../../nodes/LlmGenerator/__schema__/v1.0.0');

/** What every operation has, also one that is added later. */
describe.each(
	resources.flatMap((resource) =>
		resource.operations.map(
			(operation) => [`${resource.option.value} ${operation.option.value}`, resource, operation] as const,
		),
	),
)('%s', (_name, resource, operation) => {
	test('has a preview of its output fields', () => {
		const file = join(SCHEMAS, resource.option.value, `${operation.option.value}.json`);
		expect(existsSync(file)).toBe(true);
		expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveProperty('type', 'object');
	});

	test('ends with a collection that has all request options', () => {
		const last = operation.fields.at(-1);
		expect(['options', 'additionalFields']).toContain(last?.name);
		const names = (last?.options as INodeProperties[]).map(({ name }) => name);
		expect(names.filter(isRequestOption)).toHaveLength(3);
	});
});

test.each(resources.map((resource) => [resource.option.value, resource] as const))(
	'%s lists its operations by name, and its default is one of them',
	(_name, { operations, defaultOperation }) => {
		const names = operations.map(({ option }) => option.name);
		expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b, 'en')));
		expect(operations).toContain(defaultOperation);
	},
);
