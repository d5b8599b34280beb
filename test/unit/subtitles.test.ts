import { LlmGenerator } from '../../nodes/LlmGenerator/LlmGenerator.node';
import { LlmGeneratorTrigger } from '../../nodes/LlmGenerator/LlmGeneratorTrigger.node';
import { resources } from '../../nodes/LlmGenerator/resources';

// n8n's linter requires a subtitle that is written out, so an entry could be forgotten.
test('the subtitle of the node contains every operation of every resource', () => {
	const entries = resources.flatMap(({ option: resource, operations }) =>
		operations.map(
			({ option, subtitle }) => `"${resource.value} ${option.value}": "${subtitle ?? option.name}"`,
		),
	);
	// Workflows of 1.0.0 have no resource.
	const chosen = '($parameter["resource"] || "credit") + " " + $parameter["operation"]';
	const { description } = new LlmGenerator();
	expect(description.subtitle).toBe(`={{ ({ ${entries.join(', ')} })[${chosen}] }}`);
});

test('no two operations have the same subtitle', () => {
	const all = resources.flatMap(({ operations }) =>
		operations.map(({ option, subtitle }) => subtitle ?? option.name),
	);
	expect([...new Set(all)]).toEqual(all);
});

test('the subtitle of the trigger contains every event', () => {
	const { subtitle, properties } = new LlmGeneratorTrigger().description;
	const events = properties.find(({ name }) => name === 'event')!.options!;
	const entries = events.map((event) => ('value' in event ? `${String(event.value)}: "${event.name}"` : ''));
	expect(subtitle).toBe(`={{ ({ ${entries.join(', ')} })[$parameter["event"]] }}`);
});
