import { LlmGeneratorApi } from '../../credentials/LlmGeneratorApi.credentials';
import { LlmGenerator } from '../../nodes/LlmGenerator/LlmGenerator.node';
import { LlmGeneratorTrigger } from '../../nodes/LlmGenerator/LlmGeneratorTrigger.node';

/** The paths of empty values; a default may be empty. */
function emptyIn(value: unknown, path: string): string[] {
	if (path.endsWith('.default')) return value === undefined ? [path] : [];
	if (typeof value === 'string') return value.trim() === '' ? [path] : [];
	if (typeof value !== 'object' || value === null) return value === undefined ? [path] : [];
	const inside = Object.entries(value);
	return inside.length === 0 ? [path] : inside.flatMap(([key, held]) => emptyIn(held, `${path}.${key}`));
}

test.each([
	['LLM Generator', new LlmGenerator().description],
	['LLM Generator Trigger', new LlmGeneratorTrigger().description],
	['LLM Generator API', new LlmGeneratorApi()],
])('%s shows no empty text, list or object in its fields', (_name, { properties }) => {
	expect(emptyIn(properties, '')).toEqual([]);
});

test('each event shows its own fields only', () => {
	const { properties } = new LlmGeneratorTrigger().description;
	const [event, ...fields] = properties;
	const events = event.options!.map((option) => 'value' in option && option.value);
	for (const { displayOptions } of fields) {
		expect(Object.keys(displayOptions!)).toEqual(['show']);
		const { event: shownFor } = displayOptions!.show!;
		expect(shownFor).toHaveLength(1);
		expect(events).toContain(shownFor![0]);
	}
	expect(new Set(fields.map(({ displayOptions }) => displayOptions!.show!.event![0])).size).toBe(
		events.length,
	);
});
